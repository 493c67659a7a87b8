#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Is every order that a model claims to cover needed, and would the model notice?

A program of models says at its head what it covers:

  // covers: LK-1/LK-2 LK-4/LK-2
        pairs of tags (see tools/check_pairings.py). Each operation of these tags that the models
        perform is made weaker than it is written, one at a time, and some model must fail.
  // needs: include/weft/detail/os/lock.h: sleepers.fetch_add(1): seq_cst
        a line of a file, and what it is to lose: acquire, release, seq_cst (acquire and release
        are left), fence (there is none). Some model must fail.
  // spared: MX-10 acquire: why
        one order of an operation of these that could be weaker: no model may notice.
  // explores: RQ-4/RQ-5: why a weaker order goes unnoticed
        pairs that are performed, and no more than that.
  // left out: WG-1/WG-4: why
        pairs that no model performs.

Nothing is compiled: the atomics of the checker's build know where they stand (src/check/fine.h).
"""

import argparse
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
REACH = 3  # as in tools/check_pairings.py
_MENTION = re.compile(r"\[(?:[\w./]+:)?([A-Z][A-Z0-9]*-\d+[a-z]?)\]")
_FAILED = re.compile(r"weft::check: FAILED \((?!the program changed)")
_SITE = re.compile(r"^site (\S+):(\d+) (load|store|update|fence|heavy fence) (\w+)$", re.MULTILINE)


def head_lines(source, word):
    """The texts that follow `// word: ` in the head of a model."""
    return re.findall(rf"^// {word}: (.*)$", source.read_text(encoding="utf-8"), re.MULTILINE)


def tags_of(lines, number):
    """The tags that stand on line `number` (from 1), or nearest above it."""
    own = _MENTION.findall(lines[number - 1])
    if own:
        return own[:1]
    for above in range(number - 2, max(-1, number - 2 - REACH), -1):
        if lines[above].lstrip().startswith("//"):
            top = above
            while top > 0 and lines[top - 1].lstrip().startswith("//"):
                top -= 1
            found = []
            for line in lines[top : above + 1]:
                defined = re.match(rf"\s*// {_MENTION.pattern}", line)
                if defined:
                    found.append(defined.group(1))
            return found
        if _MENTION.search(lines[above]):
            return _MENTION.findall(lines[above])[:1]
    return []


def performed(program):
    """(file relative to the root, line, what, order) of every operation that the models perform."""
    out = subprocess.run([program, "--gtest_brief=1", "--sites"], capture_output=True, text=True)
    if out.returncode != 0:
        sys.exit(f"{program} fails as it is:\n{out.stdout[-2000:]}")
    sites = []
    for file, line, what, order in _SITE.findall(out.stdout):
        for prefix in ("include/", "src/"):
            at = file.find(prefix)
            if at >= 0:
                sites.append((file[at:], int(line), what, order))
                break
    return sites


def losses(order):
    return {"acquire": ["acquire"], "release": ["release"],
            "acq_rel": ["acquire", "release"], "seq_cst": ["seq_cst"]}.get(order, [])


def trials(source, sites):
    """(what it is for, FILE:LINE:WHAT, must it be noticed?) of each weakening; and complaints."""
    wanted = {t for line in head_lines(source, "covers") for pair in line.split()
              for t in pair.split("/")}
    explored = {t for line in head_lines(source, "explores")
                for pair in line.split(":")[0].split() for t in pair.split("/")}
    spared = {tuple(line.split(":")[0].split()) for line in head_lines(source, "spared")}
    out, complaints, seen = [], [], set()
    text = {}
    for file, line, _, order in sites:
        lines = text.setdefault(file, (ROOT / file).read_text(encoding="utf-8").split("\n"))
        tags = tags_of(lines, line)
        seen |= set(tags)
        # A seq_cst operation may stand below a tag that is another's.
        if order == "seq_cst" and not lines[line - 2].lstrip().startswith("//"):
            continue
        if not set(tags) & wanted:
            continue
        for loss in losses(order):
            needed = not any((tag, loss) in spared for tag in tags)
            out.append((" ".join(f"[{t}]" for t in tags), f"{file}:{line}:{loss}", needed))
    for tag in sorted((wanted | explored) - seen):
        complaints.append(f"{source.name}: no model performs [{tag}]")
    for need in head_lines(source, "needs"):
        file, snippet, loss = re.fullmatch(r"(\S+): (.*): (\w+)", need).groups()
        lines = (ROOT / file).read_text(encoding="utf-8").split("\n")
        at = [i + 1 for i, l in enumerate(lines) if snippet in l]
        if len(at) != 1:
            complaints.append(f"{source.name}: {file} has {len(at)} lines with `{snippet}`")
        else:
            out.append((snippet, f"{file}:{at[0]}:{loss}", True))
    return out, complaints


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True)
    parser.add_argument("--source", required=True, type=Path)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    todo, complaints = trials(options.source, performed(options.program))

    def noticed(trial):
        out = subprocess.run(
            [options.program, "--gtest_brief=1", "--gtest_fail_fast", f"--weaken={trial[1]}"],
            capture_output=True, text=True)
        return out.returncode == 1 and _FAILED.search(out.stdout) is not None, out

    with ThreadPoolExecutor(options.jobs) as pool:
        for trial, (ok, out) in zip(todo, pool.map(noticed, todo)):
            if options.verbose:
                what = re.findall(r"weft::check: (?!ok)(.*)", out.stdout)
                print(f"{'noticed' if ok else 'MISSED '} {trial[1]} {trial[0]}: {what[:1]}")
            if trial[2] and not ok:
                complaints.append(f"{trial[1]}: {trial[0]} made weaker, and no model notices"
                                  f" (exit {out.returncode})")
            if ok and not trial[2]:
                complaints.append(f"{trial[1]}: {trial[0]} is needed: a model notices")
    for complaint in complaints:
        print(complaint)
    print(f"{options.source.name}: {len(todo)} operations made weaker, {len(complaints)} complaints")
    sys.exit(1 if complaints else 0)


if __name__ == "__main__":
    main()
