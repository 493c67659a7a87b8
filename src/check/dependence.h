// SPDX-License-Identifier: Apache-2.0
#pragma once
// dependence: which operations on one object do not commute.                          Floor 6.
//
// The relation is checker.h's table in docs/design/check.md, written out. It is asked of an
// earlier access and a later one, and answers two questions: does their order belong to the
// behaviour (`order`), and may the search profit from trying the later one first (`race`)?
//
//   order, no race   the earlier one made the later one possible: an unlock and the next lock, the
//                    k-th send and the k-th receive. There is nothing to reverse.
//   race, no order   they commute, but had the later one come first, the earlier one would have had
//                    another choice: two senders that want the same receiver, a select and a send
//                    to a channel that it did not take.
//
// Whether buffered operations depend on each other is conditional on the fill: it is stated by
// their numbers, so that it does not depend on when it is asked.

#include <weft/detail/base/config.h>

#include <cstdint>

namespace weft::inline WEFT_WORLD {
namespace detail::checker {

enum class acc : std::uint8_t {
  any,  // nothing is known: depends on everything
  load,
  store,
  lock,
  unlock,
  try_lock,    // that succeeded
  try_failed,  // nobody but who waits for others can go on
  announce,    // a writer keeps new readers out
  drain,       // ... and has waited for those that were in
  lock_shared,
  unlock_shared,
  try_lock_shared,
  try_missed,  // had it been earlier, it might have succeeded; n: not 0 if it was held
  send,        // n: its number; width: the capacity
  recv,
  meet_send,  // unbuffered: one half of a rendezvous
  meet_recv,
  close,
  closed_send,  // found it closed; a second close, too
  closed_recv,
  length,
  not_ready_send,  // did not block, and found nothing to do
  not_ready_recv,
  could_send,  // a case of a select that was not taken
  could_recv,
  add,
  done,
  wait,
  once_begin,
  once_end,
  once_seen,  // it had ended
};

struct access {
  std::uint32_t object = 0;
  acc what = acc::any;
  std::uint32_t width = 0;
  std::uint64_t n = 0;
};

struct relation {
  bool order = false;
  bool race = false;
};

/// Of two accesses to the same object by different goroutines, `earlier` came first.
relation related(const access& earlier, const access& later) noexcept;

/// Do the two, both of them possible now, commute?
inline bool independent(const access& a, const access& b) noexcept {
  if (a.object != b.object) return true;
  relation ab = related(a, b);
  relation ba = related(b, a);
  return !(ab.order && ab.race) && !(ba.order && ba.race);
}

}  // namespace detail::checker
}  // namespace weft::inline WEFT_WORLD
