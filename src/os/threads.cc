// SPDX-License-Identifier: Apache-2.0
// threads.cc: see threads.h.                                                          Floor 1.

#include "os/threads.h"

#include "os/pages.h"
#include "os/stop_signal.h"

#include <dirent.h>
#include <pthread.h>
#include <csignal>
#include <new>
#include <system_error>

namespace weft::inline WEFT_WORLD {
namespace detail::os {
namespace {

sigset_t g_mask_at_start;

struct start_info {
  void (*body)(void*);
  void* arg;
  char name[16];
};

// Scheduler code and timers only; goroutines have stacks of their own.
constexpr std::size_t k_stack_bytes = WEFT_HAS_ASAN ? 1024 * 1024 : 256 * 1024;
// Reports symbolise stacks here.
constexpr std::size_t k_signal_stack_bytes = 256 * 1024;

void* thread_main(void* p) {
  auto* info = static_cast<start_info*>(p);
  pthread_setname_np(pthread_self(), info->name);
  auto body = info->body;
  auto* arg = info->arg;
  delete info;
  body(arg);
  return nullptr;
}

}  // namespace

sigset_t own_thread_mask() noexcept {
  sigset_t mask;
  sigfillset(&mask);
  for (int s : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGPROF}) sigdelset(&mask, s);
  if (stop_signal() != 0) sigdelset(&mask, stop_signal());
  return mask;
}

void remember_signal_mask() noexcept { pthread_sigmask(SIG_SETMASK, nullptr, &g_mask_at_start); }

void start_detached_thread(const char* name, thread_signals signals, void (*body)(void*),
                           void* arg) {
  auto* info = new start_info{body, arg, {}};
  for (int i = 0; i < 15 && name[i] != '\0'; ++i) info->name[i] = name[i];
  pthread_attr_t attr;
  pthread_attr_init(&attr);
  pthread_attr_setstacksize(&attr, k_stack_bytes);
  pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
  sigset_t mask = g_mask_at_start;
  sigset_t before;
  if (signals == thread_signals::none) mask = own_thread_mask();
  pthread_sigmask(SIG_SETMASK, &mask, &before);
  pthread_t thread{};
  int error = pthread_create(&thread, &attr, thread_main, info);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  pthread_attr_destroy(&attr);
  if (error != 0) {
    delete info;
    throw std::system_error(error, std::generic_category(), "weft: cannot start a thread");
  }
}

long count_threads() noexcept {
  DIR* dir = opendir("/proc/self/task");
  if (dir == nullptr) return -1;
  long n = 0;
  while (const dirent* e = readdir(dir))
    if (e->d_name[0] != '.') ++n;
  closedir(dir);
  return n;
}

void install_signal_stack() noexcept {
  void* memory = reserve_pages(k_signal_stack_bytes);
  if (memory == nullptr) return;
  stack_t stack{};
  stack.ss_sp = memory;
  stack.ss_size = k_signal_stack_bytes;
  sigaltstack(&stack, nullptr);
}

}  // namespace detail::os
}  // namespace weft::inline WEFT_WORLD
