// SPDX-License-Identifier: Apache-2.0
// instrumented.cc: what -fsanitize=thread makes code call, answered by the checker.   Floor 6.
//
// Code under test is compiled for ThreadSanitizer and linked without its runtime: the few dozen
// functions that g++ and clang emit calls to are here. A plain access goes to the shadow; an atomic
// one is a scheduling point of its own: what it finds is sequentially consistent whatever order it
// names, what it orders is what that order says. The reference counts of the standard library are
// scheduling points only in tests that look at one (use_count(), weak_ptr::lock()): else they
// commute, and would be so many steps more. libstdc++ orders one share more by an order that the
// standard does not ask for; it is taken for relaxed, or races would be hidden by who copies a
// pointer.

#include "check/instrumented.h"
#include "check/c_library.h"
#include "check/engine.h"
#include "check/shadow.h"
#include "check/sites.h"
#include "check/words.h"

#include <weft/detail/base/atomic.h>

#include <cstdint>
#include <cstring>

namespace weft::inline WEFT_WORLD {
namespace detail::checker {
namespace {

__extension__ using two_words = unsigned __int128;

}  // namespace

void plain_access(const void* address, std::size_t size, bool write, void* pc) {
  engine* e = engine::of_program();
  if (e == nullptr) return;
  e->note_access(pc);
  const engine::own_work here(*e);
  switch (kind_of(pc)) {
    case site_kind::words:
    case site_kind::pointers:
      break;
    case site_kind::wefts:
      if (!seam::g_fine) break;  // there weft is what is looked at
      [[fallthrough]];
    case site_kind::users:
    case site_kind::standards:
      if (c_library::is_for_once(address)) break;
      e->memory().access(address, size, write, false);
      // What was given back may be the C library's by now: it must not be written to.
      if (e->stop_at_race && !e->races.empty() && e->races.back().before.frees)
        e->fail(outcome::race, {});
      engine::clean_up(*e->current());
      break;
    case site_kind::first_count:
      seam::published(address, size);
      break;
    case site_kind::counts_up:
      e->memory().access(address, size, write, true);
      break;
    case site_kind::counts:
    case site_kind::count_looks:  // plain, where there is no other share
      // Of a read that a write to the same place follows, clang tells nothing.
      seam::observed(address, size);
      if (write) seam::published(address, size);
      break;
  }
}

namespace {

site_kind kind_here(engine& e, void* pc) noexcept {
  const engine::own_work here(e);
  return kind_of(pc);
}

// The scheduling point before an atomic operation. False: nobody is to know of it.
bool before_atomic(const void* address, sched::op what, void* pc, int& order) noexcept {
  engine* e = engine::of_program();
  if (e == nullptr) return false;
  switch (kind_here(*e, pc)) {
    case site_kind::words:
    case site_kind::wefts:
      return false;
    case site_kind::first_count:
      return true;
    case site_kind::counts_up:
      order = k_relaxed;
      [[fallthrough]];
    case site_kind::counts:
      // Whether a share is the last one is asked before, too.
      if (!e->counts_are_points || what == sched::op::atomic_load) return true;
      break;
    case site_kind::count_looks:
      order = k_relaxed;
      e->look_at_count();
      break;
    case site_kind::pointers:
      // It unlocks itself with a relaxed store where it has only read.
      order = k_seq_cst;
      break;
    case site_kind::users:
    case site_kind::standards:
      break;
  }
  sched::point(what, address);
  return true;
}

template <class T>
T load(const volatile T* a, int order, void* pc) noexcept {
  auto* p = const_cast<const T*>(a);
  if (before_atomic(p, sched::op::atomic_load, pc, order)) word_loaded(p, sizeof(T), order);
  return *p;
}

template <class T>
void store(volatile T* a, T v, int order, void* pc) noexcept {
  auto* p = const_cast<T*>(a);
  bool seen = before_atomic(p, sched::op::atomic_store, pc, order);
  *p = v;
  if (seen) word_stored(p, sizeof(T), order);
}

template <class T, class F>
T update(volatile T* a, int order, void* pc, F&& f) noexcept {
  auto* p = const_cast<T*>(a);
  bool seen = before_atomic(p, sched::op::atomic_update, pc, order);
  if (seen) word_loaded(p, sizeof(T), order);
  T old = *p;
  *p = f(old);
  if (!seen) return old;
  word_modified(p, sizeof(T), order);
  if (*p == old) engine::active()->note_left_alone();
  return old;
}

template <class T>
bool swap(volatile T* a, T& expected, T desired, int order, int otherwise, void* pc) noexcept {
  auto* p = const_cast<T*>(a);
  bool seen = before_atomic(p, sched::op::atomic_update, pc, order);
  if (seen) word_loaded(p, sizeof(T), *p == expected ? order : otherwise);
  if (*p == expected) {
    *p = desired;
    if (seen) word_modified(p, sizeof(T), order);
    return true;
  }
  if (seen) engine::active()->without_effect();
  expected = *p;
  return false;
}

}  // namespace
}  // namespace detail::checker
}  // namespace weft::inline WEFT_WORLD

using weft::detail::checker::two_words;

#define WEFT_PC __builtin_return_address(0)
#define WEFT_PLAIN(address, size, write) \
  ::weft::detail::checker::plain_access(address, size, write, WEFT_PC)

// The names are the compilers'.
// NOLINTBEGIN(bugprone-reserved-identifier)
extern "C" {

void __tsan_init() {}
void __tsan_func_entry(void* pc) {
  if (auto* e = ::weft::detail::checker::engine::of_program())
    e->note_call(__builtin_frame_address(0), pc);
}
void __tsan_func_exit() {}
void __tsan_ignore_thread_begin() {}
void __tsan_ignore_thread_end() {}

#define WEFT_ACCESSES(n)                                                             \
  void __tsan_read##n(void* a) { WEFT_PLAIN(a, n, false); }                          \
  void __tsan_write##n(void* a) { WEFT_PLAIN(a, n, true); }                          \
  void __tsan_read_write##n(void* a) { WEFT_PLAIN(a, n, true); }                     \
  void __tsan_unaligned_read##n(const void* a) { WEFT_PLAIN(a, n, false); }          \
  void __tsan_unaligned_write##n(void* a) { WEFT_PLAIN(a, n, true); }                \
  void __tsan_unaligned_read_write##n(void* a) { WEFT_PLAIN(a, n, true); }           \
  void __tsan_volatile_read##n(void* a) { WEFT_PLAIN(a, n, false); }                 \
  void __tsan_volatile_write##n(void* a) { WEFT_PLAIN(a, n, true); }                 \
  void __tsan_unaligned_volatile_read##n(const void* a) { WEFT_PLAIN(a, n, false); } \
  void __tsan_unaligned_volatile_write##n(void* a) { WEFT_PLAIN(a, n, true); }
WEFT_ACCESSES(1)
WEFT_ACCESSES(2)
WEFT_ACCESSES(4)
WEFT_ACCESSES(8)
WEFT_ACCESSES(16)
#undef WEFT_ACCESSES

void __tsan_read_range(void* a, std::size_t size) { WEFT_PLAIN(a, size, false); }
void __tsan_write_range(void* a, std::size_t size) { WEFT_PLAIN(a, size, true); }
void __tsan_vptr_read(void** a) { WEFT_PLAIN(a, sizeof *a, false); }
void __tsan_vptr_update(void** a, void* value) {
  if (*a != value) WEFT_PLAIN(a, sizeof *a, true);
}

void* __tsan_memcpy(void* to, const void* from, std::size_t size) {
  WEFT_PLAIN(from, size, false);
  WEFT_PLAIN(to, size, true);
  return std::memcpy(to, from, size);
}
void* __tsan_memmove(void* to, const void* from, std::size_t size) {
  WEFT_PLAIN(from, size, false);
  WEFT_PLAIN(to, size, true);
  return std::memmove(to, from, size);
}
void* __tsan_memset(void* to, int value, std::size_t size) {
  WEFT_PLAIN(to, size, true);
  return std::memset(to, value, size);
}

#define WEFT_ATOMICS(bits, T)                                                                 \
  T __tsan_atomic##bits##_load(const volatile T* a, int o) {                                  \
    return ::weft::detail::checker::load(a, o, WEFT_PC);                                      \
  }                                                                                           \
  void __tsan_atomic##bits##_store(volatile T* a, T v, int o) {                               \
    ::weft::detail::checker::store(a, v, o, WEFT_PC);                                         \
  }                                                                                           \
  T __tsan_atomic##bits##_exchange(volatile T* a, T v, int order) {                           \
    return ::weft::detail::checker::update(a, order, WEFT_PC, [v](T) { return v; });          \
  }                                                                                           \
  T __tsan_atomic##bits##_fetch_add(volatile T* a, T v, int order) {                          \
    return ::weft::detail::checker::update(a, order, WEFT_PC,                                 \
                                           [v](T o) { return static_cast<T>(o + v); });       \
  }                                                                                           \
  T __tsan_atomic##bits##_fetch_sub(volatile T* a, T v, int order) {                          \
    return ::weft::detail::checker::update(a, order, WEFT_PC,                                 \
                                           [v](T o) { return static_cast<T>(o - v); });       \
  }                                                                                           \
  T __tsan_atomic##bits##_fetch_and(volatile T* a, T v, int order) {                          \
    return ::weft::detail::checker::update(a, order, WEFT_PC,                                 \
                                           [v](T o) { return static_cast<T>(o & v); });       \
  }                                                                                           \
  T __tsan_atomic##bits##_fetch_or(volatile T* a, T v, int order) {                           \
    return ::weft::detail::checker::update(a, order, WEFT_PC,                                 \
                                           [v](T o) { return static_cast<T>(o | v); });       \
  }                                                                                           \
  T __tsan_atomic##bits##_fetch_xor(volatile T* a, T v, int order) {                          \
    return ::weft::detail::checker::update(a, order, WEFT_PC,                                 \
                                           [v](T o) { return static_cast<T>(o ^ v); });       \
  }                                                                                           \
  T __tsan_atomic##bits##_fetch_nand(volatile T* a, T v, int order) {                         \
    return ::weft::detail::checker::update(a, order, WEFT_PC,                                 \
                                           [v](T o) { return static_cast<T>(~(o & v)); });    \
  }                                                                                           \
  int __tsan_atomic##bits##_compare_exchange_strong(volatile T* a, T* e, T v, int o, int f) { \
    return ::weft::detail::checker::swap(a, *e, v, o, f, WEFT_PC);                            \
  }                                                                                           \
  int __tsan_atomic##bits##_compare_exchange_weak(volatile T* a, T* e, T v, int o, int f) {   \
    return ::weft::detail::checker::swap(a, *e, v, o, f, WEFT_PC);                            \
  }                                                                                           \
  T __tsan_atomic##bits##_compare_exchange_val(volatile T* a, T e, T v, int o, int f) {       \
    ::weft::detail::checker::swap(a, e, v, o, f, WEFT_PC);                                    \
    return e;                                                                                 \
  }
WEFT_ATOMICS(8, std::uint8_t)
WEFT_ATOMICS(16, std::uint16_t)
WEFT_ATOMICS(32, std::uint32_t)
WEFT_ATOMICS(64, std::uint64_t)
WEFT_ATOMICS(128, two_words)
#undef WEFT_ATOMICS

void __tsan_atomic_thread_fence(int order) { ::weft::detail::checker::fence(order); }
void __tsan_atomic_signal_fence(int) {}

}  // extern "C"
// NOLINTEND(bugprone-reserved-identifier)
