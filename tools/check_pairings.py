#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every atomic operation weaker than seq_cst says what it pairs with, at both ends.

An operation is one that is given relaxed, acquire, release, acq_rel or consume as an argument, or
that names memory_order_* (seq_cst excepted). The seam itself, detail/base/atomic.h and what the
checker has in its place, is exempt.

  (a) A comment with a tag stands on the line of the operation or at most three lines above it.
      Operations on directly following lines form a group that one comment covers.
  (b) A tag is defined once in the whole tree.
  (c) A definition names its partners, which exist and name it in turn; or it says why it has none.
  (d) In a room that has a model, each pair is named by one: as covered, which is tried, or as
      explored or left out, with the reason why no more than that. A room is the capitals of its tags. The pairs
      of the other rooms are information (--verbose).

The grammar of a definition; it starts a comment line and goes on to the next tag or line of code:

  // [CH-3] release-store; pairs with the acquire-load [CH-7] in recv_fast().
  //        Publishes: the slot. Weaker fails: the stamp may be seen before the value.
  // [LK-1] acquire: pairs with the release [LK-2], [LK-3]. Sees what the last holder wrote.
  // [RC-1] acq_rel decrement; pairs with itself: the last one sees all the others.
  // [CH-8] relaxed: statistic only, may be stale.

  tag       capitals, a dash, a number: CH-3, RQ-12, LK-4b.
  partners  every [tag] between the words "pair with" (pairs, paired) and the end of the sentence;
            [chan.cc:CH-3] may name the file too.
  relaxed:  followed by the reason why nothing is ordered here; such a tag needs no partner.

A comment that only mentions a tag, as in `// as [CH-3]` or `// [CH-3] again`, covers an operation
like the one defined there and defines nothing.
"""

import argparse
import re
import sys
from collections import namedtuple
from pathlib import Path

import source_text

# What stands for the atomics themselves.
SEAMS = {Path("include/weft/detail/base/atomic.h"), Path("include/weft/detail/base/atomic_check.h"),
         Path("src/check/fine.cc")}
REACH = 3  # lines between the end of a tag's comment and the operation

_TAG = r"[A-Z][A-Z0-9]*-\d+[a-z]?"
_MENTION = re.compile(rf"\[(?:[\w./]+:)?({_TAG})\]")
_DEFINITION = re.compile(rf"^\s*(?://+|/\*+|\*)\s*\[({_TAG})\]\s*(.*)$")
_NO_DEFINITION = re.compile(r"^(?:again\b.*|as above\b.*|)\s*(?:\*/)?$")
_PARTNERS = re.compile(r"\bpair(?:s|ed)?\s+with\b(.*?)(?:\.(?:\s|$)|;|$)", re.DOTALL)
_REASON = re.compile(r"\brelaxed\b[^:.;]{0,40}:\s*\S")
_COVERS = re.compile(r"^// (?:covers|explores|left out): (.*)$", re.MULTILINE)

_ORDER = re.compile(r"\bmemory_order(?:_|\s*::\s*)(?:relaxed|consume|acquire|release|acq_rel)\b"
                    r"|\b(?:relaxed|acquire|release|acq_rel|consume)\b")
_QUALIFIER = re.compile(r"(?:\w+\s*::\s*)+$|::\s*$")

Definition = namedtuple("Definition", "tag path line text partners")


def operation_lines(code):
    """Numbers (from 0) of the lines on which an order stands as an argument."""
    lines = []
    for match in _ORDER.finditer(code):
        if not match.group().startswith("memory_order"):
            before = _QUALIFIER.sub("", code[: match.start()].rstrip()[-200:]).rstrip()
            after = code[match.end() :].lstrip()
            # An argument, or one arm of a conditional argument; not a call, a name or a parameter.
            if before[-1:] not in ("(", ",", "?", ":") or after[:1] not in (")", ",", ":"):
                continue
        lines.append(code.count("\n", 0, match.start()))
    return sorted(set(lines))


def definitions(path, comments):
    """The tags that the comments of one file define, with the text that follows each."""
    found = []
    lines = comments.split("\n")
    for number, line in enumerate(lines):
        match = _DEFINITION.match(line)
        if not match or _NO_DEFINITION.match(match.group(2)):
            continue
        text = [match.group(2)]
        for following in lines[number + 1 :]:
            if not following.strip() or _DEFINITION.match(following):
                break
            text.append(re.sub(r"^\s*(?://+|\*)?\s*", "", following))
        text = " ".join(text)
        partners = set()
        for clause in _PARTNERS.findall(text):
            partners |= set(_MENTION.findall(clause))
            if re.match(r"\s+itself\b", clause):
                partners.add(match.group(1))
        found.append(Definition(match.group(1), path, number + 1, text, partners))
    return found


def untagged(path, code, comments):
    comment_lines = comments.split("\n")
    code_lines = code.split("\n")

    def tagged(number):
        if _MENTION.search(comment_lines[number]):
            return True
        for above in range(number - 1, max(-1, number - 1 - REACH), -1):
            if not comment_lines[above].strip():
                continue
            # The whole block of comment lines that ends here counts as one comment.
            top = above
            while True:
                if _MENTION.search(comment_lines[top]):
                    return True
                if top == 0 or not comment_lines[top - 1].strip() or code_lines[top].strip():
                    break
                top -= 1
        return False

    findings, covered = [], None
    for number in operation_lines(code):
        if covered == number - 1 or tagged(number):
            covered = number
        else:
            findings.append(f"{path}:{number + 1}: operation weaker than seq_cst without a tag "
                            f"within {REACH} lines above")
    return findings


def check_partners(all_definitions):
    findings, by_tag = [], {}
    for definition in all_definitions:
        first = by_tag.setdefault(definition.tag, definition)
        if first is not definition:
            findings.append(f"{definition.path}:{definition.line}: [{definition.tag}] is defined "
                            f"already at {first.path}:{first.line}")
    for definition in all_definitions:
        where = f"{definition.path}:{definition.line}: [{definition.tag}]"
        if not definition.partners and not _REASON.search(definition.text):
            findings.append(f"{where} names neither a partner (`pairs with [X-1]`) "
                            f"nor a reason (`relaxed: ...`)")
        for partner in sorted(definition.partners):
            if partner not in by_tag:
                findings.append(f"{where} pairs with [{partner}], which is defined nowhere")
            elif definition.tag not in by_tag[partner].partners:
                other = by_tag[partner]
                findings.append(f"{where} pairs with [{partner}], which does not name it back "
                                f"({other.path}:{other.line})")
    return findings


def room_of(tag):
    return tag.split("-")[0]


def covered_pairs(root):
    """Pairs that the models name (see tests/model/weaken.py), and where they do."""
    found = {}
    for path in source_text.files(root, "tests/model"):
        for line in _COVERS.findall(source_text.read(root, path)):
            for pair in line.split(":")[0].split():
                found.setdefault(frozenset(pair.split("/")), path)
    return found


def uncovered(root, all_definitions):
    """Pairs that no model names, by whether their room has a model."""
    covered = covered_pairs(root)
    rooms = {room_of(tag) for pair in covered for tag in pair}
    pairs = {frozenset((d.tag, p)) for d in all_definitions for p in d.partners}
    missing = {True: [], False: []}
    for pair in pairs - set(covered):
        missing[any(room_of(tag) in rooms for tag in pair)].append("/".join(sorted(pair)))
    return {has_model: sorted(found) for has_model, found in missing.items()}


def check_models(root, all_definitions):
    findings = [f"{pair}: no model names this pair, and its room has one"
                for pair in uncovered(root, all_definitions)[True]]
    tags = {d.tag for d in all_definitions}
    for pair, path in covered_pairs(root).items():
        findings += [f"{path}: [{tag}] is defined nowhere" for tag in sorted(pair - tags)]
    return findings


def collect(root):
    findings, all_definitions = [], []
    for path in source_text.files(root, "include", "src"):
        if path in SEAMS:
            continue
        code, comments = source_text.split_comments(source_text.read(root, path))
        findings += untagged(path, code, comments)
        all_definitions += definitions(path, comments)
    return findings, all_definitions


def check(root):
    findings, all_definitions = collect(root)
    return findings + check_partners(all_definitions) + check_models(root, all_definitions)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=Path, default=source_text.ROOT, help="the tree to check")
    parser.add_argument("--verbose", action="store_true", help="also list pairs no model test covers")
    options = parser.parse_args()
    root = options.root.resolve()
    findings = check(root)
    for finding in findings:
        print(finding)
    if options.verbose:
        for pair in uncovered(root, collect(root)[1])[False]:
            print(f"note: {pair} is covered by no model test")
    sys.exit(1 if findings else 0)


if __name__ == "__main__":
    main()
