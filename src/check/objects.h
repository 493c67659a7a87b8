// SPDX-License-Identifier: Apache-2.0
#pragma once
// objects: what the operations of one execution are performed on.                     Floor 6.
//
// An object is known by the order in which goroutines come to use it, never by its address: the
// same beginning of an execution gives the same numbers.

#include "check/clock.h"
#include "check/dependence.h"

#include <weft/detail/contract/hb.h>

#include <cstdint>
#include <vector>

namespace weft::inline WEFT_WORLD {
namespace detail::checker {

/// A write to a var, kept for racy reads.
struct var_write {
  std::uint64_t value = 0;
  std::uint16_t who = 0;
  tick epoch = 0;               // of who's happens-before clock
  tick own = 0;                 // which of who's events
  const tick* clock = nullptr;  // happens-before, when it was written
  std::uint32_t event = ~0U;    // its place in the execution; of the first of all: none
};

/// A read of a var, kept where variables are coherent.
struct var_read {
  std::uint16_t who = 0;
  tick epoch = 0;
  std::uint32_t event = 0;
  std::uint32_t found = 0;  // which of the writes
};

struct object {
  struct entry {
    std::uint32_t event;
    access what;
  };
  const void* address = nullptr;
  const hb::snapshot* clock = nullptr;  // of an atomic: what its last write published
  std::uint64_t sends = 0;
  std::uint64_t receives = 0;
  std::uint32_t version = 0;      // how often it was changed
  std::uint16_t holder = 0xffff;  // of a lock
  std::uint16_t gone = 0xffff;    // it was on the stack of this one, which has ended
  std::vector<entry> history;
  std::vector<var_write> writes;
  std::vector<std::uint32_t> order;  // of the writes, where variables are coherent
  std::vector<var_read> reads;
};

class object_table {
 public:
  void reset() noexcept {
    ++run_;
    count_ = 1;
  }

  std::uint32_t number_of(const void* address) {
    if (address == nullptr) return 0;
    if (2 * count_ >= slots_.size()) grow();
    std::size_t mask = slots_.size() - 1;
    for (std::size_t i = hash(address) & mask;; i = (i + 1) & mask) {
      slot& s = slots_[i];
      if (s.run != run_) {
        s = {address, run_, make(address)};
        return s.number;
      }
      if (s.address == address) return s.number;
    }
  }

  /// As number_of(), but 0 for what was not used yet.
  [[nodiscard]] std::uint32_t known(const void* address) const noexcept {
    if (slots_.empty()) return 0;
    std::size_t mask = slots_.size() - 1;
    for (std::size_t i = hash(address) & mask; slots_[i].run == run_; i = (i + 1) & mask)
      if (slots_[i].address == address) return slots_[i].number;
    return 0;
  }

  object& operator[](std::uint32_t number) noexcept { return objects_[number]; }
  [[nodiscard]] std::uint32_t size() const noexcept { return count_; }

 private:
  struct slot {
    const void* address = nullptr;
    std::uint64_t run = 0;
    std::uint32_t number = 0;
  };
  static std::size_t hash(const void* p) noexcept {
    auto x = reinterpret_cast<std::uintptr_t>(p);
    return static_cast<std::size_t>((x >> 2) * 0x9E3779B97F4A7C15ULL >> 29);
  }
  std::uint32_t make(const void* address) {
    if (count_ >= objects_.size()) objects_.resize(count_ + 16);
    object& o = objects_[count_];
    o.address = address;
    o.clock = nullptr;
    o.sends = o.receives = 0;
    o.version = 0;
    o.holder = 0xffff;
    o.gone = 0xffff;
    o.history.clear();
    o.writes.clear();
    o.order.clear();
    o.reads.clear();
    return count_++;
  }
  void grow() {
    std::vector<slot> old(slots_.empty() ? 64 : 2 * slots_.size());
    old.swap(slots_);
    std::size_t mask = slots_.size() - 1;
    for (const slot& s : old) {
      if (s.run != run_) continue;
      std::size_t i = hash(s.address) & mask;
      while (slots_[i].run == run_) i = (i + 1) & mask;
      slots_[i] = s;
    }
  }

  std::vector<slot> slots_;
  std::vector<object> objects_;
  std::uint32_t count_ = 1;
  std::uint64_t run_ = 1;
};

}  // namespace detail::checker
}  // namespace weft::inline WEFT_WORLD
