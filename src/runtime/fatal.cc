// SPDX-License-Identifier: Apache-2.0
// fatal.cc: see fatal.h. Texts are Go's (contract.md 2.0).                            Floor 3.

#include "runtime/fatal.h"

#include <weft/panic.h>

#include "os/threads.h"
#include "runtime/scheduler.h"

#include <cxxabi.h>
#include <unistd.h>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <typeinfo>

#if WEFT_RACE
// glibc's own. ThreadSanitizer's keeps a signal until the thread that it came to calls one of its
// interceptors, and a thread that waits for goroutines never does.
extern "C" int __sigaction(int signal, const struct sigaction* action, struct sigaction* before);
#endif

namespace weft {
// What runs goroutines is there once: a program that links both weft::weft and weft::check defines
// this twice, and the linker says its name.
extern const bool both_weft_and_weft_check_are_linked;
const bool both_weft_and_weft_check_are_linked = false;
}  // namespace weft

namespace weft::inline WEFT_WORLD {
namespace detail {
namespace {

shared_word<bool> g_quit{false};
shared_word<bool> g_dying{false};
shared_word<void (*)() noexcept> g_last_act{nullptr};
std::terminate_handler g_previous_terminate = nullptr;
struct sigaction g_previous_segv;
struct sigaction g_previous_bus;

void write_text(const char* text) noexcept {
  std::size_t left = std::strlen(text);
  while (left != 0) {
    ssize_t n = write(STDERR_FILENO, text, left);
    if (n <= 0) return;
    text += n;
    left -= static_cast<std::size_t>(n);
  }
}

// The first to die reports; the others wait for the end.
void claim_death() noexcept {
  if (!g_dying.exchange(true)) return;
  for (;;) pause();
}

bool on_goroutine() noexcept {
  worker* w = current_worker();
  return w != nullptr && w->current.load() != &w->base;
}

[[noreturn]] void dump_and_exit() noexcept {
  write_goroutines(STDERR_FILENO);
  if (auto* last_act = g_last_act.load()) last_act();
  std::_Exit(2);
}

void print_uncaught() noexcept {
  const std::type_info* type = abi::__cxa_current_exception_type();
  if (type == nullptr) {
    write_text("panic: std::terminate called without an exception");
    return;
  }
  int status = 0;
  char* name = abi::__cxa_demangle(type->name(), nullptr, nullptr, &status);
  const char* shown = name != nullptr ? name : type->name();
  write_text("panic: ");
  try {
    throw;
  } catch (const panic& p) {
    write_text(p.what());
  } catch (const std::exception& e) {
    write_text(shown);
    write_text(": ");
    write_text(e.what());
  } catch (const char* text) {
    write_text(text);
  } catch (...) {
    write_text("(");
    write_text(shown);
    write_text(") thrown");
  }
  std::free(name);
}

[[noreturn]] void on_terminate() {
  // On a plain thread an uncaught exception is the program's own business.
  if (!on_goroutine() && g_previous_terminate != nullptr) g_previous_terminate();
  claim_death();
  std::fflush(nullptr);
  print_uncaught();
  write_text("\n\n");
  dump_and_exit();
}

void on_quit(int) {
  int saved = errno;
  g_quit.store(true);
  if (scheduler* s = scheduler::instance()) s->wake_monitor_from_signal();
  errno = saved;
}

void write_overflow(const goroutine& g) noexcept {
  char text[160];
  std::snprintf(text, sizeof text,
                "runtime: goroutine stack exceeds %zu-byte limit\nfatal error: stack overflow\n\n",
                g.slab->stride);
  write_text(text);
}

void on_fault(int signal, siginfo_t* info, void* context) {
  scheduler* s = scheduler::instance();
  goroutine* g = s != nullptr ? s->stacks.find_guard(info->si_addr) : nullptr;
  if (g != nullptr) {
    claim_death();
    write_overflow(*g);
    write_goroutines(STDERR_FILENO);
  }
  const struct sigaction& before = signal == SIGBUS ? g_previous_bus : g_previous_segv;
  if ((before.sa_flags & SA_SIGINFO) != 0 && before.sa_sigaction != nullptr) {
    before.sa_sigaction(signal, info, context);
    return;
  }
  if (before.sa_handler != SIG_DFL && before.sa_handler != SIG_IGN) {
    before.sa_handler(signal);
    return;
  }
  if (g != nullptr) std::_Exit(2);
  // Not ours: fault again, with the default action.
  std::signal(signal, SIG_DFL);
  if (info->si_code <= 0) std::raise(signal);  // sent by somebody: it would not come again
}

// One who dies says all of it: others may be at it too.
[[noreturn]] void fatal_after(const char* first, const char* text) noexcept {
  claim_death();
  std::fflush(nullptr);
  write_text(first);
  write_text("fatal error: ");
  write_text(text);
  write_text("\n\n");
  dump_and_exit();
}

}  // namespace

void fatal(const char* text) noexcept { fatal_after("", text); }

void fatal_thread_limit() noexcept {
  fatal_after("runtime: program exceeds 10000-thread limit\n", "thread exhaustion");
}

void fatal_deadlock(bool main_exited) noexcept {
  fatal(main_exited ? "no goroutines (main called runtime.Goexit) - deadlock!"
                    : "all goroutines are asleep - deadlock!");
}

void fatal_quit() noexcept {
  claim_death();
  write_text("SIGQUIT: quit\n\n");
  dump_and_exit();
}

void fatal_overflow(const goroutine& g) noexcept {
  claim_death();
  write_overflow(g);
  char text[96];
  std::snprintf(text, sizeof text, "goroutine %llu [running]:\n\tstack overwritten\n",
                static_cast<unsigned long long>(g.id));
  write_text(text);
  std::_Exit(2);
}

void set_last_act(void (*f)() noexcept) noexcept { g_last_act.store(f); }

void wait_if_dying() noexcept {
  while (g_dying.load()) pause();
}

bool quit_requested() noexcept { return g_quit.load(); }

void install_fatal_handlers() noexcept {
  static bool installed = false;
  if (installed) return;
  installed = true;
  g_previous_terminate = std::set_terminate(on_terminate);
  // A main that returns must not cut a report short.
  std::atexit([] { wait_if_dying(); });
  struct sigaction fault{};
  fault.sa_sigaction = on_fault;
  fault.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigemptyset(&fault.sa_mask);
  sigaction(SIGSEGV, &fault, &g_previous_segv);
  sigaction(SIGBUS, &fault, &g_previous_bus);
  struct sigaction before{};
  if (sigaction(SIGQUIT, nullptr, &before) == 0 && before.sa_handler == SIG_DFL) {
    struct sigaction quit{};
    quit.sa_handler = on_quit;
    quit.sa_flags = SA_RESTART | SA_ONSTACK;
    sigemptyset(&quit.sa_mask);
#if WEFT_RACE
    __sigaction(SIGQUIT, &quit, nullptr);  // on_quit() runs no instrumented code
#else
    sigaction(SIGQUIT, &quit, nullptr);
#endif
  }
}

}  // namespace detail
}  // namespace weft::inline WEFT_WORLD
