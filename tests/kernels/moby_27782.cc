// SPDX-License-Identifier: Apache-2.0
// moby_27782.cc: who follows a log removes its file from the watcher, and waits until an event for
// that has been handled, by a loop that waits for somebody to take the event before it. Repair: the
// follower closes the watcher instead, which the loop looks at.

#include "kernels/kernel.h"

#include <map>
#include <mutex>

namespace kernels::moby_27782 {
namespace {

enum class op : unsigned char { write, removed };

struct file_watcher {
  weft::chan<op> events = weft::make_chan<op>();
  weft::chan<op> kernel_side = weft::make_chan<op>(2);
  weft::chan<void> done = weft::make_chan<void>();
  weft::mutex mu;
  weft::condition_variable cv;
  bool watched = true;

  void read_events() {
    for (bool going = true; going;) {
      op e = op::write;
      weft::select(weft::on_recv(kernel_side, [&](std::optional<op> v) { e = *v; }),
                   weft::on_recv(done, [&](bool) { going = false; }));
      if (!going) break;
      if (e == op::removed) {
        std::scoped_lock hold(mu);
        watched = false;
        cv.notify_all();
      } else if (weft::select(weft::on_send(events, e), weft::on_recv(done)) == 1) {
        break;
      }
    }
    events.close();
  }

  void remove() {
    std::unique_lock hold(mu);
    kernel_side.send(op::removed);
    cv.wait(hold, [&] { return !watched; });
  }
};

struct log_watcher {
  weft::once close_once;
  weft::chan<void> closed = weft::make_chan<void>();
  void close() {
    close_once.call([&] { closed.close(); });
  }
};

void follow(file_watcher& files, log_watcher& log, bool repaired) {
  weft::select(weft::on_recv(files.events), weft::on_recv(log.closed, [&](bool) {
                 if (!repaired) files.remove();
               }));
  files.done.close();
}

void body(bool repaired) {
  auto files = std::make_shared<file_watcher>();
  auto log = std::make_shared<log_watcher>();
  weft::go({.name = "events"}, [=] { files->read_events(); });
  weft::go({.name = "writer"}, [=] { files->kernel_side.send(op::write); });
  weft::go({.name = "follow"}, [=] { follow(*files, *log, repaired); });
  log->close();
}

const registration entry(
    {"moby/27782", "channel and condition", verdict::leak, {"events:Sel follow:C"}, body});

}  // namespace
}  // namespace kernels::moby_27782
