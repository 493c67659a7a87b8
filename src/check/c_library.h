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

#include <weft/detail/base/atomic.h>

#include <dlfcn.h>
#include <cerrno>
#include <ctime>
#include <deque>
#include <new>
#include <unordered_map>

namespace weft::inline WEFT_WORLD {
namespace detail::checker::c_library {

/// The engine, if it is a goroutine of a test that asks.
inline engine* asked() noexcept {
  engine* e = engine::active();
  return e != nullptr && !seam::g_fine && e->in_program() ? e : nullptr;
}

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
bool is_for_once(const void* address) noexcept;

/// How long it is until then, on a clock that in a test is the checker's.
inline nanotime_t until(clockid_t clock, const timespec& then) noexcept {
  timespec now{};
  clock_gettime(clock, &now);
  return (then.tv_sec - now.tv_sec) * nanotime_t{1'000'000'000} + (then.tv_nsec - now.tv_nsec);
}

}  // namespace detail::checker::c_library
}  // namespace weft::inline WEFT_WORLD
