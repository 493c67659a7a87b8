# SPDX-License-Identifier: Apache-2.0
from small_tree import SmallTree

import check_sizes


class Sizes(SmallTree):
    def test_caps_by_kind_of_file(self):
        for name, allowed in (("include/weft/a.h", 400), ("src/os/a.cc", 450),
                              ("tests/unit/a_test.cc", 500), ("README.md", 220),
                              ("CONTRIBUTING.md", 60), ("docs/design/a.md", 300),
                              ("CMakeLists.txt", 150), ("tour/01_a.cc", 120),
                              ("tour/01_a_check.cc", 150)):
            with self.subTest(name):
                self.write(name, "x\n" * allowed)
                self.assertEqual(check_sizes.check(self.root), [])
                self.write(name, "x\n" * (allowed + 1))
                self.assert_finds(check_sizes.check(self.root), name, f"allowed {allowed}")
                self.write(name, "")

    def test_a_reason_lifts_the_cap_to_700(self):
        head = "// SPDX\n// a.cc\n// size: one state machine\n"
        self.write("src/os/a.cc", head + "x\n" * 697)
        self.assertEqual(check_sizes.check(self.root), [])
        self.write("src/os/a.cc", head + "x\n" * 698)
        self.assert_finds(check_sizes.check(self.root), "701 lines, allowed 700")

    def test_no_reason_helps_a_page(self):
        self.write("README.md", "\n\n// size: much to say\n" + "x\n" * 300)
        self.assert_finds(check_sizes.check(self.root), "allowed 220")
