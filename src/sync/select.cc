// SPDX-License-Identifier: Apache-2.0
// select.cc: one of several channel operations.                                       Floor 4.
//
// Source: Go's runtime/select.go. Passes:
//   0 try the cases one by one in poll order, locking one channel at a time: most selects with a
//     ready case end here. A case found ready is performed; "none is ready" is not believed,
//     since the channels were not looked at at one moment.
//   1 lock all channels in order of address, and look again
//   2 nothing ready: queue one waiter per case, all sharing one claim, and park; unlock all
//   3 woken: take the losing waiters off their queues
//
// INV-1 exactly one case is performed: a waker takes a waiter only after winning the claim by
//       compare-and-swap, under the lock of its channel.
// INV-2 the arrays outlive the unlocking in pass 2: a woken select needs the lock of every losing
//       channel before it returns, and the winning one is unlocked before it can be woken.

#include "sync/select_park.h"

#include <weft/panic.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <new>
#include <type_traits>

namespace weft::inline WEFT_WORLD {
namespace detail {
namespace {

constexpr std::size_t k_inline_cases = 8;
constexpr std::size_t k_max_cases = 65536;

// n things, default-initialised: on the stack for the usual few, else on the heap.
template <class T>
class case_array {
 public:
  explicit case_array(std::size_t n) : size_(n) {
    if (n > k_inline_cases) {
      heap_.reset(new T[n]);
    } else {
      std::uninitialized_default_construct_n(data(), n);
    }
  }
  case_array(const case_array&) = delete;
  case_array& operator=(const case_array&) = delete;
  ~case_array() {
    if (heap_ == nullptr) std::destroy_n(data(), size_);
  }
  T* data() noexcept { return heap_ != nullptr ? heap_.get() : reinterpret_cast<T*>(inline_); }
  T& operator[](std::size_t i) noexcept { return data()[i]; }

 private:
  alignas(T) std::byte inline_[k_inline_cases * sizeof(T)];
  std::unique_ptr<T[]> heap_;
  [[maybe_unused]] std::size_t size_;
};

}  // namespace

class select_op {
 public:
  // `only`: the one case there is, or k_undecided.
  select_op(std::span<const select_case> cases, select_order order, std::uint64_t only)
      : cases_(cases), order_(cases.size()) {
    // Nil channels are never ready: leave them out.
    for (std::size_t i = 0; i < cases.size(); ++i)
      if (cases[i].core != nullptr && (only == sched::k_undecided || only == i))
        order_[live_++] = static_cast<std::uint16_t>(i);
    if (order == select_order::random) shuffle();
  }

  std::size_t run(bool block) {
    if (std::size_t i = poll_one_by_one(); i != k_no_case) return i;
    if (live_ == 0) {
      if (!block) return k_no_case;
      block_on_nil(cases_.empty() ? wait_reason::select_no_cases : wait_reason::select);
    }
    case_array<chan_core*> channels(live_);
    select_park all{channels.data(), sort_channels(channels), nullptr};
    lock_all(all);
    if (std::size_t i = poll_locked(all); i != k_no_case) return i;
    if (block) return wait(all);
    unlock_all(all);
    return k_no_case;
  }

 private:
  void shuffle() noexcept {
    for (std::size_t i = live_; i > 1; --i)
      std::swap(order_[i - 1], order_[sched::choose(static_cast<unsigned>(i))]);
  }

  static attempted attempt_locked(const select_case& c) noexcept {
    return c.is_send ? c.core->send_if_ready(c.slot) : c.core->recv_if_ready(c.slot);
  }

  // A closed channel makes a receive ready, and a send panic.
  static void finish(const select_case& c, attempted a) {
    if (a.woken != nullptr) ready(*a.woken->owner);
    if (a.result == attempt::closed && c.is_send) throw panic("send on closed channel");
  }

  std::size_t poll_one_by_one() {
    for (std::size_t k = 0; k < live_; ++k) {
      const select_case& c = cases_[order_[k]];
      if (c.is_send ? c.core->looks_full() : c.core->looks_drained()) continue;
      c.core->lock_.acquire_lock();
      const attempted a = attempt_locked(c);
      c.core->lock_.release_lock();
      if (a.result == attempt::would_block) continue;
      finish(c, a);
      return order_[k];
    }
    return k_no_case;
  }

  std::size_t sort_channels(case_array<chan_core*>& channels) {
    for (std::size_t k = 0; k < live_; ++k) channels[k] = cases_[order_[k]].core;
    chan_core** first = channels.data();
    std::sort(first, first + live_, std::less<>{});
    return static_cast<std::size_t>(std::unique(first, first + live_) - first);
  }

  static void lock_all(select_park all) noexcept {
    for (std::size_t i = 0; i < all.count; ++i) all.channels[i]->lock_.acquire_lock();
  }
  static void unlock_all(select_park all) noexcept {
    for (std::size_t i = 0; i < all.count; ++i) all.channels[i]->lock_.release_lock();
  }
  // As the commit action of a park: see INV-2.
  static void unlock_all_last(void* arg) noexcept { unlock_all(*static_cast<select_park*>(arg)); }

  // Holds: all on entry; still held on return if nothing was ready.
  std::size_t poll_locked(select_park all) {
    for (std::size_t k = 0; k < live_; ++k) {
      const select_case& c = cases_[order_[k]];
      const attempted a = attempt_locked(c);
      if (a.result == attempt::would_block) continue;
      unlock_all(all);
      finish(c, a);
      return order_[k];
    }
    return k_no_case;
  }

  void take_off_queue(std::size_t k, waiter& w) noexcept {
    const select_case& c = cases_[order_[k]];
    c.core->dequeue(c.is_send ? c.core->senders_ : c.core->receivers_, w);
  }

  // Holds: all on entry, none on return. Parks: yes.
  std::size_t wait(select_park all) {
    party& self = current_party();
    select_claim claim;
    std::unique_ptr<case_array<waiter>> many;
    case_array<waiter> few(std::min(live_, k_inline_cases));
    if (live_ > k_inline_cases) {
      try {
        many = std::make_unique<case_array<waiter>>(live_);
      } catch (...) {
        unlock_all(all);
        throw;
      }
    }
    case_array<waiter>& waiters = many != nullptr ? *many : few;
    for (std::size_t k = 0; k < live_; ++k) {
      const select_case& c = cases_[order_[k]];
      waiter& w = waiters[k];
      w.owner = &self;
      w.slot = c.slot;
      w.claim = &claim;
      w.index = static_cast<std::uint32_t>(k);
      w.ok = false;
      hb::release(w.before);  // E5 E7 E8
      if (c.is_send) {
        c.core->senders_.push_back(w);
      } else if (!c.core->enqueue_receiver(w)) {
        for (std::size_t j = 0; j < k; ++j) take_off_queue(j, waiters[j]);
        unlock_all(all);
        throw std::bad_alloc();
      }
    }
    all.claim = &claim;
    park(self, wait_reason::select, unlock_all_last, &all);
    std::size_t winner = claim.winner.load(relaxed);  // [SC-2] relaxed: ordered by ready().
    waiter& won = waiters[winner];
    if (won.ok || !cases_[order_[winner]].is_send) hb::acquire(won.after);  // E5 E6 E7 E8
    // One at a time: the claim is taken, nobody can win any of these any more.
    for (std::size_t k = 0; k < live_; ++k) {
      if (k == winner) continue;
      chan_core* core = cases_[order_[k]].core;
      core->lock_.acquire_lock();
      take_off_queue(k, waiters[k]);
      core->lock_.release_lock();
    }
    const select_case& c = cases_[order_[winner]];
    if (!won.ok && c.is_send) throw panic("send on closed channel");
    return order_[winner];
  }

  std::span<const select_case> cases_;
  case_array<std::uint16_t> order_;  // indices of the cases that can be ready, in poll order
  std::size_t live_ = 0;
};

std::size_t select_cases(std::span<const select_case> cases, bool block, select_order order) {
  if (cases.size() > k_max_cases) throw panic("reflect.Select: too many cases (max 65536)");
  std::uint64_t decided = sched::point_offers(
      sched::op::select, cases.size(),
      [&](std::uint64_t i) {
        const select_case& c = cases[i];
        return c.core == nullptr ? sched::offer{} : c.core->offer(c.is_send);
      },
      !block, order == select_order::given);
  if (decided == sched::k_no_offer) return k_no_case;
  return select_op(cases, order, decided).run(block);
}

}  // namespace detail
}  // namespace weft::inline WEFT_WORLD
