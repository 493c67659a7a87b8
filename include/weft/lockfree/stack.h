// SPDX-License-Identifier: Apache-2.0
#pragma once
// lockfree/stack: last in, first out, without locks.                                  Floor 5.

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

/// A stack that any number of goroutines and threads push to and pop from at once. One that is
/// stopped at any point stops nobody else. Unbounded.
///
/// INV-1 a node's next is constant from when it is linked until it is retired.
/// INV-2 who unlinks a node owns its value, and takes it out.
///
/// Memory:   push(x) synchronizes before the return of the pop() that gives x. No edge otherwise.
/// Lifetime: no call may run when it is destroyed; what is left in it is destroyed with it. Not
///           copyable, not movable.
/// Callable from: goroutine | plain thread
/// Cost:     push: an allocation and a swap; pop: two swaps and a store-load fence. Some 64 nodes,
///           without their values, are kept for each processor before they are freed.
/// Go:       none. Algorithm: R. Treiber, IBM RJ 5118, 1986, with hazard pointers against reuse.
template <class T>
class stack {
  static_assert(std::is_object_v<T> && !std::is_const_v<T>,
                "weft::lockfree::stack: the element type must be a plain object type");

 public:
  using value_type = T;

  stack() noexcept = default;
  stack(const stack&) = delete;
  stack& operator=(const stack&) = delete;
  ~stack() {
    // [LS-1] relaxed: nobody else is here any more.
    while (std::unique_ptr<node> n{top_.load(detail::relaxed)}) {
      std::destroy_at(n->value());
      top_.store(n->next, detail::relaxed);  // [LS-2] relaxed: as [LS-1].
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
    std::unique_ptr<node> made(new node);
    std::construct_at(made->value(), std::forward<Args>(args)...);
    node* n = made.release();
    detail::hb::release(n->cell);
    detail::backoff contended;
    n->next = top_.load(detail::relaxed);  // [LS-3] relaxed: checked by the swap.
    // [LS-4] release; pairs with the acquire [LS-5]. Publishes: the node.
    while (!top_.compare_exchange_weak(n->next, n, detail::release, detail::relaxed))
      contended.pause();
  }

  /// Returns:  the element pushed last; nullopt, at once, if there is none.
  /// Cancel/exceptions: what T's move constructor throws; the element is lost then.
  std::optional<T> pop() {
    detail::sched::point(detail::sched::op::container_pop, this);
    detail::hazards own;
    detail::backoff contended;
    node* n = nullptr;
    for (;;) {
      n = own.protect(0, top_);
      if (n == nullptr) return std::nullopt;
      // Sequentially consistent, so that it comes before the look at the hazards.
      // [LS-5] acquire; pairs with the release [LS-4], whichever swaps came between.
      node* top = n;
      if (top_.compare_exchange_strong(top, n->next)) break;
      contended.pause();
    }
    own.drop();
    struct guard {
      stack* from;
      node* n;
      ~guard() {
        std::destroy_at(n->value());
        from->retired_.add(*n);
      }
    } scope{this, n};
    detail::hb::acquire(n->cell);
    return std::optional<T>(std::move(*n->value()));
  }

  /// Returns:  whether there was nothing in it, a moment ago.
  [[nodiscard]] bool empty() const noexcept { return top_.load() == nullptr; }

 private:
  struct node : detail::retired_node {
    node* next = nullptr;
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

  alignas(detail::k_cache_line) detail::shared_word<node*> top_{nullptr};
  alignas(detail::k_cache_line) detail::retired_nodes retired_{k_traits};
};

}  // namespace weft::inline WEFT_WORLD::lockfree
WEFT_UNINSTRUMENTED_END
