# SPDX-License-Identifier: Apache-2.0
from small_tree import SmallTree

import tidy_commands


class TidyCommands(SmallTree):
    def test_each_world_in_which_the_text_differs_is_kept_once(self):
        files = []
        for name, text in (("same.cc", "int f();\n"), ("differs.cc", "#if WEFT_RACE\n#endif\n")):
            self.write(name, text)
            files.append(str(self.root / name))
        commands = [{"file": file, "command": f"c++ {macro} {file}"}
                    for macro in ("-O2", "-DWEFT_RACE=1", "-DWEFT_CHECK=1", "-DWEFT_RACE=1")
                    for file in files]
        kept = [entry["command"] for entry in tidy_commands.chosen(commands)]
        same, differs = files
        self.assertEqual(kept, [f"c++ -O2 {same}", f"c++ -O2 {differs}",
                                f"c++ -DWEFT_RACE=1 {differs}"])
