// SPDX-License-Identifier: Apache-2.0
// dependence.cc: the table of dependence.h.                                           Floor 6.

#include "check/dependence.h"

namespace weft::inline WEFT_WORLD {
namespace detail::checker {
namespace {

constexpr relation k_none{};
constexpr relation k_both{.order = true, .race = true};
constexpr relation k_order{.order = true, .race = false};
constexpr relation k_race{.order = false, .race = true};

constexpr bool takes_lock(acc a) noexcept { return a == acc::lock || a == acc::try_lock; }
constexpr bool lets_go(acc a) noexcept { return a == acc::unlock || a == acc::unlock_shared; }
constexpr bool is_lock(acc a) noexcept { return a >= acc::lock && a <= acc::try_missed; }
constexpr bool is_channel(acc a) noexcept { return a >= acc::send && a <= acc::could_recv; }
constexpr bool is_count(acc a) noexcept { return a >= acc::add && a <= acc::wait; }
constexpr bool is_once(acc a) noexcept { return a >= acc::once_begin; }

relation of_words(acc a, acc b) noexcept {
  return a == acc::load && b == acc::load ? k_none : k_both;
}

// An announcement competes with whoever comes in, a drain follows whoever goes out.
relation of_writers(acc a, acc b) noexcept {
  if (b == acc::drain) return a == acc::unlock || a == acc::unlock_shared ? k_order : k_none;
  if (a == acc::drain) return k_none;
  acc other = a == acc::announce ? b : a;
  switch (other) {
    case acc::unlock:
      return k_order;
    case acc::announce:
    case acc::try_lock:
    case acc::lock_shared:
    case acc::try_lock_shared:
      return k_both;
    case acc::try_failed:
      return a == acc::announce ? k_both : k_none;
    default:
      return k_none;
  }
}

relation of_locks(acc a, acc b) noexcept {
  if (b == acc::try_missed) {
    bool takes = takes_lock(a) || a == acc::announce || a == acc::lock_shared;
    return takes || a == acc::try_lock_shared ? k_race : k_none;
  }
  if (a == acc::try_missed) return k_none;
  if (a == acc::announce || a == acc::drain || b == acc::announce || b == acc::drain)
    return of_writers(a, b);

  bool shared_a = a == acc::lock_shared || a == acc::try_lock_shared;
  bool shared_b = b == acc::lock_shared || b == acc::try_lock_shared;
  bool reader_a = shared_a || a == acc::unlock_shared;
  bool reader_b = shared_b || b == acc::unlock_shared;
  if (reader_a && reader_b) return k_none;
  if (a == acc::try_failed && b == acc::try_failed) return k_none;
  // A failed try and a lock: something that lets go lies between them, or it is the lock that it
  // met. Against what lets go, and against who took it, the order matters.
  if (a == acc::try_failed) return b == acc::unlock || b == acc::unlock_shared ? k_both : k_none;
  if (b == acc::try_failed) return takes_lock(a) || shared_a ? k_both : k_none;
  if (takes_lock(a) && (takes_lock(b) || shared_b)) return k_both;
  if (shared_a && takes_lock(b)) return k_both;
  // Somebody lets go: what waits for that comes after it.
  return k_order;
}

// One half of a rendezvous, or a buffered operation, by what it does to the channel.
constexpr bool sends(acc a) noexcept { return a == acc::send || a == acc::meet_send; }
constexpr bool receives(acc a) noexcept { return a == acc::recv || a == acc::meet_recv; }

constexpr bool is_buffered(acc a) noexcept { return a == acc::send || a == acc::recv; }
constexpr bool is_miss(acc a) noexcept {
  return a == acc::not_ready_send || a == acc::not_ready_recv;
}

// An operation that did not block and found nothing to do, and another one; `after`: that came
// before it.
relation of_miss(acc miss, acc other, bool after) noexcept {
  if (other == acc::close) return k_both;
  bool sending = miss == acc::not_ready_send;
  bool other_side = sending ? receives(other) : sends(other);
  bool this_side = sending ? sends(other) : receives(other);
  // A rendezvous of others does not change that nothing was found, but it might have met instead.
  if (other == acc::meet_send || other == acc::meet_recv) return other_side ? k_race : k_none;
  if (other_side) return k_both;
  return this_side && after ? k_both : k_none;
}

constexpr bool is_missed_case(acc a) noexcept {
  return a == acc::could_send || a == acc::could_recv;
}

relation of_missed_case(acc could, acc other) noexcept {
  bool of_other_side = could == acc::could_send ? receives(other) : sends(other);
  bool of_this_side = could == acc::could_send ? sends(other) : receives(other);
  // One that did not block and found nobody could have met it.
  bool missed = other == (could == acc::could_send ? acc::not_ready_recv : acc::not_ready_send);
  return of_other_side || of_this_side || missed || other == acc::close ? k_race : k_none;
}

relation of_channels(const access& a, const access& b) noexcept {
  // Two selects that took something else could have met.
  if (is_missed_case(a.what) && is_missed_case(b.what)) return a.what == b.what ? k_none : k_race;
  if (is_missed_case(a.what)) return of_missed_case(a.what, b.what);
  if (b.what == acc::could_send || b.what == acc::could_recv) return of_missed_case(b.what, a.what);
  // A rendezvous is its two halves: each competes with its own kind only.
  if (a.what == acc::meet_send || a.what == acc::meet_recv) {
    if (b.what == acc::meet_send || b.what == acc::meet_recv)
      return a.what == b.what ? k_race : k_none;
  }
  if (a.what == acc::length || b.what == acc::length)
    return is_buffered(a.what) || is_buffered(b.what) ? k_both : k_none;
  if (is_miss(a.what)) return of_miss(a.what, b.what, false);
  if (is_miss(b.what)) return of_miss(b.what, a.what, true);
  if (a.what == acc::close) {
    // What was buffered is received all the same; the others find it closed.
    // Without the close it might have met somebody.
    if (b.what == acc::closed_recv) return b.width == 0 ? k_both : k_order;
    return b.what == acc::recv ? k_none : k_both;
  }
  if (b.what == acc::close) {
    bool was_closed = a.what == acc::closed_send || a.what == acc::closed_recv;
    return a.what == acc::recv || was_closed ? k_none : k_both;
  }
  if (a.what == acc::closed_send || a.what == acc::closed_recv || b.what == acc::closed_send ||
      b.what == acc::closed_recv) {
    // Who finds it closed and drained comes after those who drained it.
    if (receives(a.what) && b.what == acc::closed_recv) return k_both;
    // What found it closed had to wait because others came first.
    return sends(a.what) && b.what == acc::closed_send ? k_race : k_none;
  }
  if (a.what == b.what) return k_both;  // two sends, two receives
  if (a.what == acc::send) return b.n == a.n ? k_order : k_none;
  return b.n == a.n + b.width ? k_order : k_none;  // recv a, send b
}

// Whether a done() reaches zero depends on which add() came before it, and that on others again: so
// their order always matters. That one done() is too many is found in any order; whose it is, is
// left open.
relation of_counts(acc a, acc b) noexcept {
  if (a == b) return k_none;
  if (a == acc::add || b == acc::add) return k_both;
  return a == acc::done ? k_order : k_none;
}

// Which of two calls runs its function, and that the other comes after the end of it.
relation of_once(acc a, acc b) noexcept {
  if (a == acc::once_begin) return b == acc::once_end ? k_none : k_both;
  return a == acc::once_end && b != acc::once_end ? k_order : k_none;
}

}  // namespace

relation related(const access& a, const access& b) noexcept {
  if (a.what == acc::any || b.what == acc::any) return k_both;
  if (a.what <= acc::store && b.what <= acc::store) return of_words(a.what, b.what);
  if (is_lock(a.what) && is_lock(b.what)) {
    // Had the try waited for it, it could have succeeded.
    if (a.what == acc::try_missed && a.n != 0 && lets_go(b.what)) return k_race;
    return of_locks(a.what, b.what);
  }
  if (is_channel(a.what) && is_channel(b.what)) return of_channels(a, b);
  if (is_count(a.what) && is_count(b.what)) return of_counts(a.what, b.what);
  if (is_once(a.what) && is_once(b.what)) return of_once(a.what, b.what);
  return k_both;
}

}  // namespace detail::checker
}  // namespace weft::inline WEFT_WORLD
