#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Includes point down the floors, and each floor keeps to its own means.

  F0 base < F1 arch, os < F2 contract < F3 runtime < F4 sync < F5 lib, net < F6 debug, check

The folder under src/ and include/weft/detail/ names the floor; PUBLIC_HEADERS below names it for
the headers users include. Checked in include/ and src/:
  - a file includes nothing from a floor above its own, nor the umbrella weft.h;
  - sync takes from runtime only what WAIST lists;
  - std::atomic is named only by the seam, detail/base/atomic.h and atomic_check.h;
  - thread_local stands only in src/runtime, src/os and the checker's engine.
"""

import re
from pathlib import Path

import source_text

FLOOR_OF_ROOM = {
    "base": 0, "arch": 1, "os": 1, "contract": 2, "runtime": 3, "sync": 4,
    "lib": 5, "net": 5, "debug": 6, "check": 6, "race": 6,
}

# A new public header gets its room here.
PUBLIC_HEADERS = {
    "panic.h": "base", "version.h": "base",
    "go.h": "runtime", "goroutine_local.h": "runtime",
    "chan.h": "sync", "select.h": "sync", "mutex.h": "sync", "wait_group.h": "sync",
    "time.h": "sync", "once.h": "sync", "condition_variable.h": "sync",
    "time.h": "sync", "context.h": "sync", "shared_mutex.h": "sync",
    "semaphore.h": "sync", "spinlock.h": "sync", "atomic.h": "sync", "var.h": "base",
    "group.h": "lib", "sync_map.h": "lib", "pool.h": "lib",
    "sharded_map.h": "lib", "singleflight.h": "lib",
    "debug.h": "debug", "check.h": "check",
}
PUBLIC_FOLDERS = {"lockfree": "lib", "debug": "debug", "check": "check"}
UMBRELLA = "weft.h"

# All that sync may include of the runtime.
WAIST = {"park.h", "wait_queue.h", "timers.h", "go.h", "probes.h"}

SEAM = Path("include/weft/detail/base/atomic.h")
SEAM_FILES = {SEAM, Path("include/weft/detail/base/atomic_check.h"), Path("src/check/fine.h"),
              Path("src/check/fine.cc")}
# Under the checker a goroutine never changes its thread.
THREAD_LOCAL_PLACES = ("src/runtime/", "src/os/", "src/check/engine.")

_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"\n]+)[>"]', re.MULTILINE)
_ATOMIC = re.compile(r"#\s*include\s*<atomic>|\bstd\s*::\s*(?:atomic\w*|memory_order\w*)|\b__atomic_\w+")
_THREAD_LOCAL = re.compile(r"\bthread_local\b|\b__thread\b")


def room(path):
    """The room of a file given relative to the root, "umbrella", or None if nobody says."""
    parts = path.parts
    if parts[:3] == ("include", "weft", "detail"):
        return parts[3] if len(parts) > 4 and parts[3] in FLOOR_OF_ROOM else None
    if parts[:2] == ("include", "weft") and len(parts) == 3:
        return "umbrella" if parts[2] == UMBRELLA else PUBLIC_HEADERS.get(parts[2])
    if parts[:2] == ("include", "weft") and len(parts) == 4:
        return PUBLIC_FOLDERS.get(parts[2])
    if parts[0] == "src":
        return parts[1] if len(parts) > 2 and parts[1] in FLOOR_OF_ROOM else None
    return None


def resolve(root, source, quote, name):
    """The included file relative to the root; None if it is not one of weft's."""
    places = [Path("include")]
    if quote == '"':
        places = [source.parent, Path("src"), Path("include")]
    for place in places:
        if (root / place / name).is_file():
            return (root / place / name).resolve().relative_to(root)
    return None


def _line(text, offset):
    return text.count("\n", 0, offset) + 1


def check_includes(root, path, text, code):
    own = room(path)
    if own is None:
        return [f"{path}:1: no floor known for this file; add its room to tools/check_floors.py"]
    findings = []
    for match in _INCLUDE.finditer(text):
        if not code[match.start() : match.end()].strip().startswith("#"):
            continue  # commented out
        quote, name = match.groups()
        where = f"{path}:{_line(text, match.start(1))}"
        target = resolve(root, path, quote, name)
        if target is None:
            if quote == '"' or name.startswith("weft/"):
                findings.append(f"{where}: included file {name} does not exist")
            continue
        other = room(target)
        if own == "umbrella" or other is None:
            continue  # an unknown target is a finding of its own
        if other == "umbrella":
            findings.append(f"{where}: weft.h is for users; include the header that is needed")
        elif FLOOR_OF_ROOM[other] > FLOOR_OF_ROOM[own]:
            findings.append(
                f"{where}: floor {FLOOR_OF_ROOM[own]} ({own}) includes {name} "
                f"of floor {FLOOR_OF_ROOM[other]} ({other})")
        elif own == "sync" and other == "runtime" and target.name not in WAIST:
            findings.append(
                f"{where}: sync reaches runtime only through {', '.join(sorted(WAIST))}, not {name}")
    return findings


def check_means(path, code):
    findings = []
    if path not in SEAM_FILES:
        for match in _ATOMIC.finditer(code):
            findings.append(f"{path}:{_line(code, match.start())}: {match.group()} "
                            f"outside the seam; use <weft/detail/base/atomic.h>")
    if not path.as_posix().startswith(THREAD_LOCAL_PLACES):
        for match in _THREAD_LOCAL.finditer(code):
            findings.append(f"{path}:{_line(code, match.start())}: {match.group()} "
                            f"outside {' and '.join(THREAD_LOCAL_PLACES)}")
    return findings


def check(root):
    findings = []
    for path in source_text.files(root, "include", "src", suffixes=(".h", ".cc", ".S")):
        text = source_text.read(root, path)
        code, _ = source_text.split_comments(text)
        findings += check_includes(root, path, text, code)
        if path.suffix != ".S":
            findings += check_means(path, code)
    return findings


if __name__ == "__main__":
    source_text.run(check, __doc__)
