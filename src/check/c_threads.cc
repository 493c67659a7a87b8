// SPDX-License-Identifier: Apache-2.0
// c_threads.cc: threads, std::call_once and futexes in a checked program.             Floor 6.
//
// A test must not start threads: nobody could say in which order they run. Initialization of local
// variables has edges; std::call_once and what stands on futexes (std::atomic::wait,
// std::counting_semaphore, std::latch, std::barrier) block the goroutine.

#include "check/c_library.h"

#include <weft/condition_variable.h>
#include <weft/detail/contract/sched.h>
#include <weft/mutex.h>

#include <cxxabi.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <algorithm>
#include <cstdarg>
#include <mutex>

namespace weft::inline WEFT_WORLD {
namespace detail::checker::c_library {
namespace {

// As the C library says it in a pthread_once_t: that outlasts an execution, as what was done does.
constexpr pthread_once_t k_done = 2;

struct once_twin {
  mutex lock;
};

// Was it done before the execution began? The unwinder's own is, see engine::engine().
bool done_before(engine& e, const pthread_once_t* once) {
  const engine::own_work here(e);
  return *once == k_done && !twins<once_twin>::of(e).has(once);
}

struct futex_twin {
  mutex lock;
  condition_variable sleepers;
  std::size_t count = 0;
};

long fails(int why) noexcept {
  errno = why;
  return -1;
}

// That the word still holds what it is expected to is seen under the lock that a wake-up takes:
// none is missed.
long sleep_on(engine& e, std::uint32_t* word, std::uint32_t expected, const nanotime_t* most) {
  auto& f = twin_of<futex_twin>(e, word);
  std::unique_lock lock(f.lock);
  sched::point(sched::op::atomic_load, word);
  if (*word != expected) return fails(EAGAIN);
  ++f.count;
  bool late = false;
  if (most == nullptr) {
    f.sleepers.wait(lock);
  } else {
    late = !in_time(*most, [&](const context& ctx) { return f.sleepers.wait(lock, ctx); });
  }
  --f.count;
  return late ? fails(ETIMEDOUT) : 0;
}

long wake(engine& e, std::uint32_t* word, int most) {
  auto& f = twin_of<futex_twin>(e, word);
  const std::lock_guard lock(f.lock);
  auto n = std::min(f.count, static_cast<std::size_t>(most));
  if (n == f.count) {
    f.sleepers.notify_all();
  } else {
    for (std::size_t i = 0; i < n; ++i) f.sleepers.notify_one();
  }
  return static_cast<long>(n);
}

// A static that is local to a function: it is initialized in the first execution only, so that it
// is no operation, unless the initialization itself waits for something.
struct static_twin {
  const goroutine* maker = nullptr;
};

// Its first byte says that it is done; compilers look at it before they ask.
char* done_byte(abi::__guard* guard) noexcept { return reinterpret_cast<char*>(guard); }

bool is_to_make(engine& e, abi::__guard* guard) {
  auto& twin = twin_of<static_twin>(e, guard);
  if (twin.maker == e.current())
    e.fail(outcome::failure, "misuse: the initialization of a local static comes back to itself");
  if (twin.maker != nullptr)
    sched::point_when(sched::op::once_call, guard, [&] { return twin.maker == nullptr; });
  if (*done_byte(guard) != 0) {
    seam::observed(done_byte(guard), 1);
    return false;
  }
  twin.maker = e.current();
  return true;
}

void made(engine& e, abi::__guard* guard, bool done) {
  twin_of<static_twin>(e, guard).maker = nullptr;
  e.touch(sched::op::once_call, guard);
  if (!done) return;
  *done_byte(guard) = 1;
  seam::published(done_byte(guard), 1);
}

long futex(engine& e, std::uint32_t* word, int operation, std::uint32_t value,
           const timespec* time) {
  const clockid_t clock =
      (operation & FUTEX_CLOCK_REALTIME) != 0 ? CLOCK_REALTIME : CLOCK_MONOTONIC;
  nanotime_t most = 0;
  switch (operation & FUTEX_CMD_MASK) {
    case FUTEX_WAIT:
      if (time != nullptr) most = nanoseconds_of(*time);
      break;
    case FUTEX_WAIT_BITSET:
      if (time != nullptr) most = until(clock, *time);
      break;
    case FUTEX_WAKE:
    case FUTEX_WAKE_BITSET:
      return wake(e, word, static_cast<int>(value));
    default:
      return fails(ENOSYS);
  }
  return sleep_on(e, word, value, time == nullptr ? nullptr : &most);
}

}  // namespace

}  // namespace detail::checker::c_library
}  // namespace weft::inline WEFT_WORLD

namespace c = weft::detail::checker::c_library;
using weft::detail::checker::engine;

extern "C" {

int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*main)(void*),
                   void* arg) noexcept {
  if (engine* e = c::asked())
    e->fail(weft::detail::checker::outcome::failure,
            "misuse: the test starts a thread; only goroutines are explored");
  static auto* const real = c::real<decltype(pthread_create)>("pthread_create");
  return real(thread, attributes, main, arg);
}

// A header has these names in a namespace. No local static variables in them: their guards are
// these.
int weft_guard_acquire(abi::__guard* guard) __asm__("__cxa_guard_acquire");
int weft_guard_acquire(abi::__guard* guard) {
  if (engine* e = c::asked()) return c::is_to_make(*e, guard) ? 1 : 0;
  static int (*real)(abi::__guard*) = nullptr;
  if (real == nullptr) real = c::real<int(abi::__guard*)>("__cxa_guard_acquire");
  return real(guard);
}
void weft_guard_release(abi::__guard* guard) noexcept __asm__("__cxa_guard_release");
void weft_guard_release(abi::__guard* guard) noexcept {
  if (engine* e = c::asked()) return c::made(*e, guard, true);
  static void (*real)(abi::__guard*) = nullptr;
  if (real == nullptr) real = c::real<void(abi::__guard*)>("__cxa_guard_release");
  real(guard);
}
void weft_guard_abort(abi::__guard* guard) noexcept __asm__("__cxa_guard_abort");
void weft_guard_abort(abi::__guard* guard) noexcept {
  if (engine* e = c::asked()) return c::made(*e, guard, false);
  static void (*real)(abi::__guard*) = nullptr;
  if (real == nullptr) real = c::real<void(abi::__guard*)>("__cxa_guard_abort");
  real(guard);
}

int pthread_once(pthread_once_t* once, void (*f)()) {
  if (engine* e = c::asked()) {
    if (c::done_before(*e, once)) return 0;
    // What is to be called std::call_once leaves in variables of the thread, which others use while
    // this one waits.
    auto* callable = std::__once_callable;
    auto* call = std::__once_call;
    const std::lock_guard lock(c::twin_of<c::once_twin>(*e, once).lock);
    if (*once == c::k_done) return 0;
    std::__once_callable = callable;
    std::__once_call = call;
    f();
    *once = c::k_done;
    return 0;
  }
  static auto* const real = c::real<decltype(pthread_once)>("pthread_once");
  return real(once, f);
}

long syscall(long number, ...) noexcept {
  va_list list;
  va_start(list, number);
  long a[6];
  for (long& each : a) each = va_arg(list, long);
  va_end(list);
  engine* e = number == SYS_futex ? c::asked() : nullptr;
  if (e != nullptr)
    return c::futex(*e, reinterpret_cast<std::uint32_t*>(a[0]), static_cast<int>(a[1]),
                    static_cast<std::uint32_t>(a[2]), reinterpret_cast<const timespec*>(a[3]));
  static auto* const real = c::real<long(long, ...)>("syscall");
  return real(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

}  // extern "C"
