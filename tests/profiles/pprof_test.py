#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Profiles of a running program, read with the real client, against what the program measured.

usage: pprof_test.py PROGRAM TEST...
Exits with 77, which CTest takes for "skipped", if there is no `go` here.
"""
import re
import shutil
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.error
import urllib.request

PROGRAM = ""
NS = {"ns": 1, "us": 1e3, "µs": 1e3, "ms": 1e6, "s": 1e9, "mins": 60e9, "hrs": 3600e9}


def pprof(*arguments):
    """The output of `go tool pprof`; fails with what it said."""
    result = subprocess.run(["go", "tool", "pprof", *arguments], capture_output=True, text=True,
                            timeout=300, check=False)
    if result.returncode != 0:
        raise AssertionError(f"pprof {arguments}: {result.stderr}")
    return result.stdout


def nanoseconds(text):
    match = re.fullmatch(r"(-?[\d.]+)([a-zµ]*)", text)
    return float(match[1]) * NS[match[2] or "ns"]


def cumulative(top, function):
    """The `cum` column of a function in the output of -top, as text; "0" if it is not there."""
    for line in top.splitlines():
        columns = line.split(None, 5)
        if len(columns) == 6 and re.search(rf"\b{function}\b", columns[5]):
            return columns[3]
    return "0"


class Program:
    def __init__(self, *arguments):
        self.process = subprocess.Popen([PROGRAM, *arguments], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        self.root = f"http://127.0.0.1:{int(self.process.stdout.readline())}"

    def pause(self):
        """Stops the work, and gives {place: (count, nanoseconds)} as the program measured it."""
        self._say("pause")
        found = {}
        while (line := self.process.stdout.readline().strip()) != ".":
            name, count, ns = line.split()
            found[name] = (int(count), int(ns))
        return found

    def resume(self):
        self._say("")

    def _say(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def get(self, path):
        with urllib.request.urlopen(self.root + path, timeout=120) as answer:
            return answer.read().decode()

    def end(self):
        self.process.stdin.close()
        self.process.wait(60)
        self.process.stdout.close()


class Profiles(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def start(self, *arguments):
        program = Program(*arguments)
        self.addCleanup(program.end)
        return program

    def save(self, program, kind, name):
        """Fetches with curl's means what pprof would, so that it can be read twice."""
        path = f"{self.folder.name}/{name}"
        with urllib.request.urlopen(f"{program.root}/debug/pprof/{kind}", timeout=120) as answer:
            with open(path, "wb") as file:
                file.write(answer.read())
        return path

    def assert_close(self, got, wanted, what):
        self.assertGreater(wanted, 0, what)
        self.assertLess(abs(got - wanted) / wanted, 0.10,
                        f"{what}: the profile says {got / 1e6:.1f} ms, the program {wanted / 1e6:.1f}")

    def delay(self, function, *arguments):
        return nanoseconds(cumulative(pprof("-top", "-cum", "-unit=ns", "-nodefraction=0",
                                            "-sample_index=delay", *arguments), function))

    def count(self, function, *arguments):
        return int(cumulative(pprof("-top", "-cum", "-nodefraction=0",
                                    "-sample_index=contentions", *arguments), function))

    def test_delays_are_those_that_the_program_measured(self):
        program = self.start()
        time.sleep(1.5)
        measured = program.pause()
        mutex = f"{program.root}/debug/pprof/mutex"
        block = f"{program.root}/debug/pprof/block"
        self.assert_close(self.delay("update_the_ledger", mutex), measured["unlock"][1], "unlock")
        self.assert_close(self.delay("update_the_ledger", block), measured["lock"][1], "lock")
        self.assert_close(self.delay("feed_the_pipeline", block), measured["send"][1], "send")
        self.assert_close(self.delay("wait_for_the_slow_stage", block), measured["recv"][1], "recv")

    def test_counts_are_those_that_the_program_counted(self):
        program = self.start()
        time.sleep(1.5)
        measured = program.pause()
        block = self.save(program, "block", "block.pb.gz")
        for function, place in (("feed_the_pipeline", "send"), ("wait_for_the_slow_stage", "recv")):
            count = self.count(function, block)
            # One that is long in coming finds its partner there, and does not block.
            self.assertLessEqual(count, measured[place][0])
            self.assertGreaterEqual(2 * count, measured[place][0])
        self.assertGreaterEqual(self.count("update_the_ledger", block), measured["unlock"][0])
        mutex = self.save(program, "mutex", "mutex.pb.gz")
        # Each lock that had to wait was given by an unlock that others waited for.
        self.assertGreaterEqual(self.count("update_the_ledger", mutex), measured["unlock"][0])

    def test_diff_base_is_what_came_in_between(self):
        program = self.start()
        time.sleep(1)
        first = program.pause()
        before = {k: self.save(program, k, f"{k}.1.pb.gz") for k in ("mutex", "block")}
        program.resume()
        time.sleep(1)
        second = program.pause()
        after = {k: self.save(program, k, f"{k}.2.pb.gz") for k in ("mutex", "block")}
        for kind, function, place in (("mutex", "update_the_ledger", "unlock"),
                                      ("block", "update_the_ledger", "lock"),
                                      ("block", "wait_for_the_slow_stage", "recv")):
            got = self.delay(function, f"-diff_base={before[kind]}", after[kind])
            self.assert_close(got, second[place][1] - first[place][1], place)

    def test_stacks_begin_at_the_public_call_and_name_the_caller(self):
        program = self.start()
        time.sleep(1)
        program.pause()
        block = self.save(program, "block", "block.pb.gz")
        raw = pprof("-raw", block)
        self.assertRegex(raw, r"PeriodType: contentions count\nPeriod: 1\n")
        self.assertRegex(raw, r"Samples:\ncontentions/count delay/nanoseconds\n")
        self.assertRegex(raw, r"update_the_ledger\S* \S*program\.cc:\d+")
        self.assertNotIn("detail::", raw)
        peek = pprof("-peek", "^weft::mutex::lock", block)
        self.assertRegex(peek, r"\| weft::mutex::lock")
        tree = pprof("-tree", self.save(program, "mutex", "mutex.pb.gz"))
        self.assertRegex(tree, r"weft::mutex::unlock")
        text = program.get("/debug/pprof/mutex?debug=1")
        self.assertRegex(text, r"\A--- mutex:\ncycles/second=1000000000\nsampling period=1\n"
                               r"\d+ \d+ @( 0x[0-9a-f]+)+\n#\t0x[0-9a-f]+\tweft::mutex::unlock\(\)\+0x")
        text = program.get("/debug/pprof/block?debug=1")
        self.assertRegex(text, r"\A--- contention:\ncycles/second=1000000000\n\d+ \d+ @ 0x")

    def test_goroutines_with_labels_and_creation_sites(self):
        program = self.start()
        time.sleep(0.3)
        program.pause()
        profile = self.save(program, "goroutine", "goroutine.pb.gz")
        # Four at the ledger and one at the pipeline wait for the next phase.
        self.assertEqual(cumulative(pprof("-top", "-cum", profile), "phase::begin"), "5")
        tags = pprof("-tags", profile)
        self.assertRegex(tags, r"stage: Total 1 \S*")
        self.assertRegex(tags, r"run_workers\S*\S* \S*program\.cc:\d+")
        text = program.get("/debug/pprof/goroutine?debug=1")
        self.assertRegex(text, r"\Agoroutine profile: total \d+\n")
        self.assertRegex(text, r'\n1 @ 0x[^\n]*\n# labels: \{"stage":"slow"\}\n#\t0x')
        counts = [int(n) for n in re.findall(r"^(\d+) @", text, re.MULTILINE)]
        self.assertEqual(counts, sorted(counts, reverse=True))
        dump = program.get("/debug/pprof/goroutine?debug=2")
        self.assertRegex(dump, r'goroutine \d+ \[chan receive, name: slow stage '
                               r'labels:\{"stage":"slow"\}\]:\n')
        self.assertRegex(dump, r"created by run_workers\S* in goroutine 1\n\t\S*program.cc:\d+")

    def test_each_lambda_is_named_after_its_function(self):
        program = self.start()
        time.sleep(0.3)
        program.pause()
        top = pprof("-top", "-cum", self.save(program, "goroutine", "goroutine.pb.gz"))
        names = [line.split(None, 5)[5] for line in top.splitlines() if "{lambda" in line or "$_" in line]
        # Four run the first lambda of run_workers, one each the second and the third.
        self.assertGreaterEqual(len(names), 3, top)
        for name in names:
            self.assertRegex(name, r"^\S*(run_workers|main|[a-z_]+)::(\{lambda[^}]*\}|\$_\d+)", top)
        self.assertEqual(len(names), len(set(names)), top)
        inside = [n for n in names if n.startswith("run_workers")]
        self.assertEqual(len(inside), 3, top)

    def test_a_delta_is_what_came_within_its_seconds(self):
        program = self.start()
        path = self.save(program, "block?seconds=1", "delta.pb.gz")
        raw = pprof("-raw", path)
        seconds = float(re.search(r"Duration: ([\d.]+)", raw)[1])
        self.assertGreaterEqual(seconds, 1)
        delay = self.delay("wait_for_the_slow_stage", path)
        self.assertGreater(delay, 0)
        # The goroutine waits there at most all the time; an event counts when it ends, so that one
        # may have begun before.
        self.assertLess(delay, (seconds + 30) * 1e9)
        with self.assertRaises(urllib.error.HTTPError) as refused:
            program.get("/debug/pprof/block?seconds=1&debug=1")
        self.assertEqual(refused.exception.code, 400)
        self.assertIn("incompatible", refused.exception.read().decode())

    def test_cpu_time_with_labels(self):
        program = self.start("burn")
        path = self.save(program, "profile?seconds=2", "cpu.pb.gz")
        raw = pprof("-raw", path)
        self.assertRegex(raw, r"PeriodType: cpu nanoseconds\nPeriod: 10000000\n")
        top = pprof("-top", "-cum", "-sample_index=cpu", path)
        share = re.search(r"([\d.]+)%\s+spin_the_wheel", top)
        self.assertIsNotNone(share, top)
        wheel = nanoseconds(cumulative(pprof("-top", "-cum", "-unit=ns", "-sample_index=cpu", path),
                                       "spin_the_wheel"))
        # One goroutine burns at most one processor's time, and burns all that it gets.
        duration = float(re.search(r"Duration: ([\d.]+)", raw)[1]) * 1e9
        self.assertLess(wheel, 1.2 * duration)
        labelled = nanoseconds(cumulative(
            pprof("-top", "-cum", "-unit=ns", "-sample_index=cpu", "-tagfocus=wheel:big", path),
            "spin_the_wheel"))
        self.assertGreater(labelled, 0.9 * wheel)
        others = pprof("-top", "-cum", "-sample_index=cpu", "-tagfocus=wheel:big",
                       "-nodefraction=0", path)
        self.assertNotIn("update_the_ledger", others)


if __name__ == "__main__":
    if shutil.which("go") is None:
        print("skipped: there is no `go` here, and so no `go tool pprof`")
        sys.exit(77)
    PROGRAM = sys.argv.pop(1)
    unittest.main()
