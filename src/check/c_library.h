// SPDX-License-Identifier: Apache-2.0
#pragma once
// c_library: what a checked program asks the C library for and the checker answers.   Floor 6.
//
// All goroutines of a test run on one thread. Would one of them stop it, in a std::mutex for
// instance, all would stand still for ever. So the functions behind the standard library's locks,
// threads and clocks are defined in c_locks.cc, c_threads.cc and c_time.cc, which are found before
// the C library's. They answer while a goroutine of a test asks; anybody else gets the C library's.
//
// A lock of the C library has a primitive of weft's for the length of an execution, its twin, which
// is found by the lock's address. The lock itself is never touched.

#include "check/engine.h"

#include <weft/context.h>
#include <weft/detail/base/atomic.h>

#include <dlfcn.h>
#include <cerrno>
#include <chrono>
#include <ctime>
#include <deque>
#include <mutex>
#include <new>
#include <unordered_map>

namespace weft::inline WEFT_WORLD {
namespace detail::checker::c_library {

/// The engine, if it is a goroutine of a test that asks.
inline engine* asked() noexcept { return seam::g_fine ? nullptr : engine::of_program(); }

/// The C library's function of this name. A version is given where there are several.
template <class F>
F* real(const char* name, const char* version = nullptr) noexcept {
  void* f = version == nullptr ? nullptr : dlvsym(RTLD_NEXT, name, version);
  if (f == nullptr) f = dlsym(RTLD_NEXT, name);
  return reinterpret_cast<F*>(f);
}

/// Of a kind, all twins of an execution.
template <class Twin>
class twins {
 public:
  /// New for each execution. Of what was blocked when the last one ended, no destructor runs.
  static twins& of(const engine& e) {
    static auto* all = new twins;
    if (all->owner_ != &e || all->execution_ != e.execution()) {
      all->owner_ = &e;
      all->execution_ = e.execution();
      all->found_.clear();
      all->used_ = 0;
    }
    return *all;
  }

  [[nodiscard]] bool has(const void* address) const { return found_.contains(address); }
  Twin& at(const void* address) {
    Twin*& twin = found_[address];
    if (twin == nullptr) {
      if (used_ == places_.size()) places_.emplace_back();
      twin = new (places_[used_++].memory) Twin;
    }
    return *twin;
  }

 private:
  struct place {
    alignas(Twin) unsigned char memory[sizeof(Twin)];
  };
  const engine* owner_ = nullptr;
  std::uint64_t execution_ = 0;
  std::unordered_map<const void*, Twin*> found_;
  std::deque<place> places_;
  std::size_t used_ = 0;
};

/// What stands for something of the C library, found by its address.
template <class Twin>
Twin& twin_of(engine& e, const void* address) {
  const engine::own_work here(e);
  return twins<Twin>::of(e).at(address);
}

/// Is this where std::call_once leaves what is to be called? Of these variables of the thread each
/// goroutine has its own, as it were: see pthread_once() in c_threads.cc.
inline bool is_for_once(const void* address) noexcept {
  return address == &std::__once_callable || address == &std::__once_call;
}

constexpr nanotime_t k_second = 1'000'000'000;

constexpr nanotime_t nanoseconds_of(const timespec& t) noexcept {
  return t.tv_sec * k_second + t.tv_nsec;
}

/// How long it is until then, on a clock that in a test is the checker's.
inline nanotime_t until(clockid_t clock, const timespec& then) noexcept {
  timespec now{};
  clock_gettime(clock, &now);
  return nanoseconds_of(then) - nanoseconds_of(now);
}

/// Waits in f(context), a form with a context of weft's, at most so long. False: it was too late.
template <class F>
bool in_time(nanotime_t most, F&& f) {
  auto [ctx, cancel] = with_timeout(background(), std::chrono::nanoseconds(most));
  if (f(ctx)) return false;
  cancel();
  return true;
}

}  // namespace detail::checker::c_library
}  // namespace weft::inline WEFT_WORLD
