#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""codespell finds no misspelt word in the sources and documents."""

import shutil
import subprocess

import source_text

# Words that codespell takes for misspelt.
ALLOWED = ("te", "crate", "inout", "deques")
SUFFIXES = (".h", ".cc", ".S", ".py", ".sh", ".go", ".md", ".txt", ".cmake", ".json")


def check(root):
    tool = shutil.which("codespell")
    if tool is None:
        return ["codespell is not installed; `make setup` installs it"]
    paths = [str(p) for p in source_text.project_files(root) if p.suffix in SUFFIXES]
    if not paths:
        return []
    result = subprocess.run([tool, "-L", ",".join(ALLOWED), *paths], cwd=root, capture_output=True,
                            text=True, check=False)
    return result.stdout.splitlines()


if __name__ == "__main__":
    source_text.run(check, __doc__)
