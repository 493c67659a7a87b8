#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The tour: shows each lesson's explanation and program, runs the program, shows what it prints.

usage: run.py --build build/release [LESSON...]      (make tour, make tour LESSON=18)
       run.py --targets LESSON...                    what to build for them

All is taken from the sources NN_name.cc, where a lesson begins with a mistake NN_name_wrong.cc, and
where the checker has something to say of it NN_name_check.cc: the explanation from the comment at the
head, the program from the region between `// [program]` and `// [end]`. A program that ends with a
comment `// Not run: reason` is not run.
"""
import argparse
import re
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
HANG_GUARD = 120  # seconds
WIDTH = 100
KINDS = ("wrong", "right", "check")  # of programs, in the order to be read


class Program:
    """One source file of the tour, taken apart."""

    def __init__(self, path):
        text = path.read_text(encoding="utf-8")
        self.path = path
        self.name = path.stem
        self.lesson = int(path.name[:2])
        ending = path.stem.rsplit("_", 1)[1]
        self.kind = ending if ending in KINDS else "right"
        head = []
        for line in text.splitlines()[1:]:  # after the licence
            if not line.startswith("//"):
                break
            head.append(line[3:])
        self.title = head[0] if head else ""
        self.explanation = "\n".join(head[1:]).strip("\n")
        region = re.search(r"^// \[program\]\n(.*?)^// \[end\]$", text, re.DOTALL | re.MULTILINE)
        self.source = region[1].strip("\n") if region else ""
        reason = re.search(r"^// Not run: (.*(?:\n// .*)*)$", text, re.MULTILINE)
        self.not_run = reason[1].replace("\n// ", "\n") if reason else None
        status = re.search(r"^// Exit status: (\d+)$", text, re.MULTILINE)
        self.status = int(status[1]) if status else 0


def programs(folder=FOLDER):
    """All of them in the order to be read: the mistake, the right program, what is proved of both."""
    return sorted((Program(path) for path in folder.glob("[0-9][0-9]_*.cc")),
                  key=lambda p: (p.lesson, KINDS.index(p.kind), p.name))


def heading(text, line):
    return f"{text} {line * (WIDTH - len(text) - 1)}"


def show(program, build):
    """Prints one program and what it does; true if it ended with the status it states."""
    print(f"\n{program.title}\n{'=' * len(program.title)}\n")
    print(program.explanation)
    print(f"\n{heading(f'--- tour/{program.path.name}', '-')}\n\n{program.source}\n")
    if program.not_run is not None:
        print(f"{heading('--- it is not run', '-')}\n\n{program.not_run}", flush=True)
        return True
    print(heading("--- it prints", "-") + "\n", flush=True)
    folder = (build / "tour").absolute()
    run = subprocess.run([folder / program.name], stdin=subprocess.DEVNULL, check=False, cwd=folder,
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=HANG_GUARD)
    text = run.stdout.decode(errors="replace").rstrip("\n")
    print(re.sub(r"^picture: ", lambda m: f"{m[0]}{build / 'tour'}/", text, flags=re.MULTILINE))
    if run.returncode != 0:
        print(f"\nexit status {run.returncode}")
    sys.stdout.flush()
    return run.returncode == program.status


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=Path, help="the build directory")
    parser.add_argument("--targets", action="store_true", help="print what they are built by")
    parser.add_argument("lesson", nargs="*", type=int, help="numbers of lessons; all if none")
    options = parser.parse_args()
    there_are = programs()
    unknown = set(options.lesson) - {p.lesson for p in there_are}
    if unknown:
        parser.error(f"no lesson {min(unknown)}; there are 1 to {there_are[-1].lesson}")
    asked = [p for p in there_are if not options.lesson or p.lesson in options.lesson]
    if options.targets:
        print(" ".join(f"tour_{p.name}" for p in asked if p.not_run is None))
        return 0
    if options.build is None:
        parser.error("--build is missing")
    failed = [p.name for p in asked if not show(p, options.build)]
    if failed:
        print(f"\nnot as stated: {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except BrokenPipeError:  # the reader, such as head, has seen enough
        sys.exit(1)
