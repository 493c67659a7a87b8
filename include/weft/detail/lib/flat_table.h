// SPDX-License-Identifier: Apache-2.0
#pragma once
// flat_table: a hash table in one array, for one goroutine at a time.                 Floor 5.
//
// Linear probing. A slot has the low half of its key's hash as a tag, 0 if it is empty; keys are
// compared only if tags agree, and a larger array is filled without asking for hashes again.
//
// INV-1 no empty slot lies between where a tag belongs and where it is.
// INV-2 at least one slot in four is empty.

#include <weft/detail/base/config.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

WEFT_UNINSTRUMENTED_BEGIN
namespace weft::inline WEFT_WORLD {
namespace detail {

template <class K, class V>
class flat_table {
 public:
  struct entry {
    K key;
    V value;
  };

  flat_table() noexcept = default;
  flat_table(const flat_table&) = delete;
  flat_table& operator=(const flat_table&) = delete;
  ~flat_table() {
    for (std::size_t i = 0; size_ != 0; ++i) {
      if (slots_[i].tag == 0) continue;
      slots_[i].destroy();
      --size_;
    }
  }

  void swap(flat_table& other) noexcept {
    std::swap(slots_, other.slots_);
    std::swap(mask_, other.mask_);
    std::swap(size_, other.size_);
  }

  [[nodiscard]] std::size_t size() const noexcept { return size_; }

  /// The entry with this key, or null. It stays where it is until the next insert() or erase().
  template <class Equal>
  entry* find(std::uint64_t hash, const K& key, const Equal& equal) const {
    if (slots_ == nullptr) return nullptr;
    const std::uint32_t tag = tag_of(hash);
    for (std::size_t i = home(tag);; i = (i + 1) & mask_) {
      slot& s = slots_[i];
      if (s.tag == tag && equal(s.get().key, key)) return &s.get();
      if (s.tag == 0) return nullptr;
    }
  }

  /// Adds a key that is not there. What a constructor throws leaves the table as it was.
  template <class Key, class... Value>
  entry& insert(std::uint64_t hash, Key&& key, Value&&... value) {
    if (slots_ == nullptr || (size_ + 1) * 4 > (mask_ + 1) * 3) grow();
    const std::uint32_t tag = tag_of(hash);
    slot& s = empty_slot(tag);
    s.make(std::forward<Key>(key), std::forward<Value>(value)...);
    s.tag = tag;
    ++size_;
    return s.get();
  }

  struct removed;
  /// Takes out the entry that find() gave, for the caller to destroy.
  removed erase(std::uint64_t hash, const entry& e) noexcept {
    std::size_t hole = home(tag_of(hash));
    while (slots_[hole].tag == 0 || &slots_[hole].get() != &e) hole = (hole + 1) & mask_;
    removed result(slots_[hole]);
    for (std::size_t i = (hole + 1) & mask_; slots_[i].tag != 0; i = (i + 1) & mask_) {
      // Whoever belongs behind the hole stays there.
      if (((i - home(slots_[i].tag)) & mask_) < ((i - hole) & mask_)) continue;
      slots_[hole].take_over(slots_[i]);
      hole = i;
    }
    slots_[hole].tag = 0;
    --size_;
    return result;
  }

  /// Calls f(entry&) for each.
  template <class F>
  void for_each(F&& f) const {
    for (std::size_t i = 0, left = size_; left != 0; ++i) {
      if (slots_[i].tag == 0) continue;
      --left;
      f(slots_[i].get());
    }
  }

 private:
  // Entries whose move may throw, or is long, stay where they are, and pointers to them move.
  static constexpr bool k_in_place = std::is_nothrow_move_constructible_v<K> &&
                                     std::is_nothrow_move_constructible_v<V> &&
                                     sizeof(entry) <= 128;
  using held = std::conditional_t<k_in_place, entry, std::unique_ptr<entry>>;

  struct slot {
    std::uint32_t tag = 0;
    alignas(held) std::byte room[sizeof(held)];  // constructed if tag is not 0

    held& inside() noexcept { return *std::launder(reinterpret_cast<held*>(room)); }
    entry& get() noexcept {
      if constexpr (k_in_place) {
        return inside();
      } else {
        return *inside();
      }
    }
    template <class Key, class... Value>
    void make(Key&& key, Value&&... value) {
      if constexpr (k_in_place) {
        ::new (static_cast<void*>(room))
            entry{std::forward<Key>(key), V(std::forward<Value>(value)...)};
      } else {
        std::unique_ptr<entry> made(
            new entry{std::forward<Key>(key), V(std::forward<Value>(value)...)});
        ::new (static_cast<void*>(room)) held(std::move(made));
      }
    }
    void destroy() noexcept { std::destroy_at(&inside()); }
    // Precondition: nothing is constructed here; nothing is there afterwards.
    void take_over(slot& from) noexcept {
      ::new (static_cast<void*>(room)) held(std::move(from.inside()));
      from.destroy();
      tag = from.tag;
    }
  };

 public:
  struct removed {
    explicit removed(slot& from) noexcept : what(std::move(from.inside())) { from.destroy(); }
    held what;
  };

 private:
  static std::uint32_t tag_of(std::uint64_t hash) noexcept {
    return static_cast<std::uint32_t>(hash) | 1;
  }
  [[nodiscard]] std::size_t home(std::uint32_t tag) const noexcept { return (tag >> 1) & mask_; }

  slot& empty_slot(std::uint32_t tag) noexcept {
    std::size_t i = home(tag);
    while (slots_[i].tag != 0) i = (i + 1) & mask_;
    return slots_[i];
  }

  void grow() {
    flat_table larger;
    const std::size_t n = slots_ == nullptr ? 8 : (mask_ + 1) * 2;
    larger.slots_.reset(new slot[n]);
    larger.mask_ = n - 1;
    for (std::size_t i = 0; size_ != 0; ++i) {
      slot& from = slots_[i];
      if (from.tag == 0) continue;
      larger.empty_slot(from.tag).take_over(from);
      from.tag = 0;
      ++larger.size_;
      --size_;
    }
    swap(larger);
  }

  std::unique_ptr<slot[]> slots_;
  std::size_t mask_ = 0;  // slots, less one
  std::size_t size_ = 0;
};

}  // namespace detail
}  // namespace weft::inline WEFT_WORLD
WEFT_UNINSTRUMENTED_END
