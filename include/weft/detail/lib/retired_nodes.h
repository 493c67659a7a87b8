// SPDX-License-Identifier: Apache-2.0
#pragma once
// retired_nodes: what a container has unlinked, and some reader may still look at.    Floor 5.
//
// Each container has its own: nodes are destroyed by calls on that container, or with it, and
// never behind its back. One list, until two processors are seen to meet at it; from then on one
// for each, in a cache line of its own.
//
// INV-1 a node is added once, after it was unlinked.
// INV-2 lists_ is set once and stays until the end.

#include <weft/detail/base/atomic.h>

#include <cstdint>

WEFT_UNINSTRUMENTED_BEGIN
namespace weft::inline WEFT_WORLD {
namespace detail {

/// Base of a node that can be retired.
struct retired_node {
  retired_node* next_retired = nullptr;  // owned by who retires or reclaims
};

class retired_nodes {
 public:
  struct traits {
    void (*destroy)(retired_node*) noexcept;
    const void* (*address)(const retired_node*) noexcept;  // as it would stand in a hazard
    bool light;   // readers use set_light(): looking at the hazards costs a fence_heavy()
    bool prompt;  // nodes hold what the user wants to see gone: while they are few, look at once
  };

  constexpr explicit retired_nodes(const traits& t) noexcept : traits_(t) {}
  retired_nodes(const retired_nodes&) = delete;
  retired_nodes& operator=(const retired_nodes&) = delete;
  /// Destroys all: nobody reads any more.
  ~retired_nodes();

  /// Destroys nodes that have become free, once there are enough of them to be worth while. Runs
  /// destructors of the user's, which may park or come back: call it without a lock or a hazard.
  void add(retired_node& node) noexcept;

  /// Destroys all that no reader holds.
  void reclaim() noexcept;

 private:
  struct list {
    shared_word<retired_node*> head{nullptr};
    shared_word<std::uint32_t> size{0};      // roughly
    shared_word<std::int64_t> last_look{0};  // nanotime
  };
  struct lists;

  list& here() noexcept;
  void spread() noexcept;
  bool worth_while(const list& l, std::uint32_t size) const noexcept;
  void push(list& l, retired_node& first, retired_node& last) noexcept;
  void reclaim(list& l) noexcept;
  void destroy_all(list& l) noexcept;

  const traits& traits_;
  list first_;
  shared_word<lists*> lists_{nullptr};
};

}  // namespace detail
}  // namespace weft::inline WEFT_WORLD
WEFT_UNINSTRUMENTED_END
