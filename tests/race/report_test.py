#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The text of a race report, the exit status and the options, on one racy program: report_test.py BINARY"""

import os
import re
import subprocess
import sys
import unittest

BINARY = sys.argv.pop(1)
HANG_GUARD = 300  # seconds


def run(program, options=""):
    environment = {**os.environ, "WEFT_PROCS": "2", "TSAN_OPTIONS": options}
    return subprocess.run([BINARY, program, "20"], env=environment, timeout=HANG_GUARD,
                          stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          errors="replace", check=False)


class Report(unittest.TestCase):
    # Q073
    def test_names_both_accesses_and_both_creations(self):
        text = run("two_writes_of_an_int").stderr
        access = (r"of size 4 at 0x[0-9a-f]+ by thread T\d+:\n"
                  r"    #0 two_writes_of_an_int\(\)::.*goroutines\.cc:\d+")
        self.assertRegex(text, r"WARNING: ThreadSanitizer: data race .*\n  Write " + access)
        self.assertRegex(text, "Previous write " + access)
        created = re.findall(r"Thread T\d+ 'goroutine \d+' .* created by thread T\d+ at:\n"
                             r"(?:    #\d+ .*\n)+", text)
        self.assertGreaterEqual(len(created), 2, text)
        for stack in created[:2]:
            self.assertRegex(stack, r"two_writes_of_an_int\(\) .*goroutines\.cc:\d+")

    # Q074
    def test_the_status_and_the_count_at_the_end(self):
        done = run("two_writes_of_an_int")
        self.assertEqual(done.returncode, 66)
        races = done.stderr.count("WARNING: ThreadSanitizer: data race")
        self.assertGreaterEqual(races, 1)
        self.assertIn(f"Found {races} data race(s)", done.stderr)
        clean = run("different_fields")
        self.assertEqual((clean.returncode, clean.stderr), (0, ""))

    # Q074
    def test_the_options(self):
        self.assertEqual(run("two_writes_of_an_int", "exitcode=7").returncode, 7)
        halted = run("increments_of_a_counter", "halt_on_error=1")
        self.assertEqual(halted.returncode, 66)
        self.assertEqual(halted.stderr.count("WARNING: ThreadSanitizer: data race"), 1)
        stripped = run("two_writes_of_an_int", "strip_path_prefix=tests/race/").stderr
        self.assertRegex(stripped, r"#0 two_writes_of_an_int\(\)::\S+ const goroutines\.cc:\d+")


if __name__ == "__main__":
    unittest.main()
