// SPDX-License-Identifier: Apache-2.0
// pipeline.cc: all the concurrency of treesum.
//
//   walk --paths--> digest (N of them) --results--> collect
//     \________________results___________________/     what the walk could not read, or skips
//
// Both channels are bounded, so a slow stage holds up the ones before it and memory stays flat.
// Every send and receive of walk and digest stands in a select with `done`, so closing `done` gets
// them all out. The collector has no such case: it leaves when `results` is closed, which is after
// the last of the others has left. Thus nothing outlives run_pipeline().
#include "pipeline.h"

#include <weft/go.h>
#include <weft/select.h>
#include <weft/time.h>
#include <weft/wait_group.h>

#include <optional>
#include <utility>

#include "digest.h"
#include "walk.h"

using namespace std::chrono_literals;

namespace treesum {
namespace {

constexpr std::size_t k_backlog = 256;
constexpr auto k_worth_handing_on = 100us;

struct pipeline {
  weft::chan<entry> paths = weft::make_chan<entry>(k_backlog);
  weft::chan<entry> results = weft::make_chan<entry>(k_backlog);
  weft::receiver<void> done;

  bool stopped() const { return weft::select(weft::on_recv(done), weft::otherwise()) == 0; }

  // False: done was closed, and found is dropped.
  bool send(const weft::chan<entry>& to, entry found) const {
    return weft::select(weft::on_send(to, std::move(found)), weft::on_recv(done)) == 0;
  }

  // Nothing: the channel is drained and closed, or done was closed.
  std::optional<entry> recv(const weft::chan<entry>& from) const {
    std::optional<entry> got;
    weft::select(weft::on_recv(from, [&](std::optional<entry> e) { got = std::move(e); }),
                 weft::on_recv(done));
    return got;
  }

  // How walk and digest wait for a disk; each goroutine has its own.
  //
  // Whether a call will wait is not known before it returns: a cached file takes microseconds, one
  // on a sleeping disk or a server seconds. weft::blocking() lets the others use the processor
  // meanwhile, and costs more than a cached file does. So the last call foretells the next: a tree
  // on a slow disk is slow for many calls in a row. A wrong guess costs little either way, since
  // the runtime's monitor takes the processor from a goroutine that sits in the kernel with it.
  host disk() const {
    const auto io = [slow = false](const std::function<void()>& f) mutable {
      const auto timed = [&] {
        const auto start = weft::clock::now();
        f();
        slow = weft::clock::now() - start > k_worth_handing_on;
      };
      if (slow) return weft::blocking(timed);
      timed();
    };
    return {.io = io, .stopped = [this] { return stopped(); }};
  }
};

void walk_tree(const pipeline& line, const std::string& root) {
  walk(root, line.disk(), [&](entry e) {
    return line.send(e.how == outcome::found ? line.paths : line.results, std::move(e));
  });
  line.paths.close();
}

void digest_files(const pipeline& line) {
  const host disk = line.disk();
  hasher hasher;
  while (std::optional<entry> found = line.recv(line.paths)) {
    entry hashed = hasher.digest(std::move(*found), disk);
    if (hashed.how == outcome::found || !line.send(line.results, std::move(hashed))) return;
  }
}

}  // namespace

tally run_pipeline(const std::string& root, unsigned digesters, weft::receiver<void> done,
                   console* messages) {
  const auto start = std::chrono::steady_clock::now();
  const pipeline line{.done = std::move(done)};
  weft::wait_group digesting;
  for (unsigned i = 0; i < digesters; ++i) digesting.go([&] { digest_files(line); });
  // It closes by a handle of its own: `line` may be gone before close() returns.
  weft::go([&, results = line.results] {
    walk_tree(line, root);
    digesting.wait();
    results.close();
  });

  // A ticker made by default has a nil channel: its case is never ready.
  weft::ticker tick;
  if (messages != nullptr && messages->is_terminal()) tick = weft::ticker(100ms);
  tally tally;
  bool open = true;
  while (open) {
    weft::select(weft::on_recv(line.results,
                               [&](std::optional<entry> found) {
                                 open = found.has_value();
                                 if (!open) return;
                                 if (messages != nullptr && found->how != outcome::hashed) {
                                   messages->say(*found);
                                 }
                                 tally.add(std::move(*found), root);
                               }),
                 weft::on_recv(tick.c(), [&](auto) { messages->progress(tally); }));
  }
  tally.finish(start);
  return tally;
}

tally run_plain_loop(const std::string& root, const std::function<bool()>& stopped) {
  const auto start = std::chrono::steady_clock::now();
  const host here{.io = [](const std::function<void()>& f) { f(); }, .stopped = stopped};
  hasher hasher;
  tally tally;
  walk(root, here, [&](entry found) {
    if (found.how == outcome::found) found = hasher.digest(std::move(found), here);
    if (found.how != outcome::found) tally.add(std::move(found), root);
    return !stopped();
  });
  tally.finish(start);
  return tally;
}

}  // namespace treesum
