# SPDX-License-Identifier: Apache-2.0
from small_tree import SmallTree

import check_umbrella

HEAD = check_umbrella.SPDX + "\n#pragma once\n"


class Umbrella(SmallTree):
    def setUp(self):
        super().setUp()
        self.write("include/weft/weft.h", HEAD + "#include <weft/chan.h>\n")
        self.write("include/weft/chan.h", HEAD + "struct chan {};\n")
        self.write("include/weft/debug.h", HEAD)

    def test_complete_tree_passes(self):
        self.assertEqual(check_umbrella.check(self.root), [])

    def test_header_left_out(self):
        self.write("include/weft/mutex.h", HEAD)
        self.assert_finds(check_umbrella.check(self.root), "does not include weft/mutex.h")

    def test_header_of_a_folder_left_out(self):
        self.write("include/weft/lockfree/bag.h", HEAD)
        self.write("include/weft/detail/lib/mix.h", HEAD)
        self.assert_finds(check_umbrella.check(self.root), "does not include weft/lockfree/bag.h")

    def test_commented_out_include_does_not_count(self):
        self.write("include/weft/weft.h", HEAD + "// #include <weft/chan.h>\n")
        self.assert_finds(check_umbrella.check(self.root), "does not include weft/chan.h")

    def test_debug_is_not_for_all(self):
        self.write("include/weft/weft.h",
                   HEAD + "#include <weft/chan.h>\n#include <weft/debug.h>\n")
        self.assert_finds(check_umbrella.check(self.root), "includes weft/debug.h")

    def test_header_that_needs_another_first(self):
        self.write("include/weft/chan.h", HEAD + "inline std::vector<int> values;\n")
        findings = check_umbrella.check(self.root)
        self.assertEqual(len(findings), 2, findings)  # chan.h, and weft.h through it
        self.assertIn("does not compile alone", findings[0])

    def test_no_licence_line(self):
        self.write("include/weft/chan.h", "#pragma once\n")
        self.assert_finds(check_umbrella.check(self.root), "the first line is not")

    def test_no_include_guard(self):
        self.write("include/weft/chan.h", check_umbrella.SPDX + "\nstruct chan;\n")
        self.assert_finds(check_umbrella.check(self.root), "no #pragma once")

    def test_private_header_that_needs_another_first(self):
        self.write("src/os/clock.h", HEAD + "inline std::vector<int> values;\n")
        self.assert_finds(check_umbrella.check(self.root), "src/os/clock.h", "alone")

    def test_namespace_macro_that_nobody_defined(self):
        body = "namespace weft::inline WEFT_WORLD {}\n"
        self.write("src/os/clock.h", HEAD + body)
        self.assert_finds(check_umbrella.check(self.root), "src/os/clock.h", "WEFT_WORLD")
        self.write("include/weft/detail/base/config.h", HEAD + "#define WEFT_WORLD in_run\n")
        self.write("src/os/clock.h", HEAD + "#include <weft/detail/base/config.h>\n" + body)
        self.assertEqual(check_umbrella.check(self.root), [])
