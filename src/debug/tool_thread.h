// SPDX-License-Identifier: Apache-2.0
#pragma once
// tool_thread: a thread of the debug room's own.                                      Floor 6.

#include "runtime/tool_threads.h"

#include <pthread.h>
#include <csignal>
#include <thread>
#include <utility>

namespace weft::inline WEFT_WORLD {
namespace debug {

/// A thread that takes no signals, and does not keep a deadlock from being seen. Throws
/// std::system_error.
template <class F>
std::thread start_tool_thread(F&& body) {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  for (int s : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT}) sigdelset(&all, s);
  struct mask_scope {
    sigset_t& before;
    ~mask_scope() { pthread_sigmask(SIG_SETMASK, &before, nullptr); }
  } restore{before};
  pthread_sigmask(SIG_SETMASK, &all, &before);
  return std::thread([body = std::forward<F>(body)]() mutable {
    detail::tool_thread_scope scope;
    // Also of the threads that this one starts. It tells that none of the program's code runs here.
    pthread_setname_np(pthread_self(), "weft-tool");
    body();
  });
}

}  // namespace debug
}  // namespace weft::inline WEFT_WORLD
