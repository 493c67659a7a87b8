#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What profiles cost: weft's rows with the profiles off and on, in turns.

    bench/profiles.py --build build/bench --rows ping_pong,mutex_contended --rounds 9

Each round runs a row twice, once off and once on; which comes first changes from round to round.
`cost` is the median, over the rounds, of on/off - 1; `noise` is what the same comparison gives for
runs that are both off: half of the rounds' runs against the other half.
"""

import argparse
import os
import statistics
import sys

import rivals
from run import ROWS, figure, progress

# The rows in which goroutines wait for each other.
CONTENDED = ("ping_pong", "chan_spsc", "chan_mpmc", "select_ping_pong", "mutex_contended",
             "shared_mutex_90_10", "shared_mutex_50_50", "cond_ping_pong", "pipeline_100")
TIMEOUT = 180


def read_command_line():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", default=",".join(CONTENDED), help="names, separated by commas")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--procs", type=int, default=2)
    parser.add_argument("--build", default="build/bench")
    parser.add_argument("--min-time", type=float, default=0.2, help="seconds per measured run")
    parser.add_argument("--profiles", default="100,10000,cpu",
                        help="what is on: mutex fraction, block rate in ns, and cpu (or not)")
    parser.add_argument("--against", metavar="PROGRAM",
                        help="compare with another bench_weft instead, the profiles off in both")
    settings = parser.parse_args()
    settings.parked = 0
    known = {row.name: row for row in ROWS}
    wanted = [name.strip() for name in settings.rows.split(",") if name.strip()]
    unknown = [name for name in wanted if name not in known]
    if unknown:
        parser.error(f"no row {', '.join(unknown)}")
    settings.chosen = [known[name] for name in wanted]
    return settings


class Profiled(rivals.Weft):
    """bench_weft with profiles on."""

    def __init__(self, program, profiles):
        super().__init__("on", "on", program)
        self.profiles = profiles

    def measure(self, row, settings, timeout):
        os.environ["WEFT_BENCH_PROFILES"] = self.profiles
        try:
            return super().measure(row, settings, timeout)
        finally:
            del os.environ["WEFT_BENCH_PROFILES"]


def compare(row, base, other, settings):
    """The values of both, round by round."""
    values = {base: [], other: []}
    for number in range(settings.rounds):
        progress(f"{row.name}: round {number + 1}/{settings.rounds}")
        for rival in ((base, other), (other, base))[number % 2]:
            values[rival].append(rival.measure(row, settings, TIMEOUT)["value"])
    return values[base], values[other]


def main():
    settings = read_command_line()
    program = rivals.find_program(settings.build, "bench_weft")
    if program is None:
        sys.exit(f"no bench_weft in {settings.build}")
    base = rivals.Weft("off", "off", program)
    other = Profiled(program, settings.profiles)
    labels = ("off", f"on ({settings.profiles})")
    if settings.against:
        base, other = rivals.Weft("off", "off", settings.against), base
        labels = (settings.against, program)
    print(f"{labels[0]}  against  {labels[1]}; {settings.procs} processors, "
          f"{settings.rounds} rounds of {settings.min_time} s")
    print(f"{'scenario':20}{'unit':8}{'before':>10}{'after':>10}{'cost':>9}{'noise':>9}")
    for row in settings.chosen:
        before, after = compare(row, base, other, settings)
        cost = statistics.median(b / a for a, b in zip(before, after)) - 1
        halves = [statistics.median(before[i::2]) for i in (0, 1)] if len(before) > 1 else [1, 1]
        progress("")
        print(f"{row.name:20}{row.unit:8}{figure(statistics.median(before)):>10}"
              f"{figure(statistics.median(after)):>10}{cost:>+9.1%}"
              f"{abs(halves[0] / halves[1] - 1):>9.1%}", flush=True)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("\ninterrupted")
