#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs an example program and compares what it prints with the comment at the end of its source.

usage: verify.py PROGRAM SOURCE.cc

The comment has up to three parts:

    // Output:            the whole standard output, line by line
    // Output pattern:    the same where figures are measured: "<n>" stands for a number and the
                          blanks before it, "..." for anything within the line
    // Error output:      lines that standard error has in this order, among others;
                          "..." stands for anything within the line
    // Exit status: N     0 when there is no such line
"""
import re
import subprocess
import sys

HANG_GUARD = 120  # seconds


def expectations(source):
    """The output, as regular expressions (None when not stated), the error lines and the exit
    status a source states."""
    output, errors, status, part = None, [], 0, None
    measured = False
    for line in source.splitlines():
        if line in ("// Output:", "// Output pattern:"):
            output = part = []
            measured = line == "// Output pattern:"
        elif line == "// Error output:":
            part = errors
        elif match := re.fullmatch(r"// Exit status: (\d+)", line):
            status, part = int(match[1]), None
        elif part is not None and (line == "//" or line.startswith("// ")):
            part.append(line[3:])
        else:
            part = None
    if output is not None:
        output = [pattern(line) if measured else re.escape(line) for line in output]
    return output, errors, status


def pattern(line):
    """A line in which "<n>" and "..." stand for something, as a regular expression."""
    return re.escape(line).replace(re.escape("..."), ".*").replace("<n>", r" *\d+(?:\.\d+)?")


def matches(wanted, lines):
    return len(wanted) == len(lines) and all(map(re.fullmatch, wanted, lines))


def missing_line(wanted, lines):
    """The first of the wanted lines that does not follow the ones before it, or None."""
    rest = iter(lines)
    for want in wanted:
        pattern = ".*".join(re.escape(piece) for piece in want.split("..."))
        if not any(re.fullmatch(pattern, line) for line in rest):
            return want
    return None


def complaints(source, run):
    output, errors, status = expectations(source)
    if output is None and not errors:
        yield "the source states no output"
    if run.returncode != status:
        yield f"exit status {run.returncode}, not {status}"
    if output is not None and not matches(output, run.stdout.splitlines()):
        yield "the output is not the one stated"
    missing = missing_line(errors, run.stderr.splitlines())
    if missing is not None:
        yield f"the error output lacks, or has too early: {missing}"


def main():
    program, path = sys.argv[1:]
    with open(path, encoding="utf-8") as file:
        source = file.read()
    run = subprocess.run([program], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                         timeout=HANG_GUARD, check=False)
    found = list(complaints(source, run))
    if found:
        print(f"{path}: " + "; ".join(found))
        print(f"--- output\n{run.stdout}--- error output\n{run.stderr}---")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
