#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs every check of this folder; by hand, from CI, or as a pre-commit hook.

  python3 tools/check_all.py [--only floors,sizes] [--list]

As a hook:  ln -s ../../tools/check_all.py .git/hooks/pre-commit
"""

import argparse
import sys
import time
import unittest
from pathlib import Path

TOOLS = Path(__file__).resolve().parent
sys.path.insert(0, str(TOOLS))

import check_docs  # noqa: E402  (the path has to be set first)
import check_floors  # noqa: E402
import check_format  # noqa: E402
import check_pairings  # noqa: E402
import check_sizes  # noqa: E402
import check_spelling  # noqa: E402
import check_umbrella  # noqa: E402
import make_behaviours  # noqa: E402
import make_memory_model  # noqa: E402
import source_text  # noqa: E402


def check_the_checks(root):
    """The checks' own tests: each must be able to fail."""
    suite = unittest.defaultTestLoader.discover(str(TOOLS / "tests"))
    result = unittest.TestResult()
    suite.run(result)
    if result.testsRun == 0:
        return [f"{(TOOLS / 'tests').relative_to(root)}: no tests found"]
    return [f"{test.id()}: {trace.strip().splitlines()[-1]}"
            for test, trace in result.failures + result.errors]


CHECKS = {
    "floors": check_floors.check,
    "sizes": check_sizes.check,
    "umbrella": check_umbrella.check,
    "pairings": check_pairings.check,
    "docs": check_docs.check,
    "memory model": make_memory_model.check,
    "behaviours": make_behaviours.check,
    "format": check_format.check,
    "spelling": check_spelling.check,
    "self-test": check_the_checks,
}


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default=",".join(CHECKS), help="names of checks, with commas")
    parser.add_argument("--list", action="store_true", help="print the names of the checks")
    options = parser.parse_args()
    if options.list:
        print("\n".join(CHECKS))
        return
    names = options.only.split(",")
    unknown = [name for name in names if name not in CHECKS]
    if unknown:
        parser.error(f"no check called {', '.join(unknown)}; there are {', '.join(CHECKS)}")
    failed = 0
    for name in names:
        start = time.monotonic()
        findings = CHECKS[name](source_text.ROOT)
        for finding in findings:
            print(finding)
        failed += bool(findings)
        verdict = f"{len(findings)} finding(s)" if findings else "ok"
        print(f"check {name}: {verdict} ({time.monotonic() - start:.1f} s)")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
