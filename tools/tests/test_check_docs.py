# SPDX-License-Identifier: Apache-2.0
from small_tree import SmallTree

import check_docs

SOURCE = """// SPDX-License-Identifier: Apache-2.0
// hello: greets.
#include <cstdio>
int main() {
  // [greet]
  std::puts("hello");
  // [end]
}
"""
WHOLE = '#include <cstdio>\nint main() {\n  std::puts("hello");\n}\n'


class Docs(SmallTree):
    def setUp(self):
        super().setUp()
        self.write("examples/hello.cc", SOURCE)

    def page(self, text):
        self.write("README.md", text)
        return check_docs.check(self.root)

    def block(self, marker, text, language="cpp"):
        return self.page(f"# weft\n\n{marker}\n```{language}\n{text}```\n")

    def test_whole_file_and_region_pass(self):
        self.assertEqual(self.block("<!-- example: examples/hello.cc -->", WHOLE), [])
        self.assertEqual(
            self.block("<!-- example: examples/hello.cc#greet -->", 'std::puts("hello");\n'), [])

    def test_other_languages_are_free(self):
        self.assertEqual(self.block("", "make demo\n", "sh"), [])

    def test_block_without_a_source(self):
        self.assert_finds(self.block("", WHOLE), "README.md:4", "without")
        self.assert_finds(self.block("", WHOLE, "c++"), "write ```cpp")

    def test_block_that_differs(self):
        marker = "<!-- example: examples/hello.cc -->"
        self.assert_finds(self.block(marker, WHOLE.replace("hello", "hallo")), "line 3")
        self.assert_finds(self.block(marker, WHOLE[:-2]), "line 4")

    def test_source_that_is_missing(self):
        self.assert_finds(self.block("<!-- example: examples/no.cc -->", WHOLE), "does not exist")
        self.assert_finds(self.block("<!-- example: examples/hello.cc#no -->", WHOLE), "no region")
        self.assert_finds(self.block("<!-- example: src/os/futex.cc -->", WHOLE), "is not under")

    def test_links(self):
        self.write("docs/limits.md", "# What is missing\n")
        self.assertEqual(self.page("[a](docs/limits.md) [b](docs/limits.md#what-is-missing) "
                                   "[c](https://example.org) `[d](no.md)` [e](#here)\n## Here\n"), [])
        self.assert_finds(self.page("text\n[a](docs/no.md)\n"), "README.md:2", "leads nowhere")
        self.assert_finds(self.page("[a](docs/limits.md#else)\n"), "no heading")

    def test_order_of_fields_in_a_doc_comment(self):
        good = "/// Sends.\n/// Blocks: yes.\n/// Misuse: panic.\n/// Memory: edge.\n/// Go: c <- v.\n"
        self.write("include/weft/chan.h", good)
        self.assertEqual(check_docs.check(self.root), [])
        self.write("include/weft/chan.h", "/// Memory: edge.\n/// Blocks: yes.\nvoid f();\n")
        self.assert_finds(check_docs.check(self.root), "chan.h:2", "`Blocks:` stands after")

    def test_each_doc_comment_starts_anew(self):
        self.write("include/weft/chan.h", "/// Go: a.\nvoid f();\n/// Blocks: no.\nvoid g();\n")
        self.assertEqual(check_docs.check(self.root), [])
