#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the programs of one corpus file, and compares what the race build reports with the source.

    verify.py BINARY SOURCE [--procs 1,2,8] [--rounds N] [--only NAME]

A racy program must end with status 66 and the number of its races; the lines of each race, that is
the innermost frames of its two stacks that are in SOURCE, must be marked "// race" in the program;
and every line that is marked must be reported at some number of processors. A clean one must end
with status 0 and without a report.
"""

import argparse
import concurrent.futures
import os
import re
import subprocess
import sys


class Program:
    def __init__(self, name, racy):
        self.name = name
        self.racy = racy
        self.marked = set()


def programs_of(source):
    """The programs of a source, and every marked line of each."""
    found = []
    current = None
    with open(source, encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            if head := re.match(r"(RACY|CLEAN)\((\w+)\)", line):
                current = Program(head[2], head[1] == "RACY")
                found.append(current)
            if re.search(r"// race$", line) and current is not None:
                current.marked.add(number)
            if line.startswith("}"):
                current = None
    return found


ACCESS = re.compile(r"^  (Previous )?(atomic )?(read|write) of size", re.IGNORECASE)
FRAME = re.compile(r"^    #\d+ .* (\S+?):(\d+)(?::\d+)? \(")


def races_of(text, source):
    """For each report, the set of the lines in `source` where its two accesses are."""
    base = "/" + os.path.basename(source)
    races = []
    for report in text.split("WARNING: ThreadSanitizer: ")[1:]:
        lines = set()
        looking = False
        for line in report.splitlines():
            if ACCESS.match(line):
                looking = True
            elif not line.startswith("    #"):
                looking = False
            elif looking and (frame := FRAME.match(line)) and frame[1].endswith(base):
                lines.add(int(frame[2]))
                looking = False
        races.append(lines)
    return races


def run(binary, program, procs, rounds):
    environment = {**os.environ, "WEFT_PROCS": str(procs)}
    environment.pop("TSAN_OPTIONS", None)
    try:
        done = subprocess.run([binary, program.name, str(rounds)], env=environment, timeout=120,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              errors="replace", check=False)
    except subprocess.TimeoutExpired:
        return None, "it did not end"
    return done.returncode, done.stderr


def faults_of(program, source, results):
    """What is wrong with the results of a program: (procs, status, text) of each run."""
    faults = []
    seen = set()
    for procs, status, text in results:
        where = f"{program.name} with {procs} processors"
        races = races_of(text, source)
        if not program.racy:
            if status != 0 or races:
                faults.append(f"{where}: clean, but status {status}:\n{text[:3000]}")
            continue
        if status != 66 or not races:
            faults.append(f"{where}: racy, but status {status}:\n{text[:1000]}")
            continue
        if f"Found {len(races)} data race(s)" not in text:
            faults.append(f"{where}: the count at the end is not {len(races)}")
        for lines in races:
            seen |= lines
            if not lines <= program.marked:
                faults.append(f"{where}: reported at lines {sorted(lines)}, "
                              f"marked are {sorted(program.marked)}:\n{text[:3000]}")
                break
    if program.racy and not faults and seen != program.marked:
        faults.append(f"{program.name}: never reported at lines {sorted(program.marked - seen)}")
    return faults


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("binary")
    parser.add_argument("source")
    parser.add_argument("--procs", default="1,2,8")
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--only", default="")
    wanted = parser.parse_args()
    programs = [p for p in programs_of(wanted.source) if wanted.only in ("", p.name)]
    listed = subprocess.run([wanted.binary, "--list"], capture_output=True, text=True, check=True)
    built = {line.split()[1] for line in listed.stdout.splitlines()}
    if missing := {p.name for p in programs} - built:
        sys.exit(f"not in {wanted.binary}: {sorted(missing)}")
    procs = [int(n) for n in wanted.procs.split(",")]

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        jobs = {p.name: [(n, pool.submit(run, wanted.binary, p, n, wanted.rounds)) for n in procs]
                for p in programs}
        failed = 0
        for program in programs:
            results = [(n, *job.result()) for n, job in jobs[program.name]]
            faults = faults_of(program, wanted.source, results)
            failed += bool(faults)
            for fault in faults:
                print("FAULT", fault)
    racy = sum(p.racy for p in programs)
    print(f"{racy} racy and {len(programs) - racy} clean programs, {len(procs)} runs each, "
          f"{failed} at fault")
    sys.exit(failed != 0 or not programs)


if __name__ == "__main__":
    main()
