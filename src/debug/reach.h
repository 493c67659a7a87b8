// SPDX-License-Identifier: Apache-2.0
#pragma once
// reach: which blocked goroutines somebody could still wake.                          Floor 6.
//
// As Go's goroutineleak profile: a blocked goroutine counts as alive once what it waits for, or its
// stack, can be reached from what is alive; then all that is on its stack is reached too. There is
// no garbage collector here that knows the pointers, so every word is taken for one.
//
// INV-1 a candidate is parked, off the processor, in its queue, and waits for something that only a
// word equal to
//       a channel's address, or one that points into a stack, can lead to.
// INV-2 a candidate is reached if a chain of words leads to it that begins on a stack, in a
// register,
//       in thread-local or global memory, or in any other memory that is mapped, and goes on
//       through blocks of the heap: to any part of a block, whatever it is. Where the allocator's
//       blocks are not known, all of its memory is a beginning.

#include "debug/memory_map.h"
#include "debug/stop_world.h"
#include "debug/wait_target.h"
#include "runtime/scheduler.h"

namespace weft::inline WEFT_WORLD {
namespace debug {

struct candidate {
  detail::goroutine* g;
  std::uintptr_t low;  // its stack: [low, high)
  std::uintptr_t high;
  bool forever;  // waits for nothing that could come
  bool reached;
  std::uint32_t next;  // in the worklist
};

/// The allocator's blocks can be told. Not to be asked while the world is stopped.
bool heap_is_known() noexcept;

class reach {
 public:
  reach() = default;
  reach(const reach&) = delete;
  reach& operator=(const reach&) = delete;
  ~reach();

  /// Room for all that is to be noted. The world is frozen, but not stopped. False if there is no
  /// memory.
  bool prepare(detail::scheduler& s) noexcept;

  /// Finds the candidates and follows the words. The world is stopped; allocates nothing. `frame`:
  /// where the stack of the caller begins to count. False if something could not be read: then
  /// `reached` may be false for one that can be reached.
  bool look(const stopped_world& world, const void* frame) noexcept;

  /// Instead of look(), where threads cannot be stopped: finds the candidates alone. The world is
  /// frozen.
  void list() noexcept;

  [[nodiscard]] std::size_t size() const noexcept { return count_; }
  [[nodiscard]] const candidate& operator[](std::size_t i) const noexcept { return all_[i]; }

 private:
  struct edge {
    std::uintptr_t object;
    std::uint32_t owner;
    bool by_value;  // reached by a word that is its address; else when its memory is
    bool operator<(const edge& other) const noexcept { return object < other.object; }
  };
  struct range {
    std::uintptr_t from;
    std::uintptr_t to;
    std::size_t first;   // of a slab: the number of its first slot; of an arena: its first block
    std::size_t stride;  // of a slab; of an arena: how many blocks
  };

  void find_candidates() noexcept;
  void add_goroutine(detail::goroutine& g, std::size_t slot) noexcept;
  void add_edge(std::uintptr_t object, std::uint32_t owner, bool by_value) noexcept;
  bool add_skip(std::uintptr_t from, std::uintptr_t to) noexcept;
  void skip_dead_stacks() noexcept;
  void skip_signal_stack(const stack_t& stack, std::uintptr_t sp) noexcept;
  void run() noexcept;
  void scan(std::uintptr_t from, std::uintptr_t to, bool all_pages) noexcept;
  void scan_mapping(const mapping& m) noexcept;
  void scan_live_goroutine(detail::goroutine& g) noexcept;
  void scan_registers() noexcept;
  void follow_marked() noexcept;
  void words(std::uintptr_t at, const std::uintptr_t* first, std::size_t n) noexcept;
  void word(std::uintptr_t at, std::uintptr_t value) noexcept;
  void pointer(std::uintptr_t at, std::uintptr_t value) noexcept;
  void scan_control_block(const detail::goroutine& g) noexcept;
  void mark(std::uint32_t i) noexcept;
  void pointer_into_stack(std::uintptr_t at, std::uintptr_t value) noexcept;
  [[nodiscard]] bool is_wait_queue(std::uintptr_t at) const noexcept;
  [[nodiscard]] std::uintptr_t stopped_in(std::uintptr_t low, std::uintptr_t high) const noexcept;
  void note_heaps() noexcept;
  void note_heap(const mapping& m) noexcept;
  bool walk_arena(std::uintptr_t first, std::uintptr_t end, bool main) noexcept;
  [[nodiscard]] std::uintptr_t* block_at(std::uintptr_t address) noexcept;
  void pointer_into_heap(std::uintptr_t value) noexcept;
  [[nodiscard]] bool is_cache(std::uintptr_t start) noexcept;
  void scan_block(std::uint32_t i) noexcept;
  // Of what the i-th block's user has.
  [[nodiscard]] std::uintptr_t start_of(std::size_t i) const noexcept {
    return blocks_[i] & ~k_marks;
  }

  static constexpr std::uint32_t k_none = ~std::uint32_t{0};
  static constexpr std::size_t k_most_skips = 8192;
  static constexpr std::size_t k_most_heaps = 4096;
  static constexpr std::size_t k_most_blocks = std::size_t{1} << 23;
  static constexpr std::uintptr_t k_block_header = 16;
  // In the low bits of a block's address.
  static constexpr std::uintptr_t k_free = 1;
  static constexpr std::uintptr_t k_seen = 2;
  static constexpr std::uintptr_t k_marks = k_free | k_seen;

  detail::scheduler* scheduler_ = nullptr;
  const stopped_world* world_ = nullptr;
  std::uintptr_t frame_ = 0;
  bool complete_ = true;
  bool heap_known_ = false;
  memory_reader reader_;

  char* memory_ = nullptr;  // holds what follows
  std::size_t memory_size_ = 0;
  candidate* all_ = nullptr;
  std::size_t count_ = 0;
  std::size_t capacity_ = 0;
  edge* edges_ = nullptr;  // in order of address
  std::size_t edge_count_ = 0;
  std::size_t edge_capacity_ = 0;
  std::uint32_t* of_slot_ = nullptr;  // the candidate in each slot
  range* slabs_ = nullptr;            // in order of address
  std::size_t slab_count_ = 0;
  std::size_t slab_capacity_ = 0;
  range* skips_ = nullptr;
  std::size_t skip_count_ = 0;
  range* heaps_ = nullptr;
  std::size_t heap_count_ = 0;
  std::uintptr_t* blocks_ = nullptr;  // by arena, in order of address, with their marks
  std::size_t block_count_ = 0;
  std::uint32_t* seen_blocks_ = nullptr;
  std::size_t seen_count_ = 0;
  std::size_t scanned_ = 0;  // of the seen ones
  std::uint32_t worklist_ = k_none;
};

}  // namespace debug
}  // namespace weft::inline WEFT_WORLD
