// SPDX-License-Identifier: Apache-2.0
#pragma once
// tool_thread: a thread of the debug room's own.                                      Floor 6.

#include "os/threads.h"
#include "runtime/tool_threads.h"

#include <pthread.h>
#include <csignal>
#include <thread>
#include <utility>

namespace weft::inline WEFT_WORLD {
namespace debug {

/// A thread that takes none of the program's signals, and does not keep a deadlock from being seen.
/// Throws std::system_error.
template <class F>
std::thread start_tool_thread(F&& body) {
  sigset_t mask = detail::os::own_thread_mask();
  sigaddset(&mask, SIGPROF);
  sigset_t before;
  struct mask_scope {
    sigset_t& before;
    ~mask_scope() { pthread_sigmask(SIG_SETMASK, &before, nullptr); }
  } restore{before};
  pthread_sigmask(SIG_SETMASK, &mask, &before);
  return std::thread([body = std::forward<F>(body)]() mutable {
    detail::tool_thread_scope scope;
    pthread_setname_np(pthread_self(), "weft-tool");
    body();
  });
}

}  // namespace debug
}  // namespace weft::inline WEFT_WORLD
