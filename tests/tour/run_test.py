#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The tour is complete: every lesson has what run.py shows, and the lists name every program."""
import io
import re
import sys
import tempfile
import types
import unittest
from contextlib import redirect_stdout
from pathlib import Path
from unittest import mock

FOLDER = Path(__file__).resolve().parents[2] / "tour"
sys.path.insert(0, str(FOLDER))

import run  # noqa: E402  (the path has to be set first)

LESSONS = 28


def cmake_list(name):
    text = (FOLDER / "CMakeLists.txt").read_text(encoding="utf-8")
    return re.search(rf"set\({name}\s([^)]*)\)", text)[1].split()


class Tour(unittest.TestCase):
    def setUp(self):
        self.programs = run.programs()

    def test_every_lesson_has_one_right_program(self):
        right = [p.lesson for p in self.programs if p.kind == "right"]
        self.assertEqual(right, list(range(1, LESSONS + 1)))

    def test_every_program_has_all_its_parts(self):
        for p in self.programs:
            kind = {"wrong": ", wrong", "right": "", "check": ", checked"}[p.kind]
            self.assertTrue(p.title.startswith(f"Lesson {p.lesson}{kind}: "), p.name)
            self.assertTrue(p.explanation, p.name)
            self.assertRegex(p.source, r"int main\((int argc, char\*\*)?\) \{", p.name)
            self.assertIn("#include <weft/weft.h>", p.path.read_text(encoding="utf-8"), p.name)
            self.assertTrue(p.kind == "wrong" or p.not_run is None, p.name)

    def test_what_is_checked_has_the_title_of_its_lesson(self):
        titles = {p.lesson: p.title.split(": ", 1)[1] for p in self.programs if p.kind == "right"}
        for p in self.programs:
            if p.kind == "check":
                self.assertEqual(p.title.split(": ", 1)[1], titles[p.lesson])

    def test_cmake_builds_all_and_runs_what_may_be_run(self):
        self.assertEqual(cmake_list("weft_tour"), sorted(
            p.name for p in self.programs if p.not_run is None and p.kind != "check"))
        self.assertEqual(cmake_list("weft_tour_undefined"),
                         sorted(p.name for p in self.programs if p.not_run is not None))
        self.assertEqual(cmake_list("weft_tour_checked"),
                         sorted(p.name for p in self.programs if p.kind == "check"))

    def test_one_lesson_is_built_alone(self):
        out = io.StringIO()
        with mock.patch.object(sys, "argv", ["run.py", "--targets", "18", "4"]), redirect_stdout(out):
            self.assertEqual(run.main(), 0)
        self.assertEqual(out.getvalue().split(),
                         ["tour_04_program_order", "tour_04_program_order_check",
                          "tour_18_lock_order_wrong", "tour_18_lock_order", "tour_18_lock_order_check"])
        makefile = (FOLDER.parent / "Makefile").read_text(encoding="utf-8")
        self.assertIn("run.py --targets $(LESSON)", makefile)

    def test_the_table_has_a_row_for_each(self):
        table = (FOLDER / "README.md").read_text(encoding="utf-8")
        link = r"\[[^\]]*\]\((\w+)\.cc\)"
        rows = re.findall(rf"^\| (\d+) \| \[(.*?)\]\((\w+)\.cc\) \| (?:{link})? ?\| (?:{link})? ?\|$",
                          table, re.MULTILINE)
        of_kind = {kind: {p.lesson: p.name for p in self.programs if p.kind == kind}
                   for kind in run.KINDS}
        self.assertEqual(rows, [(str(p.lesson), p.title.split(": ", 1)[1], p.name,
                                 of_kind["wrong"].get(p.lesson, ""),
                                 of_kind["check"].get(p.lesson, ""))
                                for p in self.programs if p.kind == "right"])


SOURCE = """// SPDX-License-Identifier: Apache-2.0
// Lesson 7, wrong: a title
//
// What it
// is about.
#include <weft/weft.h>

// [program]
int main() {}
// [end]
"""


class Show(unittest.TestCase):
    def shown(self, tail, returncode):
        """(verdict, text) of a program whose source ends so, and which exits so."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "07_name_wrong.cc"
            path.write_text(SOURCE + tail, encoding="utf-8")
            result = types.SimpleNamespace(stdout=b"printed\n", returncode=returncode)
            text = io.StringIO()
            with mock.patch("run.subprocess.run", return_value=result), redirect_stdout(text):
                verdict = run.show(run.programs(Path(folder))[0], Path(folder))
            return verdict, text.getvalue()

    def test_explanation_program_and_output_in_this_order(self):
        verdict, text = self.shown("", 0)
        self.assertTrue(verdict)
        places = [text.index(part) for part in ("Lesson 7, wrong: a title", "What it\nis about.",
                                                "int main() {}", "printed")]
        self.assertEqual(places, sorted(places))

    def test_a_status_must_be_the_stated_one(self):
        self.assertFalse(self.shown("", 2)[0])
        self.assertTrue(self.shown("\n// Exit status: 2\n", 2)[0])

    def test_what_may_not_be_run_is_not(self):
        verdict, text = self.shown("\n// Not run: It would\n// burn.\n", 1)
        self.assertTrue(verdict)
        self.assertIn("It would\nburn.", text)
        self.assertNotIn("printed", text)


if __name__ == "__main__":
    unittest.main()
