#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""verify.py finds what differs: a checker that passes everything would hide broken examples."""
import types
import unittest

import verify

SOURCE = """int main() {}

// Output:
// a
//
//   b
// Error output:
// panic: ...!
// at ...x.cc:3...
// Exit status: 2
"""


def run(stdout="a\n\n  b\n", stderr="panic: no!\n\n at y\nat  /s/x.cc:3 +0x1\n", returncode=2):
    return types.SimpleNamespace(stdout=stdout, stderr=stderr, returncode=returncode)


class Verify(unittest.TestCase):
    def found(self, **differs):
        return list(verify.complaints(SOURCE, run(**differs)))

    def test_the_stated_run_passes(self):
        self.assertEqual(self.found(), [])

    def test_every_difference_is_found(self):
        for differs in ({"stdout": "a\n\n  b\nc\n"}, {"stdout": ""}, {"returncode": 0},
                        {"stderr": ""}, {"stderr": "panic: no!\n"},
                        {"stderr": "at x.cc:3\npanic: no!\n"}):
            self.assertEqual(len(self.found(**differs)), 1, differs)

    def test_a_pattern_has_numbers_and_gaps(self):
        source = "// Output pattern:\n// a lock (<n> ns) is ...\n// end.\n"
        found = [len(list(verify.complaints(source, run(stdout=out, returncode=0))))
                 for out in ("a lock (  12.5 ns) is cheap\nend.\n", "a lock (3 ns) is \nend.\n",
                             "a lock (nan ns) is cheap\nend.\n", "a lock (3 ns) is cheap\nends\n",
                             "a lock (3 ns) is cheap\n")]
        self.assertEqual(found, [0, 0, 1, 1, 1])

    def test_a_source_must_state_something(self):
        self.assertEqual(len(list(verify.complaints("int main() {}\n", run(returncode=0)))), 1)


if __name__ == "__main__":
    unittest.main()
