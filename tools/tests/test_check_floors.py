# SPDX-License-Identifier: Apache-2.0
from small_tree import SmallTree

import check_floors


class Floors(SmallTree):
    def setUp(self):
        super().setUp()
        for name in ("base/config.h", "os/lock.h", "runtime/park.h", "runtime/stacks.h",
                     "sync/chan_core.h"):
            self.write(f"include/weft/detail/{name}", "")

    def check(self, name, text):
        self.write(name, text)
        return check_floors.check(self.root)

    def test_downward_includes_pass(self):
        self.assertEqual(self.check("src/sync/chan.cc", (
            "#include <weft/detail/sync/chan_core.h>\n#include <weft/detail/base/config.h>\n"
            "#include <weft/detail/runtime/park.h>\n#include <vector>\n")), [])

    def test_upward_include(self):
        self.assert_finds(
            self.check("src/os/futex.cc", "\n#include <weft/detail/runtime/park.h>\n"),
            "src/os/futex.cc:2", "floor 1 (os)", "floor 3 (runtime)")

    def test_upward_include_beside_the_file_and_from_src(self):
        self.write("src/debug/dump.h", "")
        self.assert_finds(self.check("src/sync/a.cc", '#include "debug/dump.h"\n'), "floor 6")
        self.assert_finds(self.check("src/sync/a.cc", '#include "../debug/dump.h"\n'), "floor 6")

    def test_narrow_waist(self):
        self.assert_finds(
            self.check("src/sync/chan.cc", "#include <weft/detail/runtime/stacks.h>\n"),
            "sync reaches runtime only through")

    def test_commented_out_include_does_not_count(self):
        self.assertEqual(
            self.check("src/os/a.cc", "// #include <weft/detail/runtime/park.h>\n"), [])

    def test_missing_file(self):
        self.assert_finds(self.check("src/os/a.cc", "#include <weft/nowhere.h>\n"),
                          "does not exist")

    def test_public_header_without_a_floor(self):
        self.assert_finds(self.check("include/weft/novel.h", ""), "no floor known")

    def test_public_folder(self):
        self.assertEqual(self.check("include/weft/lockfree/bag.h", ""), [])
        self.assert_finds(self.check("include/weft/novel/bag.h", ""), "no floor known")

    def test_nobody_includes_the_umbrella(self):
        self.write("include/weft/weft.h", "")
        self.assert_finds(self.check("src/sync/a.cc", "#include <weft/weft.h>\n"), "for users")

    def test_atomics_only_in_the_seam(self):
        self.write("include/weft/detail/base/atomic.h", "#include <atomic>\nstd::atomic<int> a;\n")
        self.assertEqual(check_floors.check(self.root), [])
        self.assert_finds(self.check("src/sync/a.cc", "// std::atomic\nstd::atomic_ref<int> a;\n"),
                          "src/sync/a.cc:2", "outside the seam")
        self.assert_finds(self.check("src/sync/a.cc", "#include <atomic>\n"), "outside the seam")

    def test_thread_local_only_in_runtime_and_os(self):
        self.write("src/runtime/a.cc", "thread_local int x;\n")
        self.assertEqual(check_floors.check(self.root), [])
        self.assert_finds(self.check("src/sync/a.cc", "static thread_local int x;\n"),
                          "src/sync/a.cc:1: thread_local")
