#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the documentation shows is compiled and run; its links resolve; doc comments keep one order.

  - Every ```cpp block in README.md and docs/ follows a line that names the file it was taken from,
      <!-- example: examples/hello.cc -->          or   <!-- example: tests/docs/chan.cc#close -->
    and equals that file, or that region of it. A region stands in the source between
      // [close]                                   and   // [end]
    without these two lines, and without the indentation that all of its lines share. The first
    lines of a whole file that are comments (licence, head) are left out of the comparison.
    The file lies under examples/, tour/ or tests/docs/, where everything is built and run.
  - Relative links, and #anchors into Markdown pages, lead somewhere.
  - Doc comments (///) in include/weft/*.h give their fields in this order: Blocks, Returns,
    Errors or Misuse, Memory, Cancel/exceptions, Lifetime, Callable from, Cost, Go, Example.
"""

import re
import textwrap
from pathlib import Path

import source_text

EXAMPLE_FOLDERS = ("examples", "tour", "tests/docs")
FIELD_RANK = {
    "blocks": 0, "returns": 1, "errors": 2, "misuse": 2, "errors/misuse": 2, "memory": 3,
    "cancel": 4, "exceptions": 4, "cancel/exceptions": 4, "lifetime": 5, "callable from": 6,
    "cost": 7, "go": 8, "example": 9,
}

_FENCE = re.compile(r"^(?P<indent>\s*)(?P<fence>`{3,}|~{3,})\s*(?P<language>[\w+-]*)")
_EXAMPLE = re.compile(r"^\s*<!--\s*example:\s*(?P<path>[^#\s]+)(?:#(?P<region>\S+))?\s*-->\s*$")
_LINK = re.compile(r"(?<!\\)\[(?:[^\]\\]|\\.)*\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)")
_FIELD = re.compile(
    r"^\s*///\s*(" + "|".join(re.escape(f) for f in sorted(FIELD_RANK, key=len, reverse=True)) +
    r"):", re.IGNORECASE)


def region_of(text, name):
    """The lines between `// [name]` and `// [end]`, or None."""
    lines = text.splitlines()
    starts = [n for n, line in enumerate(lines) if line.strip() == f"// [{name}]"]
    if len(starts) != 1:
        return None
    for end in range(starts[0] + 1, len(lines)):
        if lines[end].strip() == "// [end]":
            return "\n".join(lines[starts[0] + 1 : end])
    return None


def without_head(text):
    """The file without the comment lines it starts with and without region marks."""
    lines = text.splitlines()
    while lines and (not lines[0].strip() or lines[0].startswith("//")):
        lines.pop(0)
    return "\n".join(line for line in lines if not re.match(r"^\s*// \[[\w-]+\]$", line))


def normal(text):
    return textwrap.dedent("\n".join(line.rstrip() for line in text.splitlines())).strip("\n")


def check_block(root, page, line, marker, block):
    where = f"{page}:{line}"
    if marker is None:
        return [f"{where}: cpp block without `<!-- example: file.cc -->` on the line before it"]
    path, region = marker.group("path"), marker.group("region")
    if not any(path.startswith(folder + "/") for folder in EXAMPLE_FOLDERS):
        return [f"{where}: {path} is not under {', '.join(EXAMPLE_FOLDERS)}"]
    if not (root / path).is_file():
        return [f"{where}: {path} does not exist"]
    source = (root / path).read_text(encoding="utf-8")
    if region is not None:
        source = region_of(source, region)
        if source is None:
            return [f"{where}: {path} has no region `// [{region}]` ... `// [end]`, or several"]
    else:
        block, source = without_head(block), without_head(source)
    if normal(block) == normal(source):
        return []
    shown, wanted = normal(block).splitlines(), normal(source).splitlines()
    at = next((n for n, pair in enumerate(zip(shown, wanted)) if pair[0] != pair[1]),
              min(len(shown), len(wanted)))
    return [f"{where}: line {at + 1} of the block differs from {path}"
            + (f"#{region}" if region else "")]


def prose_and_blocks(text):
    """(prose with code blanked, [(first line number, language, marker, block text)])."""
    prose, blocks = [], []
    lines = text.splitlines()
    number, marker = 0, None
    while number < len(lines):
        line = lines[number]
        fence = _FENCE.match(line)
        if not fence:
            prose.append(re.sub(r"`[^`]*`", "", line))
            if line.strip():
                marker = _EXAMPLE.match(line)
            number += 1
            continue
        close = re.compile(rf"^\s*{re.escape(fence.group('fence'))}\s*$")
        end = next((n for n in range(number + 1, len(lines)) if close.match(lines[n])), len(lines))
        blocks.append((number + 1, fence.group("language"), marker,
                       "\n".join(lines[number + 1 : end])))
        prose += [""] * (end + 1 - number)
        number, marker = end + 1, None
    return "\n".join(prose), blocks


def anchors(text):
    """GitHub's anchors of a page's headings."""
    found = set()
    for line in prose_and_blocks(text.replace("`", ""))[0].splitlines():
        match = re.match(r"^#+\s+(.*?)\s*#*$", line)
        if match:
            slug = re.sub(r"[^\w\- ]", "", match.group(1).lower()).replace(" ", "-")
            while slug in found:
                slug += "-1"
            found.add(slug)
    return found


def check_links(root, page, prose):
    findings = []
    for match in _LINK.finditer(prose):
        target = match.group(1)
        if re.match(r"^[a-z][a-z0-9+.-]*:", target):
            continue
        where = f"{page}:{prose.count(chr(10), 0, match.start()) + 1}"
        name, _, anchor = target.partition("#")
        file = (root / page.parent / name) if name else root / page
        if name.startswith("/") or not file.exists():
            findings.append(f"{where}: link to {target} leads nowhere")
        elif anchor and file.suffix == ".md":
            if anchor not in anchors(file.read_text(encoding="utf-8")):
                findings.append(f"{where}: {name or page} has no heading for #{anchor}")
    return findings


def check_page(root, page):
    prose, blocks = prose_and_blocks(source_text.read(root, page))
    findings = []
    for line, language, marker, block in blocks:
        if language in ("c++", "cc", "cxx", "C++"):
            findings.append(f"{page}:{line}: write ```cpp, so that the block is checked")
        elif language == "cpp":
            findings += check_block(root, page, line, marker, block)
    return findings + check_links(root, page, prose)


def check_field_order(root, path):
    findings, last = [], None
    for number, line in enumerate(source_text.read(root, path).splitlines(), start=1):
        if not line.lstrip().startswith("///"):
            last = None
            continue
        match = _FIELD.match(line)
        if not match:
            continue
        field = match.group(1)
        rank = FIELD_RANK[field.lower()]
        if last is not None and rank < FIELD_RANK[last.lower()]:
            findings.append(f"{path}:{number}: `{field}:` stands after `{last}:`; "
                            f"the order is in tools/check_docs.py")
        last = field
    return findings


def check(root):
    findings = []
    pages = [p for p in source_text.project_files(root) if p.suffix == ".md"]
    for page in pages:
        findings += check_page(root, page)
    headers = sorted(p.relative_to(root) for p in (root / "include/weft").rglob("*.h"))
    for path in (p for p in headers if p.parts[2] != "detail"):
        findings += check_field_order(root, path)
    return findings


if __name__ == "__main__":
    source_text.run(check, __doc__)
