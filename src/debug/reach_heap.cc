// SPDX-License-Identifier: Apache-2.0
// reach_heap.cc: following pointers through the C library's heap.                     Floor 6.
//
// glibc's arenas are rows of blocks, without a gap: in front of each is its size, and whether the
// block before it is in use. An arena is taken for known only if the row can be walked from its
// first block to its very end and every header fits; else all of its memory counts as reached, as
// any other memory that is mapped does: other allocators', and that of blocks with mappings of
// their own.
//
// A thread may have been stopped in the middle of malloc or free. What has no right header then is
// memory that nobody has been given yet, or that has been given back.

#include "debug/reach.h"

#include <dlfcn.h>
#include <sys/uio.h>
#include <unistd.h>
#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace weft::inline WEFT_WORLD {
namespace debug {
namespace {

constexpr std::uintptr_t k_arena = std::uintptr_t{64} << 20;  // arenas are aligned to this
// The low bits of a size.
constexpr std::uintptr_t k_previous_in_use = 1;
constexpr std::uintptr_t k_mapped = 2;
constexpr std::uintptr_t k_not_main = 4;
constexpr std::uintptr_t k_flags = 7;
constexpr std::uintptr_t k_least = 32;
// An arena begins with what glibc has to say of it, which is less than this.
constexpr std::uintptr_t k_most_before = 4096;
// A thread's cache is a block of this size.
constexpr std::uintptr_t k_cache_block = 0x290;

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

// From `first`, the header of a block, to `end`. Notes the blocks, and takes them back if it was no
// row of blocks.
bool reach::walk_arena(std::uintptr_t first, std::uintptr_t end, bool main) noexcept {
  std::size_t before = block_count_;
  std::uintptr_t last = 0;  // the header before this one
  for (std::uintptr_t at = first; at < end;) {
    std::uintptr_t header = word_at(at + 8);
    std::uintptr_t size = header & ~k_flags;
    bool fits = size >= k_least && size % 16 == 0 && size <= end - at && (header & k_mapped) == 0 &&
                block_count_ < k_most_blocks;
    if (at == first) {
      fits = fits && (header & k_previous_in_use) != 0;
    } else if ((header & k_previous_in_use) == 0) {
      // The size of a free block stands behind it, too.
      fits = fits && word_at(at) == (last & ~k_flags);
      blocks_[block_count_ - 1] |= k_free;
    } else {
      fits = fits && ((last & k_not_main) == 0) == main;
    }
    if (!fits) {
      block_count_ = before;
      return false;
    }
    blocks_[block_count_++] = at + k_block_header;
    last = header;
    at += size;
  }
  if (block_count_ == before) return false;
  heaps_[heap_count_++] = {first, end, before, block_count_ - before};
  return true;
}

void reach::note_heap(const mapping& m) noexcept {
  if (!heap_known_ || m.file || m.shared || m.main_stack || m.end - m.start < 4096 ||
      heap_count_ == k_most_heaps)
    return;
  if (m.heap) {
    walk_arena(m.start, m.end, true);
    return;
  }
  if (m.start % k_arena != 0) return;
  // The arena, the one before it, the size in use. Other mappings may begin with a guard.
  std::uintptr_t head[3] = {0, 0, 0};
  iovec local{head, sizeof head};
  iovec remote{reinterpret_cast<void*>(m.start), sizeof head};
  if (process_vm_readv(getpid(), &local, 1, &remote, 1, 0) != sizeof head) return;
  if (head[0] <= m.start || head[0] > m.start + 128 || head[1] != 0) return;
  if (head[2] < k_most_before || head[2] % 4096 != 0 || head[2] > m.end - m.start) return;
  // The first block is where the first row of blocks begins. It need not be the cache of the thread
  // that made the arena: that has been given back if the thread has ended, and may be anything now.
  for (std::uintptr_t at = m.start + 256; at < m.start + k_most_before; at += 16) {
    if ((word_at(at + 8) & k_flags) != (k_not_main | k_previous_in_use)) continue;
    if (!walk_arena(at, m.start + head[2], false)) continue;
    add_skip(m.start, at);  // what glibc has to say of it: where its free blocks are
    return;
  }
}

void reach::note_heaps() noexcept {
  for_each_mapping([](void* self, const mapping& m) { static_cast<reach*>(self)->note_heap(m); },
                   this);
  std::sort(heaps_, heaps_ + heap_count_,
            [](const range& a, const range& b) { return a.from < b.from; });
  // Its blocks are not looked at unless something leads there.
  for (std::size_t i = 0; i < heap_count_; ++i)
    if (!add_skip(heaps_[i].from, heaps_[i].to)) complete_ = false;
}

// The block that the address is in, or at the end of, with its marks; null if there is none.
std::uintptr_t* reach::block_at(std::uintptr_t address) noexcept {
  const range* heap = std::upper_bound(heaps_, heaps_ + heap_count_, address,
                                       [](std::uintptr_t v, const range& r) { return v < r.from; });
  if (heap == heaps_) return nullptr;
  --heap;
  if (address >= heap->to) return nullptr;
  std::uintptr_t* first = blocks_ + heap->first;
  std::uintptr_t* behind =
      std::upper_bound(first, first + heap->stride, address,
                       [](std::uintptr_t v, std::uintptr_t b) { return v < (b & ~k_marks); });
  return behind == first ? nullptr : behind - 1;
}

// To any part of a block, and to its end.
void reach::pointer_into_heap(std::uintptr_t value) noexcept {
  std::uintptr_t* block = block_at(value);
  if (block == nullptr || (*block & k_marks) != 0) return;  // none, free, or seen
  *block |= k_seen;
  seen_blocks_[seen_count_++] = static_cast<std::uint32_t>(block - blocks_);
}

// A thread's cache of free blocks: for each of 64 sizes a count and the first block. Each free
// block has the same random number in its second word. What looks so has no pointers but these, and
// to follow them would be to take for alive what has been freed last.
bool reach::is_cache(std::uintptr_t start) noexcept {
  constexpr std::size_t k_sizes = 64;
  if ((word_at(start - 8) & ~k_flags) != k_cache_block) return false;
  std::uint16_t counts[k_sizes];
  std::memcpy(counts, reinterpret_cast<const void*>(start), sizeof counts);
  std::uintptr_t key = 0;
  for (std::size_t i = 0; i < k_sizes; ++i) {
    std::uintptr_t first = word_at(start + sizeof counts + i * sizeof(std::uintptr_t));
    if ((first == 0) != (counts[i] == 0)) return false;
    if (first == 0) continue;
    const std::uintptr_t* block = block_at(first);
    if (block == nullptr || (*block & ~k_seen) != first) return false;
    if ((word_at(first - 8) & ~k_flags) != k_least + 16 * i) return false;
    std::uintptr_t number = word_at(first + 8);
    if (number == 0 || (key != 0 && number != key)) return false;
    key = number;
  }
  return true;
}

void reach::scan_block(std::uint32_t i) noexcept {
  std::uintptr_t start = start_of(i);
  if (is_cache(start)) return;
  // To where the next one begins, the first word of whose header is this one's, too.
  const range* heap = std::find_if(heaps_, heaps_ + heap_count_, [&](const range& h) {
    return i >= h.first && i < h.first + h.stride;
  });
  bool last = i + 1 == heap->first + heap->stride;
  std::uintptr_t end = last ? heap->to : start_of(i + 1) - sizeof(std::uintptr_t);
  words(start, reinterpret_cast<const std::uintptr_t*>(start), (end - start) / sizeof(end));
}

}  // namespace debug
}  // namespace weft::inline WEFT_WORLD
