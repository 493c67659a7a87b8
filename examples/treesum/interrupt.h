// SPDX-License-Identifier: Apache-2.0
#pragma once
// SIGINT as a closed channel. A signal handler may call next to nothing, and no channel; a plain
// thread that waits for the signal may use every primitive of weft.
#include <weft/chan.h>

#include <atomic>
#include <thread>

namespace treesum {

class interrupt {
 public:
  // Blocks SIGINT in the calling thread and in those started later: make it before the first use of
  // weft, whose threads have the signal mask that the runtime started with.
  interrupt();
  ~interrupt();
  interrupt(const interrupt&) = delete;
  interrupt& operator=(const interrupt&) = delete;

  weft::receiver<void> done() const { return done_; }  // closed by the first SIGINT
  bool raised() const { return raised_; }

  // From now on the first SIGINT ends the process, as the second always does: for the time when the
  // main thread may stand still in a write to a full pipe, where no channel can reach it.
  void end_process() { at_once_ = true; }

  // Back to the way before end_process().
  void close_channel() { at_once_ = false; }

 private:
  void wait_for_signal();

  weft::chan<void> done_;
  std::atomic<bool> raised_ = false;
  std::atomic<bool> at_once_ = false;
  std::atomic<bool> finished_ = false;
  std::thread thread_;
};

}  // namespace treesum
