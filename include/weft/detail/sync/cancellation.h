// SPDX-License-Identifier: Apache-2.0
#pragma once
// cancellation: blocked calls that a context may end.                                 Floor 4.
//
// One rule for every blocking call that takes a context: if the context has ended already, the
// call takes nothing and says so; else, what can be done at once is done; else it blocks until it
// can be done or the context ends, whichever the waker or the canceller claims first.
//
// A blocked call is claimed by compare-and-swap, as the cases of a select are: by the waker, who
// takes it off the queue of what it waits for, or by the canceller. The canceller may find the
// call before it has parked. stage_ settles who makes it ready then:
//
//   running -> parked   by the commit action of the park, while the queue is still locked
//   running -> claimed  by the canceller; the commit action makes the party ready
//   parked  -> claimed  by the canceller, who makes the party ready
//
// INV-1 a wait is on its signal's list from subscribe() until it leaves or the signal ends.
// INV-2 the canceller touches a wait only under the signal's lock, or after it has won the claim
//       and before it has made the party ready: the wait lives on the blocked party's stack.

#include <weft/detail/contract/sched.h>
#include <weft/detail/os/lock.h>
#include <weft/detail/runtime/park.h>
#include <weft/panic.h>

WEFT_UNINSTRUMENTED_BEGIN
namespace weft::inline WEFT_WORLD {

class context;

namespace detail {

class cancel_signal;

/// One blocked call that also ends when `signal` does. On the caller's stack; for one park.
class cancelable_wait {
 public:
  explicit cancelable_wait(cancel_signal& signal) noexcept : signal_(&signal) {
    node.owner = &current_party();
    node.claim = &claim_;
    node.index = k_woken;
  }
  cancelable_wait(const cancelable_wait&) = delete;
  cancelable_wait& operator=(const cancelable_wait&) = delete;
  ~cancelable_wait();

  /// To be called before the queue is locked. The error if the signal has ended; empty otherwise.
  [[nodiscard]] std::error_code subscribe() noexcept;

  /// Parks. `node` is in a queue that `queue_lock` guards; it is released once off the stack. If
  /// the signal ends first, the caller must take that lock before anything on its stack goes.
  void park(wait_reason why, lock& queue_lock) noexcept;

  /// Parks a party that holds no lock: for calls whose waker wins claim() and then calls wake().
  void park_unlocked(wait_reason why) noexcept;
  /// By whoever won the claim. The wait may be gone after this.
  void wake() noexcept;
  [[nodiscard]] select_claim& claim() noexcept { return claim_; }

  /// After park(): the signal ended first. `node` may be in its queue still: take it out.
  [[nodiscard]] bool canceled() const noexcept {
    return claim_.winner.load(relaxed) == k_canceled;  // [CN-1] relaxed: ordered by ready().
  }

  /// Of a party parked by this class, told by what it gave to park(): the wait, and the lock of the
  /// queue that it is in, or null. Null for other parties. For reports.
  struct parked_wait {
    const cancelable_wait* wait;
    const lock* queue_lock;
  };
  static parked_wait behind(commit_fn how, const void* arg) noexcept;
  [[nodiscard]] const cancel_signal& signal() const noexcept { return *signal_; }

  waiter node;  // the call's place in the queue of what it waits for

 private:
  friend class cancel_signal;
  enum stage : std::uint8_t { running, parked, claimed };
  static constexpr std::uint32_t k_woken = 0;
  static constexpr std::uint32_t k_canceled = 1;

  struct commit_of_park {
    cancelable_wait* wait;
    lock* queue_lock;
  };
  static void commit(void* arg) noexcept;
  static void commit_unlocked(void* arg) noexcept;

  select_claim claim_;
  shared_word<std::uint8_t> stage_{running};
  bool subscribed_ = false;  // of the blocked party alone
  bool listed_ = false;      // guarded by the signal's lock, as are the links
  cancelable_wait* next_ = nullptr;
  cancelable_wait* prev_ = nullptr;
  cancel_signal* signal_;
};

/// What blocked calls see of a context that can end.
class cancel_signal {
 public:
  cancel_signal(const cancel_signal&) = delete;
  cancel_signal& operator=(const cancel_signal&) = delete;

  /// Empty while the context lives. Memory: what came before the end, if it has ended.
  [[nodiscard]] std::error_code ended() noexcept {
    sched::touch(sched::op::context_err, this);
    // [CN-2] seq_cst; pairs with the store [CN-3]: of two who each end one and ask for the other
    //        one finds it ended.
    int value = error_.load();
    if (WEFT_LIKELY(value == 0)) return {};
    hb::acquire(cell_);  // E19
    return make_error_code(static_cast<errc>(value));
  }

  /// Whether it has ended is what the caller is about to ask.
  void before_look() const noexcept { sched::point(sched::op::context_err, this); }

 protected:
  cancel_signal() noexcept = default;
  ~cancel_signal() = default;

  /// The parties to be made ready once the lock is released.
  struct wake_list {
    cancelable_wait* first = nullptr;
    void ready_all() const noexcept;
  };
  /// Ends the signal and claims every blocked call. Holds: lock_. Called once.
  void end_locked(errc why, wake_list& wake) noexcept;
  [[nodiscard]] bool ended_locked() const noexcept {
    return error_.load(relaxed) != 0;  // [CN-4] relaxed: guarded by lock_.
  }

  /// What came before the end.
  [[nodiscard]] hb::cell& end_cell() noexcept { return cell_; }

  lock lock_{lock_rank::context};  // guards all but error_, which is written under it

 private:
  friend class cancelable_wait;

  shared_word<int> error_{0};  // an errc; 0: live
  cancelable_wait* waits_ = nullptr;
  [[no_unique_address]] hb::cell cell_;
};

/// What a call with this context listens to; null if it can never end. A nil context panics.
[[nodiscard]] cancel_signal* signal_of(const context& ctx);

/// Blocks until the signal ends; returns its error. For operations that can never be done.
[[nodiscard]] std::error_code wait_for_end(cancel_signal& signal, wait_reason why) noexcept;

}  // namespace detail
}  // namespace weft::inline WEFT_WORLD
WEFT_UNINSTRUMENTED_END
