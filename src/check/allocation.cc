// SPDX-License-Identifier: Apache-2.0
// allocation.cc: new, delete, malloc and free in a checked program.                   Floor 6.
//
// What several have used is kept, once it is given back, until the execution ends, so that who uses
// it all the same is found out. (What one alone has used is not, or a loop that allocates would
// never come back to the same state: spin.cc.) What is new is nobody's: what was known of its place
// is forgotten. Below stands the C library's allocator, by its other names.

#include "check/allocation.h"

#include "check/engine.h"
#include "check/shadow.h"

#include <weft/detail/base/atomic.h>

#include <malloc.h>
#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <new>
#include <vector>

// NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming)
extern "C" {
void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);
void __libc_free(void*);
}

namespace weft::inline WEFT_WORLD {
namespace detail::checker {
namespace {

struct freed_memory {
  static constexpr std::size_t k_most_bytes = 64 << 20;

  std::vector<void*> blocks;
  std::size_t bytes = 0;
};

// Never destroyed: memory is given back at the very end, too.
freed_memory& kept() {
  static auto* all = new freed_memory;
  return *all;
}

void* forget(void* p) noexcept {
  if (p == nullptr) return p;
  engine* e = engine::active();
  if (e == nullptr || !e->serves_program()) return p;
  const engine::own_work here(*e);
  e->memory().forget(p, malloc_usable_size(p));
  return p;
}

void* take(std::size_t size, std::size_t align) noexcept {
  return forget(align <= alignof(std::max_align_t) ? __libc_malloc(size)
                                                   : __libc_memalign(align, size));
}

void* take_or_throw(std::size_t size, std::size_t align) {
  for (;;) {
    if (void* p = take(std::max<std::size_t>(size, 1), align)) return p;
    std::new_handler handler = std::get_new_handler();
    if (handler == nullptr) throw std::bad_alloc();
    handler();
  }
}

// Is it kept? What happens to it then is known here.
bool keeps(engine& e, void* p) noexcept {
  const engine::own_work here(e);
  std::size_t size = malloc_usable_size(p);
  shadow::use by = e.memory().freed(p, size);
  if (by == shadow::use::freed_before) return true;
  freed_memory& all = kept();
  // Of weft's own algorithms each execution is to see the same addresses as new.
  if ((by == shadow::use::own && !seam::g_fine) || all.bytes + size > freed_memory::k_most_bytes)
    return false;
  all.bytes += size;
  all.blocks.push_back(p);
  return true;
}

// The C library aborts if it never gave this out: that is the program's failure, not the engine's.
void give(void* p) noexcept {
  if (p == nullptr) return;
  engine* e = engine::of_program();
  if (e == nullptr || !keeps(*e, p)) __libc_free(p);
}

}  // namespace

void release_freed() noexcept {
  freed_memory& all = kept();
  // The C library gives out first what it got last: so the next execution gets the same addresses
  // in the same order, whoever gave them back first in this one.
  std::ranges::sort(all.blocks, std::greater<>());
  for (void* p : all.blocks) __libc_free(p);
  all.blocks.clear();
  all.bytes = 0;
}

}  // namespace detail::checker
}  // namespace weft::inline WEFT_WORLD

using weft::detail::checker::engine;
using weft::detail::checker::forget;
using weft::detail::checker::give;
using weft::detail::checker::take;
using weft::detail::checker::take_or_throw;

void* operator new(std::size_t size) { return take_or_throw(size, 0); }
void* operator new[](std::size_t size) { return take_or_throw(size, 0); }
void* operator new(std::size_t size, std::align_val_t align) {
  return take_or_throw(size, static_cast<std::size_t>(align));
}
void* operator new[](std::size_t size, std::align_val_t align) {
  return take_or_throw(size, static_cast<std::size_t>(align));
}
void operator delete(void* p) noexcept { give(p); }
void operator delete[](void* p) noexcept { give(p); }
void operator delete(void* p, std::size_t) noexcept { give(p); }
void operator delete[](void* p, std::size_t) noexcept { give(p); }
void operator delete(void* p, std::align_val_t) noexcept { give(p); }
void operator delete[](void* p, std::align_val_t) noexcept { give(p); }
void operator delete(void* p, std::size_t, std::align_val_t) noexcept { give(p); }
void operator delete[](void* p, std::size_t, std::align_val_t) noexcept { give(p); }

// Exceptions, among others, live in what these give.
extern "C" {

void* malloc(std::size_t size) noexcept { return take(size, 0); }
void* calloc(std::size_t n, std::size_t size) noexcept { return forget(__libc_calloc(n, size)); }
void* memalign(std::size_t align, std::size_t size) noexcept { return take(size, align); }
void* aligned_alloc(std::size_t align, std::size_t size) noexcept { return take(size, align); }
int posix_memalign(void** out, std::size_t align, std::size_t size) noexcept {
  bool power = align != 0 && (align & (align - 1)) == 0;
  if (!power || align % sizeof(void*) != 0) return EINVAL;
  void* p = take(size, align);
  if (p == nullptr) return ENOMEM;
  *out = p;
  return 0;
}
void* realloc(void* old, std::size_t size) noexcept {
  if (engine::of_program() == nullptr) return __libc_realloc(old, size);
  if (old == nullptr) return take(size, 0);
  void* p = size == 0 ? nullptr : take(size, 0);
  if (size != 0 && p == nullptr) return nullptr;
  if (p != nullptr) std::memcpy(p, old, std::min(size, malloc_usable_size(old)));
  give(old);
  return p;
}
void free(void* p) noexcept { give(p); }

}  // extern "C"
// NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming)
