// SPDX-License-Identifier: Apache-2.0
// pages.cc: mmap and madvise; the guard ladder.                                       Floor 1.

#include "os/pages.h"

#include <weft/detail/base/atomic.h>

#include <sys/mman.h>
#include <unistd.h>
#include <cstdio>

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif
#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#endif

namespace weft::inline WEFT_WORLD {
namespace detail::os {
namespace {

// Guards by mprotect split mappings: leave more than half of the kernel's limit to the program.
long mapping_budget() noexcept {
  long limit = 65530;
  if (std::FILE* f = std::fopen("/proc/sys/vm/max_map_count", "re")) {
    if (std::fscanf(f, "%ld", &limit) != 1) limit = 65530;
    std::fclose(f);
  }
  return limit * 45 / 100 / 2;
}

shared_word<bool> g_guard_install_works{true};
shared_word<long> g_budget{-1};

}  // namespace

std::size_t page_size() noexcept {
  static const auto size = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  return size;
}

void* reserve_pages(std::size_t bytes) noexcept {
  void* p = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (p == MAP_FAILED) return nullptr;
  madvise(p, bytes, MADV_NOHUGEPAGE);
  return p;
}

void release_pages(void* start, std::size_t bytes) noexcept { munmap(start, bytes); }

guard_mode install_guard(void* start, std::size_t bytes) noexcept {
  if (g_guard_install_works.load(relaxed)) {  // [PG-1] relaxed: a hint, each thread may find out.
    if (madvise(start, bytes, MADV_GUARD_INSTALL) == 0) return guard_mode::guard_install;
    g_guard_install_works.store(false, relaxed);  // [PG-2] relaxed: as [PG-1].
  }
  if (g_budget.load() < 0) {
    long unset = -1;
    g_budget.compare_exchange_strong(unset, mapping_budget());
  }
  if (g_budget.load() > 0 && mprotect(start, bytes, PROT_NONE) == 0) {
    g_budget.fetch_sub(1);
    return guard_mode::protect;
  }
  return guard_mode::canary;
}

guard_mode best_guard_mode() noexcept {
  if (g_guard_install_works.load()) return guard_mode::guard_install;
  return g_budget.load() != 0 ? guard_mode::protect : guard_mode::canary;
}

void limit_guard_mode(guard_mode best) noexcept {
  if (best != guard_mode::guard_install) g_guard_install_works.store(false);
  if (best == guard_mode::canary) g_budget.store(0);
}

void populate_pages(void* start, std::size_t bytes) noexcept {
  madvise(start, bytes, MADV_POPULATE_WRITE);
}

void discard_pages(void* start, std::size_t bytes) noexcept {
  madvise(start, bytes, MADV_DONTNEED);
}

}  // namespace detail::os
}  // namespace weft::inline WEFT_WORLD
