# SPDX-License-Identifier: Apache-2.0
"""What every check needs: the files of the tree, C++ text without its comments, the exit code."""

import argparse
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CXX_SUFFIXES = (".h", ".cc")

_TOKEN = re.compile(
    r"""
    (?P<raw>R"(?P<delim>[^()\s\\]{0,16})\(.*?\)(?P=delim)")
  | (?P<string>"(?:\\.|[^"\\\n])*")
  | (?P<digits>\b\d[\w.']*)
  | (?P<char>'(?:\\.|[^'\\\n])+')
  | (?P<line>//(?:\\\n|[^\n])*)
  | (?P<block>/\*.*?\*/)
    """,
    re.VERBOSE | re.DOTALL,
)


def _blank(text):
    return re.sub(r"[^\n]", " ", text)


def split_comments(text):
    """Returns (code, comments): two texts of the same shape as the source.

    In `code` comments and the contents of strings are blanks; in `comments` all but the comments
    is. Line and column numbers stay those of the source.
    """
    code, comments, end = [], [], 0
    for match in _TOKEN.finditer(text):
        between = text[end : match.start()]
        code.append(between)
        comments.append(_blank(between))
        token = match.group()
        if match.lastgroup in ("line", "block") or token.startswith(("//", "/*")):
            code.append(_blank(token))
            comments.append(token)
        elif match.group("digits"):
            code.append(token)
            comments.append(_blank(token))
        else:
            # The quotes stay, so that an include's file name is taken from the source instead.
            code.append(token[0] + _blank(token[1:-1]) + token[-1])
            comments.append(_blank(token))
        end = match.end()
    code.append(text[end:])
    comments.append(_blank(text[end:]))
    return "".join(code), "".join(comments)


def files(root, *folders, suffixes=CXX_SUFFIXES):
    """Files under the given folders of root, as paths relative to root, sorted."""
    found = []
    for folder in folders:
        base = root / folder
        if base.is_file():
            found.append(base)
        found += [p for p in base.rglob("*") if p.is_file() and p.suffix in suffixes]
    return sorted({p.relative_to(root) for p in found if "__pycache__" not in p.parts})


def project_files(root):
    """Every file that is, or would be, under version control; all files outside a checkout."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=root, capture_output=True, check=False)
    if listing.returncode == 0:
        names = listing.stdout.decode().split("\0")
        return sorted(Path(n) for n in names if n and (root / n).is_file())
    return sorted(p.relative_to(root) for p in root.rglob("*")
                  if p.is_file() and not {".git", "build"} & set(p.relative_to(root).parts))


def read(root, path):
    return (root / path).read_text(encoding="utf-8")


def run(check, doc):
    """Command line of a check: prints its findings, one a line; exit status 1 if there are any."""
    parser = argparse.ArgumentParser(
        description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=Path, default=ROOT, help="the tree to check")
    options = parser.parse_args()
    findings = check(options.root.resolve())
    for finding in findings:
        print(finding)
    sys.exit(1 if findings else 0)
