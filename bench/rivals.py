# SPDX-License-Identifier: Apache-2.0
"""The rivals of the benchmark stand: where their programs are, how a row of each is run."""

import glob
import json
import os
import re
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))


class Failed(Exception):
    """A rival could not run a row; the text says why."""


class Absent(Exception):
    """A rival has no such row: it lacks the concept."""


def output_of(command, timeout=60, **options):
    """Runs a command and returns what it printed, or raises Failed."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=timeout, **options)
    except subprocess.TimeoutExpired:
        raise Failed(f"not done after {timeout:.0f} s") from None
    except OSError as error:
        raise Failed(str(error)) from None
    if done.returncode == 3:
        raise Absent()
    if done.returncode != 0:
        last = done.stderr.strip().splitlines()[-1:] or ["no message"]
        ending = "exit status" if done.returncode > 0 else "signal"
        raise Failed(f"{ending} {abs(done.returncode)}: {last[0]}")
    return done.stdout


class Rival:
    """A program that runs one row (--row NAME --procs N --min-time S) and prints a JSON object."""

    def __init__(self, key, label, program):
        self.key, self.label, self.program = key, label, program

    def measure(self, row, settings, timeout):
        """Returns {"value": ..., ...} in the unit of the row."""
        command = [self.program, "--row", row.name, "--procs", str(settings.procs),
                   "--min-time", str(settings.min_time)]
        environment = dict(os.environ, BENCH_PARKED=str(settings.parked))
        return json.loads(output_of(command, timeout, env=environment))


class Weft(Rival):
    """weft's rows are Google Benchmark's; its JSON is turned into the same shape."""

    def measure(self, row, settings, timeout):
        command = [self.program, f"--benchmark_filter=^{row.name}(/|$)", "--benchmark_format=json",
                   f"--benchmark_min_time={settings.min_time}"]
        environment = dict(os.environ, WEFT_PROCS=str(settings.procs),
                           BENCH_PARKED=str(settings.parked))
        found = json.loads(output_of(command, timeout, env=environment))["benchmarks"]
        if len(found) != 1:
            raise Failed(f"bench_weft has {len(found)} benchmarks of that name")
        if found[0].get("error_occurred"):
            raise Failed(found[0].get("error_message", "no message"))
        result = {"value": found[0]["real_time"]}
        result.update((extra, found[0][extra]) for extra in row.extras)
        return result


def find_program(build, name):
    """The program in a build directory or one below it, or None."""
    for place in (build, os.path.join(build, "bench")):
        path = os.path.join(place, name)
        if os.access(path, os.X_OK) and os.path.isfile(path):
            return path
    return None


def go_version(go):
    """(1, 26, 8) of a go program, or () if it does not run."""
    try:
        text = output_of([go, "version"], env=dict(os.environ, GOTOOLCHAIN="local"))
    except (Failed, Absent):
        return ()
    return tuple(int(part) for part in re.findall(r"go(\d[\d.]*)", text)[0].strip(".").split("."))


def newest_go():
    """The go program with the highest version, of PATH and the usual places, or None."""
    places = [os.path.join(folder, "go") for folder in os.get_exec_path()]
    places += glob.glob("/usr/local/go*/bin/go") + glob.glob("/usr/lib/go-*/bin/go")
    places += glob.glob(os.path.expanduser("~/sdk/go*/bin/go"))
    found = {os.path.realpath(go) for go in places if os.access(go, os.X_OK)}
    return max(found, key=go_version, default=None)


def build_go(build):
    """Builds bench/go with the newest Go into the build directory; returns (program, version)."""
    go = newest_go()
    if go is None:
        raise Failed("no go found")
    program = os.path.join(os.path.abspath(build), "go_rival")
    environment = dict(os.environ, GOTOOLCHAIN="local", GOFLAGS="", GOWORK="off")
    environment.setdefault("GOCACHE", os.path.join(os.path.abspath(build), "go-cache"))
    sources = sorted(glob.glob(os.path.join(HERE, "go", "*.go")))
    output_of([go, "build", "-o", program] + sources, timeout=300, env=environment)
    return program, "go" + ".".join(map(str, go_version(go)))


def cache_entry(build, name):
    """An entry of CMakeCache.txt in the build directory, or ""."""
    try:
        with open(os.path.join(build, "CMakeCache.txt"), encoding="utf-8") as cache:
            match = re.search(rf"^{name}:\w+=(.*)$", cache.read(), re.MULTILINE)
    except OSError:
        return ""
    return match.group(1) if match else ""


def compiler_of(build):
    """The first line of the C++ compiler's --version, and the build type."""
    compiler = cache_entry(build, "CMAKE_CXX_COMPILER") or "c++"
    try:
        version = output_of([compiler, "--version"]).splitlines()[0]
    except (Failed, Absent):
        return ""
    return f"{version}, {cache_entry(build, 'CMAKE_BUILD_TYPE') or 'unknown build type'}"


def weft_version():
    """The version in include/weft/version.h."""
    path = os.path.join(HERE, "..", "include", "weft", "version.h")
    with open(path, encoding="utf-8") as header:
        numbers = re.findall(r"define WEFT_VERSION_(?:MAJOR|MINOR|PATCH) (\d+)", header.read())
    return ".".join(numbers)


def find_rivals(build):
    """Returns (rivals in table order, {key: version}, [why one is missing])."""
    rivals, versions, missing = [], {}, []

    def add(kind, key, label, program, version):
        rivals.append(kind(key, label, program))
        versions[key] = version

    program = find_program(build, "bench_weft")
    if program:
        add(Weft, "weft", "weft", program, weft_version())
    else:
        missing.append(f"weft: no bench_weft in {build}")
    try:
        program, version = build_go(build)
        add(Rival, "go", "Go", program, version)
    except Failed as why:
        missing.append(f"Go: {why}")
    program = find_program(build, "bench_boost_fiber")
    if program:
        version = output_of([program, "--version"]).strip().replace("_", ".")
        add(Rival, "boost_fiber", "Boost.Fiber", program, version)
    else:
        missing.append("Boost.Fiber: not built")
    program = find_program(build, "bench_std")
    if program:
        add(Rival, "std", "std", program, os.confstr("CS_GNU_LIBC_VERSION"))
    else:
        missing.append("std: not built")
    program = find_program(build, "bench_tbb")
    if program:
        add(Rival, "tbb", "oneTBB", program, output_of([program, "--version"]).strip())
    else:
        missing.append("oneTBB: not built")
    return rivals, versions, missing
