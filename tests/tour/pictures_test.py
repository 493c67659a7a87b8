#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The pictures in tour/pictures are those that the lessons draw.

usage: pictures_test.py PROGRAMS      the folder of the built lessons
"""
import subprocess
import sys
import tempfile
from pathlib import Path

PICTURES = Path(__file__).resolve().parents[2] / "tour" / "pictures"
HANG_GUARD = 120  # seconds


def main():
    programs = Path(sys.argv[1]).resolve()
    old = []
    with tempfile.TemporaryDirectory() as folder:
        for picture in sorted(PICTURES.glob("*.svg")):
            subprocess.run([programs / f"{picture.stem}_check"], cwd=folder, check=True,
                           stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, timeout=HANG_GUARD)
            if (Path(folder) / picture.name).read_bytes() != picture.read_bytes():
                old.append(picture.name)
    for name in old:
        print(f"tour/pictures/{name} is out of date: copy what {name[:-4]}_check draws")
    return 1 if old else 0


if __name__ == "__main__":
    sys.exit(main())
