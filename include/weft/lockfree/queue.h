// SPDX-License-Identifier: Apache-2.0
#pragma once
// lockfree/queue: first in, first out, without locks.                                 Floor 5.

#include <weft/detail/contract/hb.h>
#include <weft/detail/contract/sched.h>
#include <weft/detail/lib/backoff.h>
#include <weft/detail/lib/hazard_pointers.h>
#include <weft/detail/lib/retired_nodes.h>

#include <cstddef>
#include <memory>
#include <new>
#include <optional>
#include <type_traits>
#include <utility>

WEFT_UNINSTRUMENTED_BEGIN
namespace weft::inline WEFT_WORLD::lockfree {

/// A queue that any number of goroutines and threads push to and pop from at once. One that is
/// stopped at any point stops nobody else. Unbounded; a channel is the queue to block on.
///
/// INV-1 head_ is a node without a value; each node after it has one. tail_ is the last node, or
///       the one before it, and never behind head_.
/// INV-2 who moves head_ to a node owns its value, and takes it out.
///
/// Memory:   push(x) synchronizes before the return of the pop() that gives x. No edge otherwise.
/// Lifetime: no call may run when it is destroyed; what is left in it is destroyed with it. Not
///           copyable, not movable.
/// Callable from: goroutine | plain thread
/// Cost:     push: an allocation and two swaps; pop: two swaps; a store-load fence or two each.
/// Some
///           64 nodes, without their values, are kept for each processor before they are freed.
/// Go:       none. Algorithm: M. Michael and M. Scott, "Simple, Fast, and Practical Non-Blocking
///           and Blocking Concurrent Queue Algorithms", PODC 1996, with hazard pointers as in
///           Michael's of 2004.
template <class T>
class queue {
  static_assert(std::is_object_v<T> && !std::is_const_v<T>,
                "weft::lockfree::queue: the element type must be a plain object type");

 public:
  using value_type = T;

  /// Errors:   std::bad_alloc.
  queue() : queue(new node) {}
  queue(const queue&) = delete;
  queue& operator=(const queue&) = delete;
  ~queue() {
    // [LQ-1] relaxed: nobody else is here any more.
    const std::unique_ptr<node> first(head_.load(detail::relaxed));
    node* next = first->next.load(detail::relaxed);
    while (const std::unique_ptr<node> n{next}) {
      std::destroy_at(n->value());
      next = n->next.load(detail::relaxed);  // [LQ-2] relaxed: as [LQ-1].
    }
  }

  /// Errors:   std::bad_alloc, and what T's constructor throws; nothing is pushed then.
  void push(const T& value) { emplace(value); }
  void push(T&& value) { emplace(std::move(value)); }

  /// Makes the element in place.
  template <class... Args>
    requires std::is_constructible_v<T, Args...>
  void emplace(Args&&... args) {
    detail::sched::point(detail::sched::op::container_push, this);
    detail::hazards own;
    std::unique_ptr<node> made(new node);
    std::construct_at(made->value(), std::forward<Args>(args)...);
    node* n = made.release();
    detail::hb::release(n->cell);
    detail::backoff contended;
    for (;;) {
      node* last = own.protect(0, tail_);
      node* next = nullptr;
      // [LQ-3] release; pairs with the acquire [LQ-4], [LQ-5], [LQ-6], [LQ-7]. Publishes: the node.
      // [LQ-5] acquire; pairs with the release [LQ-3]: passed on by the swap of tail_.
      if (last->next.compare_exchange_strong(next, n, detail::acq_rel, detail::acquire)) {
        tail_.compare_exchange_strong(last, n);
        return;
      }
      tail_.compare_exchange_strong(last, next);
      contended.pause();
    }
  }

  /// Returns:  the element pushed first; nullopt, at once, if there is none.
  /// Cancel/exceptions: what T's move constructor throws; the element is lost then.
  std::optional<T> pop() {
    detail::sched::point(detail::sched::op::container_pop, this);
    detail::hazards own;
    detail::backoff contended;
    for (;;) {
      node* head = own.protect(0, head_);
      // [LQ-4] acquire; pairs with the release [LQ-3].
      node* next = head->next.load(detail::acquire);
      if (next == nullptr) return std::nullopt;
      own.set(1, next);
      if (head_.load() != head) continue;  // else next is linked still, and so protected
      // [LQ-7] acquire; pairs with the release [LQ-3]: who linked something to next had seen tail_
      //        leave head, and so has who sees that.
      if (next->next.load(detail::acquire) == nullptr) {
        node* last = head;
        if (tail_.load() == head) tail_.compare_exchange_strong(last, next);  // INV-1
      }
      if (head_.compare_exchange_strong(head, next)) return take(own, *head, *next);
      contended.pause();
    }
  }

  /// Returns:  whether there was nothing in it, a moment ago.
  [[nodiscard]] bool empty() const {
    detail::hazards own;
    // [LQ-6] acquire; pairs with the release [LQ-3].
    return own.protect(0, head_)->next.load(detail::acquire) == nullptr;
  }

 private:
  struct node : detail::retired_node {
    detail::shared_word<node*> next{nullptr};
    [[no_unique_address]] detail::hb::cell cell;
    alignas(T) std::byte room[sizeof(T)];  // the value, until it is popped
    T* value() noexcept { return std::launder(reinterpret_cast<T*>(room)); }
  };

  static constexpr detail::retired_nodes::traits k_traits = {
      .destroy =
          [](detail::retired_node* n) noexcept {
            detail::hb::unseen([&] { delete static_cast<node*>(n); });
          },
      .address = [](const detail::retired_node* n) noexcept -> const void* {
        return static_cast<const node*>(n);
      },
      .light = false,
      .prompt = false};

  explicit queue(node* first) noexcept : head_(first), tail_(first) {}

  // The value of n, which is protected, and has taken the place of old.
  std::optional<T> take(detail::hazards& own, node& old, node& n) {
    struct guard {
      queue* from;
      detail::hazards& own;
      node& old;
      node& n;
      ~guard() {
        std::destroy_at(n.value());
        own.drop();
        from->retired_.add(old);
      }
    } scope{this, own, old, n};
    detail::hb::acquire(n.cell);
    return std::optional<T>(std::move(*n.value()));
  }

  alignas(detail::k_cache_line) detail::shared_word<node*> head_;
  alignas(detail::k_cache_line) detail::shared_word<node*> tail_;
  alignas(detail::k_cache_line) detail::retired_nodes retired_{k_traits};
};

}  // namespace weft::inline WEFT_WORLD::lockfree
WEFT_UNINSTRUMENTED_END
