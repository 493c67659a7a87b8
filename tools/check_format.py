#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""All C++ sources are laid out as .clang-format says. --fix rewrites those that are not."""

import shutil
import subprocess
import sys

import source_text


def check(root, fix=False):
    tool = shutil.which("clang-format-19")
    if tool is None:
        return ["clang-format-19 is not installed; `make setup` installs it"]
    paths = [str(p) for p in source_text.project_files(root) if p.suffix in (".h", ".cc")]
    if not paths:
        return []
    mode = ["-i"] if fix else ["--dry-run", "-Werror"]
    result = subprocess.run([tool, *mode, *paths], cwd=root, capture_output=True, text=True,
                            check=False)
    seen, findings = set(), []
    for line in result.stderr.splitlines():
        place = line.split(": error:")[0]
        name = place.split(":")[0]
        if ": error:" in line and name not in seen:
            seen.add(name)
            findings.append(f"{place}: not laid out as .clang-format says; `make format` mends it")
    if result.returncode != 0 and not findings:
        findings.append(f"clang-format-19 failed: {result.stderr.strip()[:200]}")
    return findings


if __name__ == "__main__":
    if sys.argv[1:] == ["--fix"]:
        for finding in check(source_text.ROOT, fix=True):
            print(finding)
    else:
        source_text.run(check, __doc__)
