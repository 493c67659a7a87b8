// SPDX-License-Identifier: Apache-2.0
// start.cc: starting the runtime, its processors and its threads; run().              Floor 3.

#include <weft/go.h>

#include "os/clock.h"
#include "os/pages.h"
#include "os/processors.h"
#include "os/threads.h"
#include "runtime/eh_globals.h"
#include "runtime/fatal.h"
#include "runtime/running_stacks.h"
#include "runtime/sanitizer.h"
#include "runtime/scheduler.h"
#include "runtime/thread_party.h"
#include "runtime/trace_buffer.h"

#include <pthread.h>
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>
#include <system_error>

namespace weft::inline WEFT_WORLD {
namespace detail {
namespace {

#ifdef NDEBUG
constexpr std::size_t k_plain_stack = 256 * 1024;
#else
constexpr std::size_t k_plain_stack = 512 * 1024;
#endif
// Instrumented frames are several times as large.
constexpr std::size_t k_default_stack =
    WEFT_HAS_ASAN || WEFT_RACE ? 4 * k_plain_stack : k_plain_stack;

lock g_start_lock{lock_rank::chan};
options g_wanted;  // guarded by g_start_lock
shared_word<bool> g_forked{false};
thread_local worker* t_worker = nullptr;

// In the child, whose one thread must not turn to other goroutines: they go on in the parent.
void after_fork() noexcept {
  g_forked.store(true);
  if (t_worker != nullptr && t_worker->p != nullptr) t_worker->p->attention.store(true);
}

// A number from the environment; 0 and a message if it makes no sense.
std::size_t env_number(const char* name, std::size_t most) {
  const char* text = std::getenv(name);
  if (text == nullptr || *text == '\0') return 0;
  char* end = nullptr;
  unsigned long long n = std::strtoull(text, &end, 10);
  if (*end == '\0' && text[0] != '-' && n >= 1 && n <= most) return n;
  std::fprintf(stderr, "weft: ignoring %s=%s: not a number from 1 to %zu\n", name, text, most);
  return 0;
}

void worker_main(void* arg) {
  auto& w = *static_cast<worker*>(arg);
  w.native_top = static_cast<char*>(__builtin_frame_address(0));
  set_current_worker(&w);
  w.exceptions = thread_exceptions();
  w.current.store(&w.base);
  w.base.on_cpu.store(true);
  sanitizer::describe_thread_stack(w.base);
  trace::register_thread(true);
  register_worker_thread(w.index);
  os::install_signal_stack();
  scheduler::instance()->work(w);
}

}  // namespace

WEFT_NOINLINE worker* current_worker() noexcept {
  worker** w = &t_worker;
  asm volatile("" : "+r"(w));
  return *w;
}

WEFT_NOINLINE void set_current_worker(worker* w) noexcept { t_worker = w; }

constinit shared_word<scheduler*> scheduler::s_instance{nullptr};

scheduler& scheduler::ensure_started() {
  scheduler* s = instance();
  if (WEFT_LIKELY(s != nullptr)) return *s;
  lock_scope hold(g_start_lock);
  s = instance();
  if (s == nullptr) {
    s = new scheduler;
    s->start();
  }
  return *s;
}

void scheduler::start() {
  std::size_t stack = g_wanted.stack_size;
  if (stack == 0) stack = env_number("WEFT_STACK_SIZE", stack_pool::k_max_size);
  stacks.set_default_size(stack != 0 ? stack : k_default_stack);
  unsigned n = g_wanted.procs;
  if (n == 0) n = static_cast<unsigned>(env_number("WEFT_PROCS", k_max_processors));
  if (n == 0) n = os::usable_processors();
  if (const char* debug = std::getenv("WEFT_DEBUG")) {
    migrate_always = std::strstr(debug, "migrate") != nullptr;
    if (std::strstr(debug, "mprotect") != nullptr) os::limit_guard_mode(os::guard_mode::protect);
    if (std::strstr(debug, "canary") != nullptr) os::limit_guard_mode(os::guard_mode::canary);
  }
  pthread_atfork(nullptr, nullptr, after_fork);
  os::remember_signal_mask();
  lock::s_on_contention = note_contention;
  install_fatal_handlers();
  // [ST-2] release-store; pairs with the acquire-load [ST-1]. Workers look here.
  s_instance.store(this, release);
  try {
    start_monitor();
    set_processors(std::min(n, k_max_processors));
  } catch (...) {
    // With a worker or two it can run; with none it cannot, and the next call tries again.
    if (live_.load() == 0) {
      s_instance.store(nullptr);
      throw;
    }
  }
}

worker* scheduler::new_worker_locked() noexcept {
  if (worker_count_ >= k_max_workers) {
    lock_.release_lock();
    fatal_thread_limit();
  }
  auto* w = new (std::nothrow) worker;
  if (w == nullptr) return nullptr;
  w->index = worker_count_;
  w->random = 0x9e3779b97f4a7c15 * (w->index + 1);
  w->state.store(worker_state::spare);
  if (!start_thread(*w)) {
    delete w;
    return nullptr;
  }
  ++worker_count_;
  return w;
}

bool scheduler::start_thread(worker& w) noexcept {
  try {
    os::start_detached_thread("weft-worker", os::thread_signals::as_at_start, worker_main, &w);
    return true;
  } catch (...) {
    return false;
  }
}

processor* scheduler::new_processor_locked() noexcept {
  processor* p = nullptr;
  unsigned n = processor_count_.load();
  for (unsigned i = 0; i < n && p == nullptr; ++i)
    if (!processors_[i].load()->live.load()) p = processors_[i].load();
  if (p == nullptr) {
    if (n == k_max_processors) return nullptr;
    p = new (std::nothrow) processor;
    if (p == nullptr) return nullptr;
    p->index = n;
    processors_[n].store(p);
    processor_count_.store(n + 1);
  }
  p->live.store(true);
  p->stuck = false;
  p->seen_since = os::monotonic_now();
  clear_attention(*p);
  live_.fetch_add(1);
  return p;
}

unsigned scheduler::set_processors(unsigned n) {
  lock_scope hold(lock_);
  unsigned before = target_.load();
  if (n == 0) return before;
  target_.store(n);
  while (live_.load() < n + extra_.load()) {
    worker* w = spare_or_new_locked();
    processor* p = w != nullptr ? new_processor_locked() : nullptr;
    if (p == nullptr) {
      if (w != nullptr) become_spare_locked(*w);
      target_.store(std::max(live_.load(), 1U));
      throw std::system_error(std::make_error_code(std::errc::resource_unavailable_try_again),
                              "weft: cannot start a thread for another processor");
    }
    give_processor_locked(*p, *w);
  }
  if (live_.load() <= n + extra_.load()) return before;
  // Too many: each looks at its next scheduling point, the sleeping ones when called.
  for_each_processor([](processor& p) {
    if (p.live.load()) p.attention.store(true);
  });
  while (worker* w = pop_idle_locked()) {
    searching_.fetch_add(1);
    call(*w);
  }
  return before;
}

void run_main(void (*body)(void*), void* arg, const options& wanted) {
  refuse_forked_child();
  {
    lock_scope hold(g_start_lock);
    if (scheduler::instance() == nullptr) g_wanted = wanted;
  }
  scheduler& s = scheduler::ensure_started();
  if (wanted.procs != 0 && wanted.procs != s.target()) s.set_processors(wanted.procs);

  struct handoff {
    lock l{lock_rank::wait_list};  // guards the rest
    bool done = false;
    party* waiting = nullptr;
    [[no_unique_address]] hb::moving_cell main;
  } end;
  go([&end, body, arg] {
    struct guard {
      bool returned = false;
      ~guard() {
        if (!returned) scheduler::instance()->mains_exited.fetch_add(1);
      }
    } exit;
    body(arg);
    exit.returned = true;
    end.l.acquire_lock();
    hb::release(end.main);
    end.done = true;
    party* waiting = end.waiting;
    end.l.release_lock();  // run() may return now, and `end` be gone
    if (waiting != nullptr) ready(*waiting);
  });
  end.l.acquire_lock();
  if (end.done) {
    end.l.release_lock();
  } else {
    party& self = current_party();
    end.waiting = &self;
    park(
        self, wait_reason::run_wait,
        [](void* l) noexcept { static_cast<lock*>(l)->release_lock(); }, &end.l);
  }
  hb::acquire(end.main);
  wait_if_dying();
}

void refuse_forked_child() noexcept {
  if (WEFT_LIKELY(!g_forked.load(relaxed))) return;  // [ST-3] relaxed: set before the child runs.
  std::fputs(
      "fatal error: weft: used in a forked child process, which has none of the runtime's "
      "threads; call exec first\n",
      stderr);
  std::_Exit(2);
}

}  // namespace detail

unsigned procs() { return detail::scheduler::ensure_started().target(); }

unsigned set_procs(unsigned n) {
  return detail::scheduler::ensure_started().set_processors(
      std::min(n, detail::scheduler::k_max_processors));
}

}  // namespace weft::inline WEFT_WORLD
