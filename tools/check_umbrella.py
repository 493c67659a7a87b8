#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""weft/weft.h is complete, and every header stands on its own.

  - weft.h includes every public header but check.h, debug.h, check/* and debug/*, and
    nothing else;
  - every header under include/ and src/ compiles alone;
  - one that opens namespace weft::inline WEFT_WORLD includes the header that defines the macro;
  - it starts with the SPDX line and has #pragma once.

The compiler is $CXX, else g++.
"""

import os
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import source_text

UMBRELLA = Path("include/weft/weft.h")
NOT_INCLUDED = {"weft.h", "check.h", "debug.h"}
NOT_INCLUDED_FOLDERS = {"detail", "debug", "check"}
SPDX = "// SPDX-License-Identifier: Apache-2.0"

_INCLUDE = re.compile(r"^\s*#\s*include\s*<weft/([^>]+)>", re.MULTILINE)


def check_complete(root):
    if not (root / UMBRELLA).is_file():
        return [f"{UMBRELLA}:1: the umbrella header is missing"]
    code_lines = [line for line in source_text.read(root, UMBRELLA).splitlines()
                  if not line.lstrip().startswith("//")]
    included = set(_INCLUDE.findall("\n".join(code_lines)))
    headers = {p.relative_to(root / "include/weft") for p in (root / "include/weft").rglob("*.h")}
    public = {p.as_posix() for p in headers if p.parts[0] not in NOT_INCLUDED_FOLDERS} - NOT_INCLUDED
    return ([f"{UMBRELLA}:1: does not include weft/{name}" for name in sorted(public - included)] +
            [f"{UMBRELLA}:1: includes weft/{name}, which it should not"
             for name in sorted(included - public)])


def check_head(root, path):
    lines = source_text.read(root, path).splitlines()
    findings = []
    if not lines or lines[0] != SPDX:
        findings.append(f"{path}:1: the first line is not `{SPDX}`")
    if "#pragma once" not in lines:
        findings.append(f"{path}:2: no #pragma once")
    return findings


def definitions(path):
    """What the build that a header is for defines: the checker's own are of no use to the others."""
    of_checker = "check" in path.parts or path.name == "check.h" or path.name.endswith("_check.h")
    return ["-DWEFT_CHECK=1", "-DWEFT_CHECK_UNWATCHED=1"] if of_checker else []


def check_alone(root, path):
    """Compiles a file that includes this header only. Warnings count, as in developer mode."""
    name = path.relative_to(path.parts[0]).as_posix()
    command = [os.environ.get("CXX", "g++"), "-std=c++20", "-fsyntax-only", "-Wall", "-Wextra",
               "-Werror", f"-I{root / 'include'}", f"-I{root / 'src'}", *definitions(path), "-x", "c++", "-"]
    result = subprocess.run(command, input=f"#include <{name}>\n", capture_output=True, text=True,
                            check=False)
    if result.returncode == 0:
        return []
    errors = [line for line in result.stderr.splitlines() if "error:" in line]
    return [f"{path}:1: does not compile alone: {(errors or ['no message'])[0]}"]


def check_world(root, path):
    """A header that opens the world's namespace knows the macro by itself: without it the name
    would be a new namespace, and no compiler would complain."""
    text = source_text.split_comments(source_text.read(root, path))[0]
    if "inline WEFT_WORLD" not in text:
        return []
    name = path.relative_to(path.parts[0]).as_posix()
    command = [os.environ.get("CXX", "g++"), "-std=c++20", "-E", "-dD", "-P",
               f"-I{root / 'include'}", f"-I{root / 'src'}", *definitions(path), "-x", "c++", "-"]
    result = subprocess.run(command, input=f"#include <{name}>\n", capture_output=True, text=True,
                            check=False)
    if "inline WEFT_WORLD" in result.stdout:
        return [f"{path}:1: uses WEFT_WORLD without including <weft/detail/base/config.h>"]
    return []


def check(root):
    paths = source_text.files(root, "include", "src", suffixes=(".h",))
    findings = check_complete(root)
    for path in paths:
        findings += check_head(root, path)
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        for found in pool.map(lambda path: check_alone(root, path) + check_world(root, path), paths):
            findings += found
    return findings


if __name__ == "__main__":
    source_text.run(check, __doc__)
