#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes docs/design/behaviours.md: for each behaviour of the contract the tests that check it, or
why there is none here.

    make_behaviours.py [--check]

A test is about the behaviours that a comment names on its own line or on one of the lines directly
above it (// C18 C19); a heading of the race corpus, a comment between two empty lines, is about all
programs below it. With --check nothing is written; a page that is out of date, a behaviour with neither
a test nor a reason, a reason for one that has a test, and a number that no behaviour has are findings.
"""

import re
from pathlib import Path

import generated_table

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "design" / "behaviours.md"
BEGIN = "<!-- table of behaviours: tools/make_behaviours.py -->"

# Letter -> (theme, the last number). No number that is 4 modulo 6 is given.
THEMES = {
    "C": ("Channels", 50), "S": ("Select", 32), "M": ("Mutex", 15), "W": ("shared_mutex", 12),
    "K": ("condition_variable", 11), "O": ("The once family", 9), "G": ("wait_group", 12),
    "P": ("Maps and pools", 13), "A": ("Atomics", 9), "X": ("Contexts", 39), "T": ("Time", 36),
    "R": ("Runtime and fatal paths", 39), "Q": ("Race corpus", 84),
}

# Behaviours of Go that have no counterpart here.
REASONS = {
    "A07": "no `atomic.Value`: `atomic<T>` has one type, which is checked when compiling",
    "A08": "as A07",
    "A09": "as A07",
    "O07": "an exception is always an object; there is no `panic(nil)`",
    "R13": "no map that is unsynchronised by contract; the race build reports plain maps",
    "R20": "no `LockOSThread`; what needs a thread of its own is a plain thread, which may use every "
           "primitive (C50)",
    "R27": "as R20",
    "R39": "no pre-emption: a goroutine leaves its thread only where it parks, and the monitor moves "
           "the work that waits, never the goroutine that runs. Ranks of internal locks are "
           "checked at assertion level 3, in the presets checked and asan",
    "X26": "`context` is a handle and no interface: nobody can write one of his own",
    "X27": "as X26",
    "X29": "as X26",
    "X30": "as X26",
    "Q044": "a mutex cannot be assigned: `tests/compile_fail/sync.cc`",
    "Q062": "an atomic is an object; there is none at a null pointer",
    "Q066": "no `iter.Pull`",
    "Q075": "GoogleTest's affair: the race build counts races at exit, for the whole process",
}

COMMENT = re.compile(r"//(.*)$")
ID = re.compile(r"\b([CSMWKOGPAXTR]\d\d|Q\d\d\d)\b")
TEST = re.compile(r"(?:TEST|TEST_P|TEST_F|RACY|CLEAN|MISUSE)\((\w+)(?:, *(\w+))?\)"
                  r"|TEST_P\((\w+),$|class (\w+) |INSTANTIATE_TEST_SUITE_P\($|(static_assert)")


def behaviours():
    """Every id, in order."""
    return [f"{letter}{n:0{3 if letter == 'Q' else 2}}"
            for letter, (_, last) in THEMES.items() for n in range(1, last + 1) if n % 6 != 4]


def name_at(lines, number):
    """What the test at or below this line is called."""
    for at in range(number, min(number + 12, len(lines) + 1)):
        if found := TEST.search(lines[at - 1]):
            words = [w for w in found.groups() if w]
            return words[-1] if words and words[-1] != "static_assert" else None
    return None


def tests():
    """id -> [(file, name)], and the findings."""
    found, findings = {}, []
    known = set(behaviours())
    for path in sorted((ROOT / "tests").rglob("*")):
        if path.suffix not in (".cc", ".h", ".py") or not path.is_file():
            continue
        lines = path.read_text(encoding="utf-8").splitlines()
        relative = path.relative_to(ROOT)
        for number, line in enumerate(lines, 1):
            comment = COMMENT.search(line) or (re.search(r"#(.*)$", line)
                                               if path.suffix == ".py" else None)
            if not comment:
                continue
            for identity in dict.fromkeys(ID.findall(comment[1])):
                if identity not in known:
                    findings.append(f"{relative}:{number}: there is no behaviour {identity}")
                    continue
                name = name_at(lines, number) or path.name
                found.setdefault(identity, []).append((relative, name))
    return found, findings


def links(items, most):
    items = list(dict.fromkeys(items))
    shown = [f"[{name}](../../{path.as_posix()})" for path, name in items[:most]]
    if len(items) > most:
        shown.append(f"{len(items) - most} more")
    return ", ".join(shown)


def table(found):
    rows = ["| behaviour | tests, or why there is none |", "| --------- | --------------------------- |"]
    corpus = []
    for identity in behaviours():
        letter = identity[0]
        text = links(found[identity], 3) if identity in found else REASONS.get(identity, "")
        if letter == "Q":
            corpus.append(f"{identity} {links(found[identity], 2)}" if identity in found
                          else f"{identity} none: {text}")
            continue
        if identity.endswith("01"):
            rows.append(f"| **{THEMES[letter][0]}** | |")
        rows.append(f"| {identity} | {text} |")
    triples = ["; ".join(corpus[i:i + 3]) for i in range(0, len(corpus), 3)]
    return "\n".join(rows) + "\n\nThe race corpus: " + ";\n".join(triples) + "."


def update(write):
    found, findings = tests()
    for identity in behaviours():
        if identity not in found and identity not in REASONS:
            findings.append(f"{identity}: no test names it, and no reason is given")
        if identity in found and identity in REASONS:
            findings.append(f"{identity}: has a test and a reason for none")
    findings += generated_table.update(PAGE, BEGIN, table(found), write)
    return findings


def check(_root):
    return update(write=False)


if __name__ == "__main__":
    generated_table.run(update, __doc__)
