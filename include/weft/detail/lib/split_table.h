// SPDX-License-Identifier: Apache-2.0
#pragma once
// split_table: a hash table that is one sorted list, without locks.                   Floor 5.
//
// The list is sorted by hash. Buckets are links of that list, too, from which a search sets out;
// doubling their number adds links between the old ones and moves nothing. Level b has 2^b
// buckets: those of level b - 1, and one behind each.
//
//   list    bucket 0 -> node -> node -> bucket 4 -> node -> bucket 2 -> ... -> end
//   order   the hash with its low bits 011 | (bucket) where its range begins, low bits 000, 010
//           while it is being linked in; 0 means not in use yet, but for bucket 0 | end: all ones
//   next    address of the next link; bit 0: this node is deleted, and next will not change again
//
// INV-1 links are sorted by order; of two nodes with equal keys all but one are deleted.
// INV-2 a node whose generation is not the table's is deleted, as far as anybody may tell.
// INV-3 a deleted node is retired by the one whose swap unlinked it.
// INV-4 buckets, and the end, are never deleted, and live as long as the table.
// A node is replaced by deleting it with the new one as its next: a single swap.
//
// Source: O. Shalev and N. Shavit, "Split-Ordered Lists: Lock-Free Extensible Hash Tables", JACM
// 2006 (there by reversed bits, which sorting by the high ones saves); M. Michael, "High
// Performance Dynamic Lock-Free Hash Tables and List-Based Sets", SPAA 2002, for the list.

#include <weft/detail/lib/hazard_pointers.h>
#include <weft/detail/lib/retired_nodes.h>

#include <bit>
#include <cstdint>

WEFT_UNINSTRUMENTED_BEGIN
namespace weft::inline WEFT_WORLD {
namespace detail {

class split_table {
 public:
  struct link {
    shared_word<std::uintptr_t> next{0};
    shared_word<std::uint64_t> order{0};  // constant but for buckets
  };
  struct node : link, retired_node {
    std::uint32_t generation = 0;  // constant once linked
  };

  /// The traits' address must be that of the link.
  explicit split_table(const retired_nodes::traits& t) noexcept;
  split_table(const split_table&) = delete;
  split_table& operator=(const split_table&) = delete;
  ~split_table();

  static std::uint64_t order_of(std::uint64_t hash) noexcept {
    return (hash | k_node_bits) & ~std::uint64_t{4};
  }

  /// Deletes all that is there, at one instant.
  void clear();

  /// A place in the list, protected by hazards. Each call that gives false has lost its place to
  /// somebody else's change: start() again.
  class cursor {
   public:
    explicit cursor(split_table& t) : table_(t) {}
    cursor(const cursor&) = delete;
    cursor& operator=(const cursor&) = delete;
    /// Hands over what it unlinked; may run destructors of the user's.
    ~cursor();

    /// Moves to the first link of at least this order.
    [[nodiscard]] bool start(std::uint64_t order) noexcept {
      generation_ = table_.generation_.load();
      return walk(bucket_before(order), order);
    }

    /// Moves to the next link. Precondition: this one is not the end.
    [[nodiscard]] bool advance() noexcept {
      prev_ = &current_->next;
      word_ = next_;
      free_hazard_ ^= 1U;
      return settle();
    }

    [[nodiscard]] std::uint64_t order() const noexcept { return order_; }
    [[nodiscard]] bool at_end() const noexcept { return order_ == k_end_order; }
    /// True if this is a node and not a bucket or the end.
    [[nodiscard]] bool at_node() const noexcept { return is_node(order_); }
    [[nodiscard]] node& current() const noexcept { return *static_cast<node*>(current_); }

    /// Links n, whose order is not above order(), in before the current link.
    [[nodiscard]] bool insert(node& n) noexcept;
    /// Puts n, of the same order, in place of the current node.
    [[nodiscard]] bool replace(node& n) noexcept;
    /// Deletes the current node. After this, and after replace(), only start() is of use.
    [[nodiscard]] bool erase() noexcept;

   private:
    friend class split_table;

    // The bucket to set out from.
    link& bucket_before(std::uint64_t order) noexcept {
      // [SM-13] acquire; pairs with the release [SM-14]: the level's buckets are there.
      unsigned level = table_.level_.load(acquire);
      std::uint64_t index = order >> (64 - level);
      link& b = table_.bucket_at(level, index);
      // [SM-15] acquire; pairs with the release [SM-8]: it is linked.
      return WEFT_LIKELY(is_ready(index, b.order.load(acquire))) ? b : make_ready(level, index);
    }
    static bool is_ready(std::uint64_t index, std::uint64_t order) noexcept {
      return index == 0 || (order != 0 && (order & k_claimed) == 0);
    }

    bool walk(link& from, std::uint64_t order) noexcept {
      prev_ = &from.next;
      // [SM-1] acquire; pairs with the release [SM-4], [SM-5], [SM-6], [SM-7], [SM-9], [SM-20].
      word_ = prev_->load(acquire);
      free_hazard_ = 0;
      if (!settle()) return false;
      while (order_ < order)
        if (!advance()) return false;
      return true;
    }

    bool settle() noexcept {
      for (;;) {
        current_ = reinterpret_cast<link*>(word_);
        hazards_.set_light(free_hazard_, current_);
        // [SM-2] acquire; pairs with the release [SM-4], [SM-5], [SM-6], [SM-7], [SM-9], [SM-20]:
        //        it was linked still, so that the hazard counts, and its contents are there.
        if (WEFT_UNLIKELY(prev_->load(acquire) != word_)) return false;
        // [SM-3] acquire; pairs with the release [SM-4], [SM-5], [SM-6], [SM-7], [SM-9], [SM-20].
        next_ = current_->next.load(acquire);
        order_ = current_->order.load(relaxed);  // [SM-10] relaxed: seen by [SM-2], or no matter.
        if (WEFT_LIKELY((next_ & k_deleted) == 0 && is_current(*current_, order_))) return true;
        if (!tidy()) return false;
      }
    }
    bool is_current(const link& l, std::uint64_t order) const noexcept {
      return !is_node(order) || static_cast<const node&>(l).generation == generation_;
    }
    bool tidy() noexcept;
    bool unlink(std::uintptr_t to) noexcept;
    void sweep(std::uint64_t first, std::uint64_t last) noexcept;
    link& make_ready(unsigned level, std::uint64_t index) noexcept;
    void link_in(link& bucket, std::uint64_t order, link& from) noexcept;

    split_table& table_;
    hazards hazards_;
    std::size_t free_hazard_ = 0;  // protects current_; the other one the link before it
    shared_word<std::uintptr_t>* prev_ = nullptr;
    link* current_ = nullptr;
    std::uintptr_t word_ = 0;  // what *prev_ held
    std::uintptr_t next_ = 0;
    std::uint64_t order_ = 0;
    std::uint32_t generation_ = 0;
    retired_node* unlinked_ = nullptr;
  };

 private:
  static constexpr std::uintptr_t k_deleted = 1;
  static constexpr std::uint64_t k_node_bits = 3;
  static constexpr std::uint64_t k_claimed = 2;
  static constexpr std::uint64_t k_end_order = ~std::uint64_t{0};
  static constexpr unsigned k_first_level = 3;  // these buckets are in the table itself
  static constexpr unsigned k_last_level = 32;
  static constexpr std::uint64_t k_counted = 7 << 3;  // nodes without these bits are counted
  static constexpr std::size_t k_share_counted = 8;   // one in so many

  static bool is_node(std::uint64_t order) noexcept { return (order & 7) == k_node_bits; }
  static bool is_counted(std::uint64_t order) noexcept { return (order & k_counted) == 0; }

  link& bucket_at(unsigned level, std::uint64_t index) noexcept {
    auto zeros = static_cast<unsigned>(std::countr_zero(index));
    unsigned own = level - zeros;
    if (index == 0 || own <= k_first_level) return first_[index >> (level - k_first_level)];
    // [SM-11] acquire; pairs with the release [SM-12].
    return levels_[own - k_first_level - 1].load(acquire)[index >> (zeros + 1)];
  }

  void count_in(std::uint64_t order) noexcept;
  void count_out(std::uint64_t order) noexcept;
  void grow(unsigned level) noexcept;

  const retired_nodes::traits& traits_;
  link first_[1U << k_first_level];
  link end_;
  shared_word<unsigned> level_{k_first_level};
  shared_word<std::uint32_t> generation_{0};
  shared_word<link*> levels_[k_last_level - k_first_level] = {};
  alignas(k_cache_line) shared_word<std::size_t> count_{0};
  shared_word<bool> growing_{false};
  retired_nodes retired_;
};

}  // namespace detail
}  // namespace weft::inline WEFT_WORLD
WEFT_UNINSTRUMENTED_END
