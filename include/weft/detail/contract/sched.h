// SPDX-License-Identifier: Apache-2.0
#pragma once
// sched: the scheduling points and free choices of the contract.                      Floor 2.
//
// A point stands before every operation whose order against another goroutine's matters; the
// checker may switch there. An operation that may block says when it would not (point_when,
// point_offers): the checker does not perform it before, so that nobody ever queues and the order
// of queues multiplies no schedules. choose() is where the contract leaves a choice open (which
// ready case of a select fires); the checker explores every answer. In the other builds nothing
// is left of all this.

#include <weft/detail/contract/sched_op.h>

#if WEFT_CHECK
#include <weft/detail/contract/sched_check.h>
#else

WEFT_UNINSTRUMENTED_BEGIN
namespace weft::inline WEFT_WORLD {
namespace detail::sched {

/// About to perform `what` on `object`.
inline void point(op /*what*/, const void* /*object*/) noexcept {}

/// About to perform an operation that would block unless ready(). True if it would have.
template <class Ready>
WEFT_ALWAYS_INLINE bool point_when(op /*what*/, const void* /*object*/,
                                   Ready&& /*ready*/) noexcept {
  return false;
}

/// About to perform an operation that fails unless ready(), and that the contract lets fail even
/// so. False: it is to fail for no reason.
template <class Ready>
WEFT_ALWAYS_INLINE bool point_try(op /*what*/, const void* /*object*/, Ready&& /*ready*/) noexcept {
  return true;
}

/// About to add n to a count.
inline void point_add(op /*what*/, const void* /*object*/, std::int64_t /*n*/) noexcept {}

/// About to take one of n offers, nth(i), or, with or_else, none if none is ready. The one that is
/// to be taken, k_no_offer, or k_undecided. `ordered`: the first that is ready.
template <class Nth>
WEFT_ALWAYS_INLINE std::uint64_t point_offers(op /*what*/, std::uint64_t /*n*/, Nth&& /*nth*/,
                                              bool /*or_else*/, bool /*ordered*/ = false) noexcept {
  return k_undecided;
}

/// The operation that is being performed is also one on another object.
inline void touch(op /*what*/, const void* /*object*/) noexcept {}

/// The same, of the object that which() gives: it is asked only where no other goroutine can run
/// meanwhile.
template <class Which>
WEFT_ALWAYS_INLINE void touch_which(op /*what*/, Which&& /*which*/) noexcept {}

/// The operation that is being performed turned out to change nothing.
inline void without_effect() noexcept {}

/// What is handed over, or found, by the operation that is being performed: for reports.
template <class T>
WEFT_ALWAYS_INLINE void value(const T& /*v*/) noexcept {}

/// A number in [0, n), n > 0. Per-thread random in this build; unbiased enough for fairness.
unsigned choose(unsigned n) noexcept;

}  // namespace detail::sched
}  // namespace weft::inline WEFT_WORLD
WEFT_UNINSTRUMENTED_END

#endif
