// SPDX-License-Identifier: Apache-2.0
// stack_samples.cc: see stack_samples.h.                                              Floor 3.

#include "runtime/stack_samples.h"

#include "arch/interrupted.h"
#include "runtime/scheduler.h"

#include <unwind.h>
#include <cstdlib>
#include <cstring>

namespace weft::inline WEFT_WORLD {
namespace detail {
namespace {

// Unwinding takes some stack of its own.
constexpr std::ptrdiff_t k_unwind_bytes = 12 * 1024;

_Unwind_Reason_Code add_frame(_Unwind_Context* context, void* data) {
  auto& s = *static_cast<stack_sample*>(data);
  if (s.count == k_max_frames) return _URC_END_OF_STACK;
  int before_instruction = 0;
  std::uintptr_t pc = _Unwind_GetIPInfo(context, &before_instruction);
  if (pc == 0) return _URC_END_OF_STACK;
  // A frame interrupted by a signal stands at its next instruction already.
  s.pcs[s.count++] = before_instruction != 0 ? pc + 1 : pc;
  return _URC_NO_REASON;
}

}  // namespace

// Their names are what a profile shows in place of a stack.
extern "C" {
[[gnu::used]] WEFT_NOINLINE void weft_stack_nearly_exhausted() noexcept { asm volatile(""); }
[[gnu::used]] WEFT_NOINLINE void weft_stacks_beyond_the_tables_limit() noexcept {
  asm volatile("");
}
}

void unwind_into(stack_sample& s) noexcept {
  s.count = 0;
  _Unwind_Backtrace(add_frame, &s);
}

void unwind_interrupted(stack_sample& s, const arch::interrupted& at) noexcept {
  unwind_into(s);
  // The handler's own frames come first, down to where the signal came.
  std::size_t skip = 0;
  while (skip < s.count && s.pcs[skip] != at.pc + 1) ++skip;
  if (skip < s.count) {
    s.count -= skip;
    for (std::size_t i = 0; i < s.count; ++i) s.pcs[i] = s.pcs[i + skip];
  } else {
    s.pcs[0] = at.pc + 1;
    s.count = 1;
  }
}

bool capture_stack(stack_sample& s) noexcept {
  worker* w = current_worker();
  if (w != nullptr) {
    goroutine* g = w->current.load(relaxed);  // [SS-1] relaxed: own.
    const char* here = static_cast<char*>(__builtin_frame_address(0));
    if (g != &w->base && here >= g->stack_low && here - g->stack_low < k_unwind_bytes) {
      s.pcs[0] = reinterpret_cast<std::uintptr_t>(&weft_stack_nearly_exhausted) + 1;
      s.count = 1;
      return false;
    }
  }
  unwind_into(s);
  return true;
}

std::uint64_t stack_table::hash_of(const stack_sample& s) noexcept {
  std::uint64_t h = s.count;
  for (std::size_t i = 0; i < s.count; ++i) {
    h = (h ^ s.pcs[i]) * 0x9E3779B97F4A7C15;
    h ^= h >> 32;
  }
  return h;
}

// Holds: p.guard. Null if the table is full or there is no memory.
stack_table::record* stack_table::find_or_add(part& p, const stack_sample& s) noexcept {
  std::uint64_t hash = hash_of(s);
  record*& first = p.buckets[hash % k_buckets];
  std::size_t bytes = s.count * sizeof(std::uintptr_t);
  for (record* r = first; r != nullptr; r = r->next)
    if (r->hash == hash && r->frames == s.count && std::memcmp(r->pcs(), s.pcs, bytes) == 0)
      return r;
  // The last places are for the entry that stands for all that find none.
  bool stand_in = s.count == 1;
  std::uint32_t n = records_.load(relaxed);  // [SS-2] relaxed: a bound, not exact.
  if (!stand_in && n + k_parts >= k_max_records) return nullptr;
  auto* r = static_cast<record*>(std::malloc(sizeof(record) + bytes));
  if (r == nullptr) return nullptr;
  *r = record{first, hash, 0, 0, s.count};
  std::memcpy(r->pcs(), s.pcs, bytes);
  first = r;
  records_.fetch_add(1, relaxed);  // [SS-3] relaxed: as [SS-2].
  return r;
}

void stack_table::add(const stack_sample& s, double count, double value) noexcept {
  part& p = parts_[processor_hint() % k_parts];
  lock_scope hold(p.guard);
  record* r = find_or_add(p, s);
  if (r == nullptr) {
    stack_sample full;
    full.pcs[0] = reinterpret_cast<std::uintptr_t>(&weft_stacks_beyond_the_tables_limit) + 1;
    full.count = 1;
    r = find_or_add(p, full);
    if (r == nullptr) return;
  }
  r->count += count;
  r->value += value;
}

stack_table::record* stack_table::locked_copy_first(part& p, record*& first) noexcept {
  lock_scope hold(p.guard);
  return first;
}

void stack_table::read(part& p, record& r, stack_sample& s, double& count, double& value) noexcept {
  lock_scope hold(p.guard);
  s.count = r.frames;
  std::memcpy(s.pcs, r.pcs(), r.frames * sizeof(std::uintptr_t));
  count = r.count;
  value = r.value;
}

}  // namespace detail
}  // namespace weft::inline WEFT_WORLD
