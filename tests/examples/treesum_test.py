#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""treesum on odd trees, with mistakes, interrupted, and against find and sha256sum.

usage: treesum_test.py TREESUM [unittest argument...]

No test here depends on how fast anything is: the times are guards against hangs, and contests are
set up by a file so large that its digest cannot end before the test lets it.
"""
import os
import pathlib
import pty
import select
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
import unittest

HANG_GUARD = 120  # seconds
NOBODY = 65534
HUGE = 1 << 40  # bytes, none of them on the disk

treesum = None  # the program: set at the end of this file


def wait_until(condition, what):
    end = time.monotonic() + HANG_GUARD
    while not condition():
        if time.monotonic() > end:
            raise AssertionError("waited in vain until " + what)
        time.sleep(0.01)


def make_huge(path):
    with open(path, "wb") as file:
        file.truncate(HUGE)


def bytes_read(process):
    with open(f"/proc/{process.pid}/io", encoding="ascii") as file:
        return int(file.readline().split()[1])


class WithTree(unittest.TestCase):
    def setUp(self):
        self.base = pathlib.Path(tempfile.mkdtemp(prefix="treesum"))
        self.addCleanup(shutil.rmtree, self.base, ignore_errors=True)
        self.base.chmod(0o755)  # another user is to look into it
        self.tree = self.base / "tree"
        self.tree.mkdir()

    def write(self, name, content=b""):
        path = os.path.join(os.fsencode(self.tree), os.fsencode(name))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(content)
        return path

    def write_odd_tree(self):
        self.write("empty")
        self.write("plain.txt", b"text\n")
        self.write("with space", b"a")
        self.write("new\nline", b"b")
        self.write("back\\slash", b"c")
        self.write("carriage\rreturn", b"d")
        self.write(b"not\xffutf8", b"e")
        self.write("-dash", b"f")
        self.write("*", b"g")
        self.write("sub.d/x", b"h")
        self.write("sub/x", b"i")
        self.write("/".join(["deep"] * 300) + "/x", b"j")
        self.write("exact", b"k" * (256 * 1024))  # as large as treesum's buffer
        self.write("big", os.urandom(1 << 20) * 40 + b"l")
        for i in range(500):
            self.write(f"many/{i}", str(i).encode())

    def run_treesum(self, *arguments, **options):
        return subprocess.run([treesum, *arguments], stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=HANG_GUARD, check=False, **options)

    def check(self, run, status, messages=()):
        """The exit status is that, and each message stands in a line of its own on stderr."""
        lines = run.stderr.decode(errors="replace").splitlines()
        self.assertEqual(run.returncode, status, lines)
        for message in messages:
            self.assertIn("treesum: " + message, lines)

    def check_against_sha256sum(self, run, root=None, expected_status=0):
        find = f"find {root or self.tree} -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum"
        reference = subprocess.run(["sh", "-c", find], capture_output=True, check=False)
        self.assertEqual(run.returncode, expected_status, run.stderr[-2000:])
        ours, theirs = run.stdout.split(b"\n"), reference.stdout.split(b"\n")
        self.assertGreater(len(theirs), 1)
        for mine, other in zip(ours, theirs):
            self.assertEqual(mine, other)
        self.assertEqual(len(ours), len(theirs))


class Tree(WithTree):
    def test_any_number_of_digesters_prints_what_sha256sum_prints(self):
        self.write_odd_tree()
        for jobs in "1", "2", "7", "100":
            with self.subTest(jobs=jobs):
                self.check_against_sha256sum(
                    self.run_treesum("--no-compare", "-j", jobs, str(self.tree)))

    def test_every_number_of_processors_prints_what_sha256sum_prints(self):
        self.write_odd_tree()
        for procs in "1", "2", "4", "8":
            with self.subTest(procs=procs):
                self.check_against_sha256sum(
                    self.run_treesum(str(self.tree), env={**os.environ, "WEFT_PROCS": procs}))

    def test_the_root_may_end_in_a_slash_be_relative_or_be_a_file(self):
        self.write("sub/x", b"x")
        for root in f"{self.tree}/", f"{self.tree}/sub/x":
            self.check_against_sha256sum(self.run_treesum(root), root)
        for root in ".", "./", "sub":
            run = self.run_treesum(root, cwd=self.tree)
            line = subprocess.run(["sha256sum", os.path.join(root, "x" if root == "sub" else "sub/x")],
                                  cwd=self.tree, capture_output=True, check=True)
            self.assertEqual(run.stdout, line.stdout)

    def test_the_root_may_be_a_symbolic_link(self):
        self.write("x", b"x")
        (self.base / "link").symlink_to("tree")
        run = self.run_treesum(str(self.base / "link"))
        self.assertEqual(run.returncode, 0)
        self.assertIn(os.fsencode(self.base) + b"/link/x\n", run.stdout)

    def test_an_empty_tree_has_no_lines(self):
        run = self.run_treesum(str(self.tree))
        self.check(run, 0)
        self.assertEqual(run.stdout, b"")

    def test_the_summary_tells_files_bytes_seconds_goroutines_and_the_comparison(self):
        self.write("a", b"x" * 1000)
        self.write("b", b"y" * 500000)
        run = self.run_treesum("-j", "3", str(self.tree))
        self.check(run, 0)
        self.assertRegex(run.stderr.decode(),
                         r"treesum: 2 files, 0\.50 MB, [0-9.]+ s, [0-9.]+ MB/s, 5 goroutines on \d+ "
                         r"processors\n"
                         r"treesum: again, all cached, the best of a few:\n"
                         r"treesum:   pipeline    2 files, .*\n"
                         r"treesum:   plain loop  2 files, .*\n"
                         r"treesum:   the pipeline is [0-9.]+ times as fast\n$")
        self.assertNotIn(b"\r", run.stderr)
        single = self.run_treesum("--no-compare", str(self.tree))
        self.assertEqual(single.stderr.count(b"\n"), 1)

    def test_quiet_prints_no_lines_and_output_writes_them_to_a_file(self):
        self.write("x", b"x")
        self.assertEqual(self.run_treesum("-q", str(self.tree)).stdout, b"")
        target = self.base / "sums"
        target.write_bytes(b"old " * 100)
        run = self.run_treesum("-o", str(target), str(self.tree))
        self.check(run, 0)
        self.assertEqual(run.stdout, b"")
        checked = subprocess.run(["sha256sum", "--check", "--quiet", str(target)], check=False)
        self.assertEqual(checked.returncode, 0)

    def test_a_terminal_sees_progress(self):
        make_huge(self.tree / "huge")
        ours, theirs = pty.openpty()
        self.addCleanup(os.close, ours)
        with subprocess.Popen([treesum, str(self.tree)], stdout=subprocess.DEVNULL,
                              stderr=theirs) as process:
            os.close(theirs)
            self.addCleanup(process.kill)
            ready, _, _ = select.select([ours], [], [], HANG_GUARD)
            self.assertTrue(ready)
            self.assertIn(b"treesum: 0 files, 0.0 MB", os.read(ours, 1000))
            process.send_signal(signal.SIGINT)
            self.assertEqual(process.wait(HANG_GUARD), 130)


class Mistakes(WithTree):
    def as_nobody(self):
        """How to run treesum so that permissions count: root passes them all."""
        if os.geteuid() != 0:
            return {}
        copy = self.base / "treesum"  # nobody may not get to where it was built
        shutil.copy(treesum, copy)
        copy.chmod(0o755)
        return {"executable": str(copy), "user": NOBODY, "group": NOBODY, "extra_groups": []}

    def test_unreadable_files_and_directories_are_named_and_the_others_digested(self):
        self.write("readable", b"x")
        os.chmod(self.write("secret", b"y"), 0)
        self.write("closed/inner", b"z")
        os.chmod(self.tree / "closed", 0)
        self.addCleanup(os.chmod, self.tree / "closed", 0o755)
        run = self.run_treesum(str(self.tree), **self.as_nobody())
        self.check(run, 1, [f"{self.tree}/secret: Permission denied",
                            f"{self.tree}/closed: Permission denied", "2 could not be read"])
        self.assertEqual(run.stdout.count(b"\n"), 1)
        self.assertIn(b"/readable\n", run.stdout)

    def test_an_unreadable_root_is_status_2(self):
        os.chmod(self.tree, 0)
        self.addCleanup(os.chmod, self.tree, 0o755)
        self.check(self.run_treesum(str(self.tree), **self.as_nobody()), 2,
                   [f"{self.tree}: Permission denied"])

    def test_a_root_that_is_not_there_or_a_loop_of_links_is_status_2(self):
        (self.base / "loop").symlink_to("loop")
        (self.base / "dangling").symlink_to("nowhere")
        for name, reason in (("gone", "No such file or directory"),
                             ("dangling", "No such file or directory"),
                             ("loop", "Too many levels of symbolic links")):
            run = self.run_treesum(str(self.base / name))
            self.check(run, 2, [f"{self.base}/{name}: {reason}"])
            self.assertEqual((run.stdout, run.stderr.count(b"\n")), (b"", 1))
        self.check(self.run_treesum(""), 2, [": No such file or directory"])

    def test_links_below_the_root_are_not_followed_and_loops_are_named(self):
        self.write("sub/x", b"x")
        (self.tree / "dangling").symlink_to("nowhere")
        (self.tree / "file").symlink_to("sub/x")
        (self.tree / "elsewhere").symlink_to(self.base)
        (self.tree / "sideways").symlink_to("sub")
        (self.tree / "self").symlink_to("self")
        (self.tree / "sub" / "up").symlink_to("..")
        (self.tree / "sub" / "here").symlink_to(".")
        run = self.run_treesum(str(self.tree))
        loops = ("elsewhere", "self", "sub/up", "sub/here")
        self.check(run, 0, [f"{self.tree}/{name}: skipped: is a loop of symbolic links"
                            for name in loops])
        self.assertEqual(run.stderr.count(b"skipped"), len(loops))
        self.check_against_sha256sum(run)

    def test_special_files_are_skipped_and_never_waited_for(self):
        self.write("x", b"x")
        os.mkfifo(self.tree / "fifo")
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(str(self.tree / "socket"))
            run = self.run_treesum(str(self.tree))
            self.check(run, 0, [f"{self.tree}/fifo: skipped: is a fifo",
                                f"{self.tree}/socket: skipped: is a socket"])
            self.check_against_sha256sum(run)
        self.check(self.run_treesum(str(self.tree / "fifo")), 2)
        self.check(self.run_treesum("/dev/null"), 2, ["/dev/null: skipped: is a device"])

    def test_odd_names_do_not_break_the_lines_of_messages(self):
        os.mkfifo(self.tree / "new\nline")
        self.check(self.run_treesum(str(self.tree)), 0,
                   [f"{self.tree}/new\\nline: skipped: is a fifo"])

    def test_files_that_vanish_before_their_turn_are_named(self):
        # The one digester is busy with the huge file, first by being alone in the root, while the
        # walker puts the others on the list; these go, and then the huge file is cut short.
        for patience in 0.2, 1, 5, 20:  # how long the walk takes at most can't be known
            make_huge(self.tree / "huge")
            others = [self.write(f"sub/{i}", b"x").decode() for i in range(100)]
            with subprocess.Popen([treesum, "-j", "1", "-q", "--no-compare", str(self.tree)],
                                  stderr=subprocess.PIPE) as process:
                self.addCleanup(process.kill)
                wait_until(lambda: bytes_read(process) > 1 << 22, "the huge file is being read")
                time.sleep(patience)
                for path in others:
                    os.unlink(path)
                os.truncate(self.tree / "huge", 0)
                _, messages = process.communicate(timeout=HANG_GUARD)
            lines = messages.decode().splitlines()
            if "treesum: 100 could not be read" in lines:
                break
        self.assertEqual(process.returncode, 1, lines)
        for path in others:
            self.assertIn(f"treesum: {path}: No such file or directory", lines)

    def test_a_tree_that_is_deleted_meanwhile_ends_well(self):
        for i in range(3000):
            self.write(f"{i % 50}/{i}", b"x" * 5000)
        with subprocess.Popen([treesum, "-q", str(self.tree)], stderr=subprocess.PIPE) as process:
            self.addCleanup(process.kill)
            shutil.rmtree(self.tree)
            _, messages = process.communicate(timeout=HANG_GUARD)
        self.assertIn(process.returncode, (0, 1, 2), messages[-2000:])

    def test_mistakes_on_the_command_line_are_status_2(self):
        for arguments in (["-j"], ["-j", "0"], ["-j", "x"], ["-j", "2x"], ["-j", "-1"],
                          ["-j", "99999999999"], ["--nonsense"], ["a", "b"], ["-o"],
                          ["-o", str(self.base / "no" / "file"), str(self.tree)]):
            with self.subTest(arguments=arguments):
                run = self.run_treesum(*arguments)
                self.check(run, 2)
                self.assertEqual(run.stdout, b"")
                self.assertTrue(run.stderr.startswith(b"treesum: "), run.stderr)

    def test_help_goes_to_standard_output(self):
        run = self.run_treesum("-h")
        self.check(run, 0)
        self.assertTrue(run.stdout.startswith(b"Usage: treesum "))
        self.assertEqual(run.stderr, b"")

    def test_a_full_disk_is_told(self):
        self.write("x", b"x")
        with open("/dev/full", "wb") as full:
            run = subprocess.run([treesum, str(self.tree)], stdout=full, stderr=subprocess.PIPE,
                                 timeout=HANG_GUARD, check=False)
        self.check(run, 2, ["standard output: No space left on device"])


class Cancel(WithTree):
    def interrupt(self, *arguments, ready=lambda process: bytes_read(process) > 1 << 22):
        with subprocess.Popen([treesum, *arguments, str(self.tree)], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE) as process:
            self.addCleanup(process.kill)
            wait_until(lambda: ready(process), "it is time to interrupt")
            process.send_signal(signal.SIGINT)
            output, messages = process.communicate(timeout=HANG_GUARD)
        return subprocess.CompletedProcess(arguments, process.returncode, output, messages)

    def check_interrupted(self, run):
        self.assertEqual(run.returncode, 130, run.stderr)
        self.assertRegex(run.stderr.decode(),
                         r"treesum: interrupted after \d+ files; no digests are printed\n$")
        self.assertEqual(run.stdout, b"")

    def test_sigint_amid_large_files(self):
        for i in range(8):
            make_huge(self.tree / str(i))
        for jobs in "1", "2", "20":
            self.check_interrupted(self.interrupt("-j", jobs))

    def test_sigint_with_every_stage_held_up(self):
        # More files than both channels hold: the walker waits in a send.
        make_huge(self.tree / "huge")
        for i in range(2000):
            self.write(f"sub/{i}", b"x")
        self.check_interrupted(self.interrupt("-j", "1"))

    def test_sigint_amid_many_files(self):
        for i in range(5000):
            self.write(f"{i % 20}/{i}", b"x" * 1000)
        make_huge(self.tree / "19" / "zz")  # or fast machines would be done too early
        self.check_interrupted(self.interrupt())

    def test_an_interrupted_run_leaves_the_output_file_alone(self):
        target = self.base / "sums"
        target.write_bytes(b"old")
        make_huge(self.tree / "huge")
        self.check_interrupted(self.interrupt("-o", str(target)))
        self.assertEqual(target.read_bytes(), b"old")

    def test_sigint_amid_the_comparison(self):
        # The first pass is over once the output comes; what appears after that only the comparison
        # finds, which can't begin before the whole output is read.
        for i in range(2000):
            self.write(str(i))
        with subprocess.Popen([treesum, str(self.tree)], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE) as process:
            self.addCleanup(process.kill)
            lines = [process.stdout.readline()]
            make_huge(self.tree / "huge")
            lines += [process.stdout.readline() for _ in range(1999)]
            wait_until(lambda: bytes_read(process) > 1 << 22, "the comparison reads")
            process.send_signal(signal.SIGINT)
            output, messages = process.communicate(timeout=HANG_GUARD)
        self.assertEqual(process.returncode, 130, messages)
        self.assertIn(b"treesum: interrupted while comparing; the digests are complete\n", messages)
        self.assertEqual((output, sum(line.endswith(b"\n") for line in lines)), (b"", 2000))

    def test_sigint_while_nobody_reads_the_output(self):
        for i in range(2000):  # more lines than a pipe holds
            self.write(str(i))

        def stuck(process):
            return bool(select.select([process.stdout], [], [], 0)[0])

        run = self.interrupt(ready=stuck)
        self.assertEqual(run.returncode, 130, run.stderr)


class System(WithTree):
    def test_usr_include(self):
        if not os.path.isdir("/usr/include"):
            self.skipTest("no /usr/include")
        run = self.run_treesum("--no-compare")
        self.check_against_sha256sum(run, "/usr/include")


if __name__ == "__main__":
    treesum = os.path.abspath(sys.argv.pop(1))
    unittest.main()
