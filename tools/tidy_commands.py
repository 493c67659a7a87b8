#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The compile commands that clang-tidy is to follow: tidy_commands.py BUILD_DIR OUTPUT_DIR

Most sources are compiled several times, for the library, the race build and the checker, and
clang-tidy would read each as often. Here each has its first command, and those others in whose
world its own text differs: it names their macro.
"""
import json
import pathlib
import re
import sys

WORLDS = ("WEFT_RACE", "WEFT_CHECK")


def chosen(commands):
    """The commands that are kept, of those in the order of the build."""
    seen = {}
    for entry in commands:
        worlds = tuple(w for w in WORLDS if re.search(rf"-D{w}=1\b", entry["command"]))
        of_file = seen.setdefault(entry["file"], {})
        text = pathlib.Path(entry["file"]).read_text(encoding="utf-8") if of_file else ""
        if not of_file or (worlds not in of_file and any(w in text for w in worlds)):
            of_file[worlds] = entry
    return [entry for of_file in seen.values() for entry in of_file.values()]


def main():
    build, output = map(pathlib.Path, sys.argv[1:3])
    commands = json.loads((build / "compile_commands.json").read_text(encoding="utf-8"))
    output.mkdir(parents=True, exist_ok=True)
    (output / "compile_commands.json").write_text(
        json.dumps(chosen(commands), indent=1), encoding="utf-8"
    )


if __name__ == "__main__":
    main()
