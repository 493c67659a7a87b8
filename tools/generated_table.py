# SPDX-License-Identifier: Apache-2.0
"""The table that a tool writes into a page of the documents, between two lines of its own."""

import argparse
import sys

END = "<!-- end of the table -->"


def update(page, begin, table, write):
    """With `write`, puts the table where `begin` says if it is not there already; else a finding."""
    text = page.read_text(encoding="utf-8")
    before, _, rest = text.partition(begin)
    _, _, after = rest.partition(END)
    fresh = f"{before}{begin}\n{table}\n{END}{after}"
    if fresh == text:
        return []
    if not write:
        tool = begin.split(": ")[1].split(" ")[0]
        return [f"docs/{page.as_posix().rpartition('/docs/')[2]} is out of date: run {tool}"]
    page.write_text(fresh, encoding="utf-8")
    return []


def run(update_page, description):
    """The command line of such a tool: update_page(write) returns the findings."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing")
    findings = update_page(write=not parser.parse_args().check)
    for finding in findings:
        print(finding)
    sys.exit(bool(findings))
