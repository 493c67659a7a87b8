// SPDX-License-Identifier: Apache-2.0
// Replaces operator new by one that counts; the other forms of the library end up in it.
#include "support/allocations.h"

#include <weft/detail/base/config.h>

#include <atomic>
#include <cstdlib>
#include <new>

namespace {
std::atomic<long> g_allocations = 0;
}

namespace weft_test {
long allocations() noexcept { return g_allocations; }
}  // namespace weft_test

// ThreadSanitizer's own cannot be replaced: nothing is counted in the race build.
#if !WEFT_RACE
void* operator new(std::size_t size) {
  ++g_allocations;
  if (void* p = std::malloc(size != 0 ? size : 1)) return p;
  throw std::bad_alloc();
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  ++g_allocations;
  return std::malloc(size != 0 ? size : 1);
}
void operator delete(void* p) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }
#endif
