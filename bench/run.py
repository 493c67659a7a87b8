#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs weft and its rivals row by row, in turns, and prints the medians.

    bench/run.py --build build/bench --rows ping_pong,yield --rounds 5 --procs 2

Writes results.json and results.svg to --out. A ratio is rival/weft: above 1, weft is faster.
"""

import argparse
import json
import os
import platform
import shlex
import statistics
import subprocess
import sys
from collections import namedtuple

import chart
import rivals

Row = namedtuple("Row", "name unit extras", defaults=[()])

ROWS = [
    Row("spawn_join", "ns/op"),
    Row("yield", "ns/op"),
    Row("yield_pair", "ns/op"),
    Row("ping_pong", "ns/op"),
    Row("chan_uncontended", "ns/op"),
    Row("chan_spsc", "ns/op"),
    Row("chan_mpmc", "ns/op"),
    Row("select_ready", "ns/op"),
    Row("select_ping_pong", "ns/op"),
    Row("mutex_uncontended", "ns/op"),
    Row("mutex_contended", "ns/op"),
    Row("shared_mutex_read_1", "ns/op"),
    Row("shared_mutex_read_2", "ns/op"),
    Row("shared_mutex_90_10", "ns/op"),
    Row("shared_mutex_50_50", "ns/op"),
    Row("sharded_map_read", "ns/op"),
    Row("sharded_map_write", "ns/op"),
    Row("sync_map", "ns/op"),
    Row("lockfree_stack", "ns/op"),
    Row("lockfree_queue", "ns/op"),
    Row("pool", "ns/op"),
    Row("singleflight", "ns/op"),
    Row("once_fast", "ns/op"),
    Row("atomic_add", "ns/op"),
    Row("wait_group", "ns/op"),
    Row("cond_ping_pong", "ns/op"),
    Row("context_timeout", "ns/op"),
    Row("pipeline_100", "ns/op"),
    Row("skynet_100k", "ms"),
    Row("fib_20", "ms"),
    Row("sleepers_10k", "ms"),
    Row("parked_1m", "s", ("wake", "bytes")),
]
EXTRA_UNITS = {"wake": "s", "bytes": "B each"}

TIMEOUT = 180  # seconds for one rival and one row
MILLION = 1_000_000


def read_command_line():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", default="", help="names, separated by commas (default: all)")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--procs", type=int, default=2, help="processors for each rival")
    parser.add_argument("--build", default="build/bench", help="where the programs were built")
    parser.add_argument("--out", help="where the results go (default: the build directory)")
    parser.add_argument("--min-time", type=float, default=0.2, help="seconds per measured run")
    parser.add_argument("--parked", type=int, default=MILLION, help="goroutines in parked_1m")
    parser.add_argument("--smoke", action="store_true",
                        help="one short round: does every row run? The figures mean nothing")
    settings = parser.parse_args()
    if settings.smoke:
        settings.rounds, settings.min_time, settings.parked = 1, 0.01, 10_000
    if settings.rounds < 1 or settings.procs < 1:
        parser.error("--rounds and --procs must be at least 1")
    settings.out = settings.out or settings.build
    wanted = [name.strip() for name in settings.rows.split(",") if name.strip()]
    unknown = [name for name in wanted if name not in {row.name for row in ROWS}]
    if unknown:
        parser.error(f"no row {', '.join(unknown)}; there are: {', '.join(r.name for r in ROWS)}")
    settings.chosen = [row for row in ROWS if not wanted or row.name in wanted]
    return settings


def measure_row(row, contenders, settings, failures):
    """Runs a row with each rival in turn, round after round; returns {column: median}."""
    values, out = {}, set()
    for number in range(1, settings.rounds + 1):
        for rival in contenders:
            if rival.key in out:
                continue
            progress(f"{row.name}: round {number}/{settings.rounds}, {rival.label}")
            try:
                result = rival.measure(row, settings, TIMEOUT)
            except rivals.Absent:
                out.add(rival.key)
                continue
            except (rivals.Failed, ValueError, KeyError) as why:
                failures.append((rival.key, f"{row.name}: {rival.label} failed: {why}"))
                out.add(rival.key)
                continue
            values.setdefault(rival.key, []).append(result["value"])
            for extra in row.extras:
                values.setdefault(f"{rival.key}_{extra}", []).append(result[extra])
    return {column: float(f"{statistics.median(found):.6g}") for column, found in values.items()}


def progress(text):
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\033[K{text}")
        sys.stderr.flush()


def figure(value):
    """Three digits that matter, without an exponent."""
    if value is None:
        return "-"
    if value >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}" if value >= 1 else f"{value:.3f}"


def table_lines(results, contenders):
    """The table as lines of text: weft, then each rival with its ratio."""
    head = ["scenario", "unit"]
    for rival in contenders:
        head += [rival.label] if rival.key == "weft" else [rival.label, "/weft"]
    lines = [head]
    for row, medians in results:
        for suffix in ("",) + tuple("_" + extra for extra in row.extras):
            unit = EXTRA_UNITS[suffix[1:]] if suffix else row.unit
            line = [row.name + suffix, unit]
            base = medians.get("weft" + suffix)
            for rival in contenders:
                value = medians.get(rival.key + suffix)
                line.append(figure(value))
                if rival.key != "weft":
                    line.append(figure(value / base) if value and base else "-")
            lines.append(line)
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
    text = []
    for line in lines:
        cells = [cell.ljust(width) if i < 2 else cell.rjust(width)
                 for i, (cell, width) in enumerate(zip(line, widths))]
        text.append("  ".join(cells).rstrip())
    text.insert(1, "-" * max(len(line) for line in text))
    return text


def describe_machine(settings, versions):
    """What the figures were measured on and with."""
    model = platform.processor()
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as cpuinfo:
            names = [line.split(":", 1)[1].strip() for line in cpuinfo if "model name" in line]
            model = names[0] if names else model
    except OSError:
        pass
    commit = subprocess.run(["git", "-C", rivals.HERE, "rev-parse", "--short", "HEAD"],
                            capture_output=True, text=True, check=False).stdout.strip()
    about = {
        "machine": f"{model or 'unknown processor'}, {platform.system()} {platform.release()} "
                   f"{platform.machine()}",
        "processors": os.cpu_count(),
        "procs": settings.procs,
        "rounds": settings.rounds,
        "compiler": rivals.compiler_of(settings.build),
        "versions": versions,
        "commit": commit,
        "command": shlex.join(["bench/run.py"] + sys.argv[1:]),
    }
    if settings.smoke:
        about["smoke"] = True
    if settings.parked != MILLION:
        about["parked"] = settings.parked
    return about


def main():
    settings = read_command_line()
    os.makedirs(settings.out, exist_ok=True)
    os.makedirs(settings.build, exist_ok=True)
    contenders, versions, missing = rivals.find_rivals(settings.build)
    failures, results = [], []
    for row in settings.chosen:
        results.append((row, measure_row(row, contenders, settings, failures)))
    progress("")

    about = describe_machine(settings, versions)
    print(f"{about['machine']}; {settings.procs} of {about['processors']} processors; "
          f"{about['compiler']}; medians of {settings.rounds}")
    print("\n".join(table_lines(results, contenders)))
    print("/weft: above 1, weft is faster (for bytes, smaller); -: no such row, or it failed (notes)")
    for text in missing + [text for _, text in failures]:
        print(f"note: {text}")

    objects = [dict(scenario=row.name, unit=row.unit, **medians) for row, medians in results]
    with open(os.path.join(settings.out, "results.json"), "w", encoding="utf-8") as file:
        json.dump(objects + [about], file, indent=1)
        file.write("\n")
    labels = [(rival.key, rival.label) for rival in contenders if rival.key != "weft"]
    with open(os.path.join(settings.out, "results.svg"), "w", encoding="utf-8") as file:
        file.write(chart.draw(objects, labels, about))
    print(f"written: {os.path.join(settings.out, 'results.json')} and results.svg")

    weft_failed = "weft" not in versions or any(key == "weft" for key, _ in failures)
    # Boost.Fiber 1.74 crashes now and then in rows that start fibers on several threads.
    ours = [key for key, _ in failures if key != "boost_fiber"]
    return 1 if weft_failed or (settings.smoke and ours) else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("\ninterrupted")
