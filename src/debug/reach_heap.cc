// SPDX-License-Identifier: Apache-2.0
// reach_heap.cc: following pointers through the C library's heap.                     Floor 6.
//
// A block of glibc's malloc has its size in the word before it, and the block behind it says
// whether it is in use. What looks like that is taken for a block. With another allocator there is
// no heap to be known: its memory counts as reached, and nothing is suspected on its account.

#include "debug/reach.h"

#include <dlfcn.h>
#include <sys/uio.h>
#include <unistd.h>
#include <cstdlib>
#include <cstring>

namespace weft::inline WEFT_WORLD {
namespace debug {
namespace {

constexpr std::uintptr_t k_arena = std::uintptr_t{64} << 20;  // arenas are aligned to this
constexpr std::uintptr_t k_previous_in_use = 1;
constexpr std::uintptr_t k_mapped = 2;
constexpr std::uintptr_t k_flags = 7;
// A pointer may be to a part of what the block begins with.
constexpr std::uintptr_t k_most_inside = 64;

std::uintptr_t word_at(std::uintptr_t address) noexcept {
  std::uintptr_t value = 0;
  std::memcpy(&value, reinterpret_cast<const void*>(address), sizeof value);
  return value;
}

bool allocator_is_known() noexcept {
#if WEFT_HAS_ASAN || WEFT_RACE || !defined(__GLIBC__)
  return false;
#else
  static const bool known = [] {
    Dl_info info{};
    void* const allocate = reinterpret_cast<void*>(&std::malloc);
    return dladdr(allocate, &info) != 0 && info.dli_fname != nullptr &&
           std::strstr(info.dli_fname, "libc.so") != nullptr;
  }();
  return known;
#endif
}

}  // namespace

bool heap_is_known() noexcept { return allocator_is_known(); }

void reach::note_heap(const mapping& m) noexcept {
  if (m.file || m.shared || m.main_stack || m.end - m.start < 64 || heap_count_ == k_most_heaps)
    return;
  if (!heap_known_) return;
  // Other mappings may begin with a guard.
  std::uintptr_t head[2] = {0, 0};
  iovec local{head, sizeof head};
  iovec remote{reinterpret_cast<void*>(m.start), sizeof head};
  if (process_vm_readv(getpid(), &local, 1, &remote, 1, 0) != sizeof head) return;
  bool arena = m.start % k_arena == 0 && head[0] != 0;
  std::uintptr_t size = head[1] & ~k_flags;
  bool one_block = (head[1] & k_flags) == k_mapped && size <= m.end - m.start && head[0] == 0 &&
                   size % 4096 == 0 && size >= 4096;
  if (m.heap || arena || one_block) heaps_[heap_count_++] = {m.start, m.end, 0, 0};
}

bool reach::in_heap(std::uintptr_t address) const noexcept { return heap_of(address) != nullptr; }

const reach::range* reach::heap_of(std::uintptr_t address) const noexcept {
  for (std::size_t i = 0; i < heap_count_; ++i)
    if (address >= heaps_[i].from && address < heaps_[i].to) return &heaps_[i];
  return nullptr;
}

void reach::pointer_into_heap(std::uintptr_t value) noexcept {
  const range* heap = heap_of(value);
  if (heap == nullptr) return;
  std::uintptr_t start = value & ~std::uintptr_t{15};
  for (std::uintptr_t back = 0; back <= k_most_inside; back += 16)
    if (start >= heap->from + 16 + back && visit_block(*heap, start - back)) return;
}

// False if that is no block.
bool reach::visit_block(const range& heap, std::uintptr_t start) noexcept {
  std::uintptr_t header = word_at(start - 8);
  std::uintptr_t size = header & ~k_flags;
  if (size < 32 || size % 16 != 0 || size > heap.to - (start - 16)) return false;
  std::uintptr_t end = start - 16 + size;
  if ((header & k_mapped) == 0) {
    if (end + 16 > heap.to || (word_at(end + 8) & k_previous_in_use) == 0) return false;
    end += 8;  // the last word of a block in use is the first of the next header
  }
  constexpr std::size_t k_mask = 2 * k_most_blocks - 1;
  std::size_t at = (start >> 4) * 0x9E3779B97F4A7C15ULL >> 20 & k_mask;
  for (; block_index_[at] != 0; at = (at + 1) & k_mask)
    if (blocks_[block_index_[at] - 1].from == start) return true;
  if (block_count_ == k_most_blocks) {
    for (std::size_t i = 0; i < count_; ++i) all_[i].traced = true;  // too much to follow
    return true;
  }
  blocks_[block_count_] = {start, end, 0, 0};
  block_index_[at] = static_cast<std::uint32_t>(++block_count_);
  return true;
}

}  // namespace debug
}  // namespace weft::inline WEFT_WORLD
