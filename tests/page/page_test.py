#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The live page says at once, in words, what is wrong with a program that has one thing wrong.

    page_test.py PROGRAMS [--shots DIR]

PROGRAMS is the binary of programs.cc. The words are taken from the JSON behind the page and, where
a Chromium is installed, from the page as the browser has drawn it. --shots keeps pictures.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

LIMIT = 120  # seconds, for what takes one or two

# kind: (level, words of the first title)
WORDS = {
    "hot": ("bad", ["hot lock", "update_total"]),
    "leak": ("bad", ["pile up", "wait_for_reply"]),
    "deadlock": ("bad", ["Deadlock: 2 goroutines wait for each other"]),
    "well": ("good", ["Nothing looks wrong"]),
}


class Program:
    def __init__(self, binary, kind):
        self.process = subprocess.Popen([binary, kind], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        port = self.process.stdout.readline().strip()
        self.url = f"http://127.0.0.1:{port}/debug/weft"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def json(self):
        with urllib.request.urlopen(self.url + "?format=json", timeout=60) as answer:
            assert answer.headers["Content-Type"] == "application/json"
            return json.load(answer)


def says(document, level, words):
    first = document["findings"][0]
    return first["level"] == level and all(w in first["title"] for w in words)


def wait_for_words(program, kind):
    level, words = WORDS[kind]
    give_up = time.monotonic() + LIMIT
    while True:
        document = program.json()
        if says(document, level, words):
            return document
        if time.monotonic() > give_up:
            raise AssertionError(f"{kind}: says {document['findings']}")
        time.sleep(0.5)


def chromium():
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if path := shutil.which(name):
            return path
    return None


def browse(url, folder, *options):
    command = [chromium(), "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
               "--no-first-run", "--disable-extensions", f"--user-data-dir={folder}/profile",
               *options, url]
    return subprocess.run(command, capture_output=True, text=True, timeout=LIMIT, check=False)


def check_drawn(program, kind, folder):
    """The browser's own text of the page, after its script has run and refreshed once."""
    done = browse(program.url, folder, "--dump-dom", "--virtual-time-budget=4000")
    # What stands in scripts is not what is drawn.
    page = re.sub(r"<script.*?</script>", "", done.stdout, flags=re.DOTALL)
    drawn = {"hot": "held by", "leak": "alike", "deadlock": "the first one again"}
    for word in WORDS[kind][1] + ([drawn[kind]] if kind in drawn else []):
        assert word in page, f"{kind}: the drawn page does not say {word!r}\n{page[:2000]}{done.stderr[-2000:]}"
    assert "updated" in page and "no answer" not in page, page[-3000:]
    assert "http://" not in page and "https://" not in page, "the page refers to something outside"


def picture(program, kind, folder, shots):
    for width, height in ((1280, 1500), (420, 2600)):
        for scheme in ("light", "dark"):
            name = os.path.join(shots, f"{kind}-{width}-{scheme}.png")
            dark = ["--blink-settings=preferredColorScheme=0"] if scheme == "dark" else \
                ["--blink-settings=preferredColorScheme=1"]
            browse(program.url, folder, f"--screenshot={name}", f"--window-size={width},{height}",
                   "--virtual-time-budget=5000", "--hide-scrollbars", *dark)


def check_waits(document, kind):
    """Who waits for what, and who has it."""
    graph = document["graph"]
    if kind == "hot":
        lock = graph[0]
        assert lock["lock"] and not lock["ring"] and lock["what"].startswith("mutex 0x"), lock
        assert lock["waiting"] >= 3 and "update_total" in lock["waiters"][0]["place"], lock
    if kind == "leak":
        pile = next(o for o in graph if "wait_for_reply" in o["waiters"][0]["place"])
        assert not pile["lock"] and pile["alike"] >= 10 and pile["waiting"] == pile["alike"], pile
    if kind == "deadlock":
        for o in graph[:2]:
            assert o["ring"] and o["holder"] and o["holder_state"] == "sync.Mutex.Lock", o
    if kind == "well":
        assert not any(o["ring"] or o["lock"] for o in graph), graph


def check_ring(document):
    """The two goroutines of the deadlock, each waiting for the other, where they wait."""
    edges = document["rings"]
    assert len(edges) == 2, edges
    assert [e["to"] for e in edges] == [e["from"] for e in reversed(edges)], edges
    places = " ".join(e["place"] for e in edges)
    assert "transfer" in places and "audit" in places and "programs.cc" in places, edges
    assert all(e["what"].startswith("mutex 0x") for e in edges), edges


def leak_text(program, debug):
    root = program.url.rsplit("/debug/weft", 1)[0]
    with urllib.request.urlopen(f"{root}/debug/pprof/goroutineleak?debug={debug}", timeout=60) as answer:
        return answer.read().decode()


def check_nobody_lost(program):
    """The goroutineleak profile answers, and calls nobody lost who is not."""
    assert leak_text(program, 1).startswith("goroutineleak profile: total ")
    text = leak_text(program, 2)
    assert not re.search(r"(?m)^\d+ goroutines? can never go on:", text), text[:2000]


def check_lost(program):
    """The goroutineleak profile names those whom nobody can wake, and nobody else. A stale word may
    hide some of them for a while."""
    give_up = time.monotonic() + LIMIT
    while True:
        text = leak_text(program, 2)
        certain = re.match(r"(\d+) goroutines? can never go on:", text)
        if certain and int(certain[1]) >= 10:
            break
        assert time.monotonic() < give_up, text[:2000]
        time.sleep(0.2)
    found = text.split("\ngoroutine ")[1:]
    assert len(found) == int(certain[1]), text[:2000]
    for g in found:
        assert "[chan receive" in g and "wait_for_reply" in g and "created by" in g, g
    total = re.match(r"goroutineleak profile: total (\d+)\n(\d+) @ ", leak_text(program, 1))
    assert total and int(total[1]) >= 10, leak_text(program, 1)[:1000]


def check_plain(program):
    """Things that hold in any program."""
    with urllib.request.urlopen(program.url, timeout=60) as answer:
        assert answer.headers["Content-Type"].startswith("text/html")
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert "<link rel=\"stylesheet\"" not in answer.read().decode()
    try:
        urllib.request.urlopen(program.url + "?format=xml", timeout=60)
        raise AssertionError("format=xml was accepted")
    except urllib.error.HTTPError as e:
        assert e.code == 400, e.code
    document = program.json()
    assert document["goroutines"] >= 1 and document["procs"] >= 1
    assert sum(s["count"] for s in document["states"]) >= 1
    assert len(document["processors"]) >= 1
    for p in document["processors"]:
        assert 0 <= p["busy"] <= 1


def check_trace(program):
    root = program.url.rsplit("/debug/weft", 1)[0]
    with urllib.request.urlopen(root + "/debug/pprof/trace?seconds=0.2", timeout=60) as answer:
        data = answer.read()
    assert len(data) > 100 and data[0] == 0x0A, data[:20]
    for bad in ("0", "x", "-1"):
        try:
            urllib.request.urlopen(root + "/debug/pprof/trace?seconds=" + bad, timeout=60)
            raise AssertionError("seconds=" + bad + " was accepted")
        except urllib.error.HTTPError as e:
            assert e.code == 400, e.code


def main():
    options = argparse.ArgumentParser()
    options.add_argument("programs")
    options.add_argument("--shots")
    options.add_argument("--kinds", default=",".join(WORDS))
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for kind in given.kinds.split(","):
            with Program(given.programs, kind) as program:
                document = wait_for_words(program, kind)
                print(f"{kind}: {document['findings'][0]['title']}")
                if kind == "hot":
                    assert document["contention_on"] and document["contention"], document
                    assert any(s["place"].startswith("adder") for s in document["sites"]), document
                check_waits(document, kind)
                if kind == "deadlock":
                    check_ring(document)
                check_plain(program)
                if kind == "leak":
                    check_lost(program)
                if kind in ("hot", "well"):
                    check_nobody_lost(program)
                if kind == "well":
                    check_trace(program)
                if chromium():
                    check_drawn(program, kind, folder)
                    if given.shots:
                        picture(program, kind, folder, given.shots)
    if not chromium():
        print("no Chromium: the page was not drawn")


if __name__ == "__main__":
    sys.exit(main())
