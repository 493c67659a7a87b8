# SPDX-License-Identifier: Apache-2.0
import shutil
import unittest

from small_tree import SmallTree

import check_format
import check_spelling
import source_text


class Layout(SmallTree):
    @unittest.skipUnless(shutil.which("clang-format-19"), "only the full CI installs clang-format-19")
    def test_crooked_file(self):
        self.write(".clang-format", "BasedOnStyle: Google\n")
        self.write("src/a.cc", "int f() { return 1; }\n")
        self.assertEqual(check_format.check(self.root), [])
        self.write("src/a.cc", "int   f( ){ return 1 ;}\n")
        self.assert_finds(check_format.check(self.root), "src/a.cc:1", "not laid out")


class Spelling(SmallTree):
    @unittest.skipUnless(shutil.which("codespell"), "only the full CI installs codespell")
    def test_misspelt_word(self):
        self.write("README.md", "to receive\n")
        self.assertEqual(check_spelling.check(self.root), [])
        self.write("README.md", "to rec" + "ieve\n")
        self.assert_finds(check_spelling.check(self.root), "README.md:1")


class Comments(unittest.TestCase):
    def test_code_and_comments_keep_their_places(self):
        text = 'a("// no"); // yes\n/* one\ntwo */ b(1\'000, \'"\');\nR"(// raw)";\n'
        code, comments = source_text.split_comments(text)
        self.assertEqual([len(line) for line in code.split("\n")],
                         [len(line) for line in text.split("\n")])
        self.assertNotIn("yes", code)
        self.assertIn("b(1'000", code)
        self.assertEqual(comments.split(), ["//", "yes", "/*", "one", "two", "*/"])
