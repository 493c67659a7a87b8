#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs gdb on a program that links weft, live and on a core file: verify.py PROGRAM DIRECTORY

The script in the program must load by itself once its place is trusted. Without gdb the test is
skipped, with a word (exit status 77)."""
import os
import re
import resource
import shutil
import subprocess
import sys

EXPECTED = [
    # (what is asked, patterns of the answer)
    ("info goroutines", [
        r"(?m)^\* goroutine 1 \[running\]$",
        r"(?m)^  goroutine \d+ \[chan receive, name: reader\]$",
        r"(?m)^  goroutine \d+ \[sync\.Mutex\.Lock, name: locker\]$",
        r"(?m)^  goroutine \d+ \[sync\.WaitGroup\.Wait, name: joiner\]$",
    ]),
    ("goroutine READER bt", [
        r"goroutine \d+ \[chan receive, name: reader\]",
        r"#\d+ .*waits_for_a_value.*program\.cc:\d+",
    ]),
    ("goroutine READER info registers rip", [r"rip +0x[0-9a-f]+"]),
    ("goroutine all bt", [
        r"#\d+ .*waits_for_a_value", r"#\d+ .*waits_for_the_lock.*program\.cc",
        r"goroutine 1 \[running\]\n#0 ",
    ]),
    ("print numbers", [r"= chan 0x[0-9a-f]+: 0 of 0, 1 waiting to receive, \d+ handles"]),
    ("print buffered", [r"= chan 0x[0-9a-f]+: 2 of 4, 1 handles"]),
    ("print none", [r"= nil chan"]),
    ("print guard", [r"= mutex: locked by goroutine 1, 1 waiting"]),
    ("print idle", [r"= mutex: unlocked"]),
    ("print table", [r"= shared_mutex: writing"]),
    ("print shared", [r"= shared_mutex: free of writers, 1 reader"]),
    ("print workers", [r"= wait_group: 3 to go, 1 waiting"]),
    ("print ctx", [r"= context 0x[0-9a-f]+: with cancel, live"]),
    ("goroutine 4711 bt", [r"there is no goroutine 4711"]),
]


def run(arguments):
    done = subprocess.run(["gdb", "-nx", "-batch"] + arguments, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=300, check=False)
    return done.stdout


def ask(program, start, reader, quiet=False):
    """The answers, one for each of EXPECTED."""
    arguments = ["-iex", "add-auto-load-safe-path " + os.path.dirname(program), "-iex",
                 "set debuginfod enabled off"]
    for command in start:
        arguments += ["-ex", command]
    # The variables are in the frame of the main goroutine's function.
    arguments += ["-ex", "up"]
    for command, _ in EXPECTED:
        arguments += ["-ex", "echo \\n@@@\\n", "-ex", command.replace("READER", str(reader))]
    text = run(arguments)
    if quiet:
        return text
    return text.split("\n@@@\n")


def check_kernel_core(program, directory):
    """Findings on the core file that the kernel writes, if it writes one where it can be found."""
    with open("/proc/sys/kernel/core_pattern", encoding="utf-8") as pattern:
        if pattern.read().strip() not in ("core", "core.%p"):
            print("not checked: core files of the kernel go elsewhere here")
            return 0
    place = os.path.join(directory, "core_of_kernel")
    os.makedirs(place, exist_ok=True)
    unlimited = lambda: resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY,) * 2)
    try:
        subprocess.run([program, "abort"], cwd=place, preexec_fn=unlimited, timeout=120, check=False)
        cores = os.listdir(place)
        if not cores:
            print("not checked: the kernel writes no core files here")
            return 0
        text = run(["-iex", "add-auto-load-safe-path " + os.path.dirname(program), program,
                    os.path.join(place, cores[0]), "-ex", "info goroutines", "-ex",
                    "goroutine all bt"])
    finally:
        shutil.rmtree(place)
    print("checked: a core file of the kernel")
    bad = 0
    for pattern in (r"(?m)^  goroutine \d+ \[chan receive, name: reader\]$",
                    r"#\d+ .*waits_for_a_value", r"#\d+ .*waits_for_the_lock"):
        if not re.search(pattern, text):
            bad += 1
            print(f"core of the kernel: no {pattern!r} in:\n{text}\n")
    return bad


def check_own_core(program, directory):
    """Findings on gdb's own core file of a program whose guards gdb cannot read: it has either all
    goroutines (guards are mappings here, or gdb copes) or says what it lacks."""
    core = os.path.join(directory, "core.with_guards")
    trust = ["-iex", "add-auto-load-safe-path " + os.path.dirname(program), program]
    made = run(trust + ["-ex", "break stop_here", "-ex", "run", "-ex", "generate-core-file " + core])
    try:
        text = run(trust + [core, "-ex", "info goroutines", "-ex", "goroutine 2 bt"])
    finally:
        os.unlink(core)
    lack = r"weft: memory of goroutines and their stacks, at 0x[0-9a-f]+ to 0x[0-9a-f]+, is not in the"
    if "Memory read failed for corefile section, 1048576 bytes" in made:
        wanted = ["(?m)^" + lack, "there is no goroutine 2\n" + lack]
    else:
        wanted = [r"(?m)^  goroutine \d+ \[chan receive, name: reader\]$"]
    bad = 0
    for pattern in wanted:
        if not re.search(pattern, text):
            bad += 1
            print(f"core of gdb: no {pattern!r} in:\n{text}\n")
    # Before any goroutine there is, that is said.
    text = run(trust + ["-ex", "break main", "-ex", "run", "-ex", "info goroutines"])
    if "weft: no goroutine has been started yet" not in text:
        bad += 1
        print(f"in main: no word in:\n{text}\n")
    return bad


def main():
    program, directory = os.path.abspath(sys.argv[1]), sys.argv[2]
    if shutil.which("gdb") is None:
        print("skipped: there is no gdb here")
        return 77
    os.makedirs(directory, exist_ok=True)
    core = os.path.join(directory, "core.of_gdb_test")
    # gdb gives up on a mapping with guard pages of the new kind; the kernel does not.
    live = ["set environment WEFT_DEBUG=mprotect", "break stop_here", "run"]
    text = run(["-iex", "add-auto-load-safe-path " + os.path.dirname(program), program]
               + [x for c in live + ["info goroutines", "generate-core-file " + core]
                  for x in ("-ex", c)])
    if re.search(r"ptrace.*(not permitted|Operation)|Couldn't get CS register|Cannot.*ptrace", text):
        print("skipped: gdb may not trace processes here:\n" + text)
        return 77
    found = re.search(r"goroutine (\d+) \[chan receive, name: reader\]", text)
    if not found or not os.path.exists(core):
        print("gdb did not list the goroutines, or wrote no core file:\n" + text)
        return 1
    bad = check_kernel_core(program, directory) + check_own_core(program, directory)
    try:
        for kind, start in (("live", [f"file {program}"] + live),
                            ("core", [f"file {program}", f"core-file {core}"])):
            answers = ask(program, start, found.group(1))
            for (command, patterns), answer in zip(EXPECTED, answers[1:]):
                for pattern in patterns:
                    if not re.search(pattern, answer):
                        bad += 1
                        print(f"{kind}: {command}: no {pattern!r} in:\n{answer}\n")
            if len(answers) != len(EXPECTED) + 1:
                bad += 1
                print(f"{kind}: {len(answers) - 1} answers:\n" + "\n".join(answers))
    finally:
        os.unlink(core)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
