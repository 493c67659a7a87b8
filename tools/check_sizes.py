#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""No file grows past what one sitting can read.

  header 400, source 450, test 500, README 220, CONTRIBUTING 60, page under docs/design 300,
  program of the tour 120 lines: a lesson fits one sitting with its explanation and its output;
  150 where the output has schedules of the checker.

A header, source or test may reach 700 lines if its third line gives the reason:
  // size: one state machine, cut nowhere without sharing its locals
"""

import re
from pathlib import Path

import source_text

HARD_CAP = 700
CODE_FOLDERS = ("include", "src", "tests", "tour", "examples", "bench", "tools")
REASON = re.compile(r"^(//|#) size: \S+")


def cap(path):
    """(lines allowed, may a reason lift it to the hard cap)."""
    name = path.as_posix()
    if name == "README.md":
        return 220, False
    if name == "CONTRIBUTING.md":
        return 60, False
    if name == "CMakeLists.txt":
        return 150, False
    if name.startswith("docs/design/") and path.suffix == ".md":
        return 300, False
    if path.parts[0] not in CODE_FOLDERS:
        return None, False
    if path.parts[0] == "tour" and path.suffix == ".cc":
        return (150 if path.stem.endswith("_check") else 120), False
    if path.parts[0] == "tests":
        return 500, True
    if path.suffix == ".h":
        return 400, True
    if path.suffix in (".cc", ".S", ".py", ".go", ".sh"):
        return 450, True
    return None, False


def check(root):
    findings = []
    paths = source_text.files(
        root, *CODE_FOLDERS, "docs", suffixes=(".h", ".cc", ".S", ".py", ".go", ".sh", ".md"))
    paths += [Path(n) for n in ("README.md", "CONTRIBUTING.md", "CMakeLists.txt")
              if (root / n).is_file()]
    for path in paths:
        allowed, liftable = cap(path)
        if allowed is None:
            continue
        lines = source_text.read(root, path).splitlines()
        if liftable and len(lines) > 2 and REASON.match(lines[2]):
            allowed = HARD_CAP
        if len(lines) > allowed:
            advice = ""
            if liftable and allowed < HARD_CAP:
                advice = f"; split it, or give the reason in line 3 (`// size: ...`, up to {HARD_CAP})"
            findings.append(f"{path}:{allowed + 1}: {len(lines)} lines, allowed {allowed}{advice}")
    return findings


if __name__ == "__main__":
    source_text.run(check, __doc__)
