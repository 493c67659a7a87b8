#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the table of edges in docs/memory_model.md: for each edge of the contract the lines of code
that state it, and the programs of the race corpus that show it there and show it absent.

    make_memory_model.py [--check]

A line states an edge if it calls hb:: and ends with a comment that names the edge (// E5 E8). A
program of tests/race/ is about the edges that are named by the heading above it, a comment between
two empty lines, or by the file's second line. With --check nothing is written; a table that is out of
date, an edge that no line states and an edge without a clean or a racy program are findings.
"""

import re
from pathlib import Path

import generated_table

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "memory_model.md"
BEGIN = "<!-- table of edges: tools/make_memory_model.py -->"

# Edges of the contract that weft has, in its order.
EDGES = {
    "E3": "go to the start of the goroutine",
    "E5": "send to its receive",
    "E6": "close to the receive that finds the channel closed",
    "E7": "unbuffered: receive to the end of its send",
    "E8": "receive k to the end of send k + capacity",
    "E9": "unlock to the next locks",
    "E10": "shared_mutex: writer to readers, readers to writer",
    "E11": "the same to a try_lock that succeeds",
    "E12": "the function of once to every call",
    "E13": "atomics",
    "E15": "notification to the wait it ends",
    "E16": "sync_map: what writes to what reads it",
    "E17": "pool: put to get",
    "E18": "done to the wait it releases",
    "E19": "the end of a context to whoever learns of it",
    "E20": "setting a timer to what it sends or starts",
}
# What must make no edge: only programs, no code.
NON_EDGES = {
    "E4": "the end of a goroutine",
    "E26": "yield, sleep, blocking, set_procs, panics",
}

ID = re.compile(r"\bE\d+\b")
STATES = re.compile(r"hb::|__tsan_create_fiber|user_word<T> word_")
PROGRAM = re.compile(r"(RACY|CLEAN)\((\w+)\)")


def code_lines():
    """edge -> [(file, line)] of what states it."""
    found = {edge: [] for edge in EDGES}
    for folder in ("include", "src"):
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix not in (".h", ".cc"):
                continue
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                code, _, comment = line.partition("//")
                if not STATES.search(code):
                    continue
                for edge in ID.findall(comment):
                    if edge in found:
                        found[edge].append((path.relative_to(ROOT), number))
    return found


def programs():
    """edge -> {"CLEAN": [...], "RACY": [...]} of (file, line, name)."""
    found = {edge: {"CLEAN": [], "RACY": []} for edge in [*EDGES, *NON_EDGES]}
    for path in sorted((ROOT / "tests" / "race").glob("*.cc")):
        lines = path.read_text(encoding="utf-8").splitlines()
        about = ID.findall(lines[1])
        for number, line in enumerate(lines, 1):
            alone = number > 2 and lines[number - 2] == "" and lines[number:number + 1] == [""]
            if line.startswith("// ") and alone:
                about = ID.findall(line)
            if program := PROGRAM.match(line):
                for edge in about:
                    if edge in found:
                        found[edge][program[1]].append((path.relative_to(ROOT), number, program[2]))
    return found


def link(path, number, text):
    return f"[{text}](../{path.as_posix()}#L{number})"


def cell(items, most):
    shown = [link(path, number, name) for path, number, name in items[:most]]
    if len(items) > most:
        shown.append(f"{len(items) - most} more")
    return ", ".join(shown) if shown else "none"


def table(code, tests):
    rows = ["| edge | stated at | shown to be there by | shown to be absent without it by |",
            "| ---- | --------- | -------------------- | -------------------------------- |"]
    for edge, text in {**EDGES, **NON_EDGES}.items():
        at = [(path, number, f"{path.name}:{number}") for path, number in code.get(edge, [])]
        rows.append(f"| **{edge}** {text} | {cell(at, 100) if at else 'nowhere: no edge'} "
                    f"| {cell(tests[edge]['CLEAN'], 4)} | {cell(tests[edge]['RACY'], 4)} |")
    return "\n".join(rows)


def update(write):
    """The findings; with `write`, the page is written anew if that is needed."""
    code, tests = code_lines(), programs()
    findings = [f"{edge}: no line of code states it" for edge in EDGES if not code[edge]]
    findings += [f"{edge}: no {kind.lower()} program in tests/race is about it"
                 for edge in [*EDGES, *NON_EDGES] for kind in ("CLEAN", "RACY")
                 if not tests[edge][kind] and (kind == "RACY" or edge in EDGES)]
    findings += generated_table.update(PAGE, BEGIN, table(code, tests), write)
    return findings


def check(_root):
    return update(write=False)


if __name__ == "__main__":
    generated_table.run(update, __doc__)
