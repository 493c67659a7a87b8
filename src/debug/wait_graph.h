// SPDX-License-Identifier: Apache-2.0
#pragma once
// wait_graph: who waits for what, and who has it.                                     Floor 6.
//
// Each party waits for one lock at most, and a lock has one holder that is known: from every party
// there is one way to go, and a ring is found by walking it. A mutex keeps the mark of who locked
// it last, which is old for an instant after the next one has locked it: a holder that runs may be
// a wrong one, and a ring counts only if it is still there, unchanged, some time later.

#include "debug/forgetful.h"
#include "debug/wait_target.h"
#include "runtime/scheduler.h"
#include "runtime/thread_party.h"

#include <vector>

namespace weft::inline WEFT_WORLD {
namespace debug {

class wait_graph {
 public:
  static constexpr std::size_t k_none = ~std::size_t{0};

  /// A goroutine, or a plain thread that is parked.
  struct node {
    detail::goroutine* g = nullptr;  // or null: a plain thread
    std::uint64_t id = 0;            // the goroutine's, or the thread's
    std::int64_t parked_at = 0;
    std::uintptr_t low = 0;  // the stack in use
    std::uintptr_t high = 0;
    bool parked = true;
    wait_target waits;
    std::size_t next = k_none;  // who holds the lock that it waits for, unless a context may end it
    bool on_ring = false;
  };

  /// Of all parties. The world is frozen, and stays so as long as the graph is used.
  explicit wait_graph(detail::scheduler& s);

  using node_list = std::vector<node, forgetful<node>>;
  [[nodiscard]] const node_list& nodes() const noexcept { return nodes_; }
  /// One node of each ring.
  [[nodiscard]] const std::vector<std::size_t>& rings() const noexcept { return starts_; }
  /// Whose stack has the mark of who locked it.
  [[nodiscard]] std::size_t holder_of(const void* mutex) const;

 private:
  void add_goroutine(detail::goroutine& g);
  void add_thread(detail::thread_party& t);
  void note_stacks();
  void mark_rings();

  // Pages as in stack_mark: cut to 32 bits.
  struct stack {
    std::uint32_t first;
    std::uint32_t more;
    std::size_t node;
  };

  node_list nodes_;
  std::vector<std::size_t> blocked_;  // in blocking()
  std::vector<stack> stacks_;         // those that are known, by their first page
  std::uint32_t most_pages_ = 0;
  std::vector<std::size_t> starts_;
};

/// It waits for a lock that somebody holds.
inline bool waits_for_lock(const wait_target& t) noexcept {
  return t.kind == wait_target::on::mutex || t.kind == wait_target::on::readers;
}

}  // namespace debug
}  // namespace weft::inline WEFT_WORLD
