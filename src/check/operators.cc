// SPDX-License-Identifier: Apache-2.0
// operators.cc: new and delete in a checked program.                                  Floor 6.
//
// Memory that is given back counts as written by whoever frees it, and is new to whoever gets it
// next: what was known of it is forgotten.

#include "check/engine.h"
#include "check/shadow.h"

#include <malloc.h>
#include <cstdlib>
#include <new>

namespace weft::inline WEFT_WORLD {
namespace detail::checker {
namespace {

engine* seen() noexcept {
  engine* e = engine::active();
  return e != nullptr && e->in_program() ? e : nullptr;
}

void* take(std::size_t size, std::size_t align) {
  if (size == 0) size = 1;
  for (;;) {
    void* p = align <= alignof(std::max_align_t)
                  ? std::malloc(size)
                  : std::aligned_alloc(align, (size + align - 1) / align * align);
    if (p != nullptr) {
      if (engine* e = seen()) e->memory().forget(p, malloc_usable_size(p));
      return p;
    }
    std::new_handler handler = std::get_new_handler();
    if (handler == nullptr) throw std::bad_alloc();
    handler();
  }
}

void give(void* p) noexcept {
  if (p == nullptr) return;
  if (engine* e = seen()) e->memory().freed(p, malloc_usable_size(p));
  std::free(p);
}

}  // namespace
}  // namespace detail::checker
}  // namespace weft::inline WEFT_WORLD

using weft::detail::checker::give;
using weft::detail::checker::take;

void* operator new(std::size_t size) { return take(size, 0); }
void* operator new[](std::size_t size) { return take(size, 0); }
void* operator new(std::size_t size, std::align_val_t align) {
  return take(size, static_cast<std::size_t>(align));
}
void* operator new[](std::size_t size, std::align_val_t align) {
  return take(size, static_cast<std::size_t>(align));
}
void operator delete(void* p) noexcept { give(p); }
void operator delete[](void* p) noexcept { give(p); }
void operator delete(void* p, std::size_t) noexcept { give(p); }
void operator delete[](void* p, std::size_t) noexcept { give(p); }
void operator delete(void* p, std::align_val_t) noexcept { give(p); }
void operator delete[](void* p, std::align_val_t) noexcept { give(p); }
void operator delete(void* p, std::size_t, std::align_val_t) noexcept { give(p); }
void operator delete[](void* p, std::size_t, std::align_val_t) noexcept { give(p); }
