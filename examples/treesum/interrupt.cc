// SPDX-License-Identifier: Apache-2.0
// interrupt.cc: one thread in sigwait(). It leaves the channel open when it is woken to finish.
#include "interrupt.h"

#include <pthread.h>
#include <unistd.h>

#include <csignal>

#include "options.h"

namespace treesum {
namespace {

sigset_t only_sigint() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  return set;
}

}  // namespace

interrupt::interrupt() {
  const sigset_t set = only_sigint();
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  done_ = weft::make_chan<void>();
  thread_ = std::thread([this] { wait_for_signal(); });
}

interrupt::~interrupt() {
  finished_ = true;
  ::pthread_kill(thread_.native_handle(), SIGINT);
  thread_.join();
}

void interrupt::wait_for_signal() {
  const sigset_t set = only_sigint();
  for (int signal = 0; ::sigwait(&set, &signal) == 0;) {
    if (finished_) return;
    if (at_once_ || raised_) ::_exit(k_interrupted);
    raised_ = true;
    done_.close();
  }
}

}  // namespace treesum
