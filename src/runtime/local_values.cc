// SPDX-License-Identifier: Apache-2.0
// local_values.cc: storage behind goroutine_local.                                    Floor 3.

#include "runtime/local_values.h"

#include <weft/goroutine_local.h>

#include "runtime/scheduler.h"

#include <vector>

namespace weft::inline WEFT_WORLD {
namespace detail {

// A list, as a goroutine has few: a look-up is a short scan.
struct local_values {
  struct entry {
    std::uint64_t key;
    void* value;
    void (*destroy)(void*);
  };
  std::vector<entry> entries;
};

namespace {

struct thread_locals {
  local_values* values = nullptr;
  ~thread_locals() { run_local_destructors(values); }
};
thread_local thread_locals t_values;

WEFT_NOINLINE local_values*& thread_slot() noexcept {
  thread_locals* t = &t_values;
  asm volatile("" : "+r"(t));
  return t->values;
}

local_values*& current_slot() noexcept {
  worker* w = current_worker();
  return w == nullptr ? thread_slot() : w->current.load()->locals;
}

}  // namespace

std::uint64_t new_local_key() noexcept {
  static shared_word<std::uint64_t> last{0};
  return last.fetch_add(1);
}

void* find_local(std::uint64_t key) noexcept {
  local_values* all = current_slot();
  if (all == nullptr) return nullptr;
  for (const local_values::entry& e : all->entries)
    if (e.key == key) return e.value;
  return nullptr;
}

void add_local(std::uint64_t key, void* value, void (*destroy)(void*)) {
  local_values*& slot = current_slot();
  if (slot == nullptr) slot = new local_values;
  slot->entries.push_back({key, value, destroy});
}

void run_local_destructors(local_values*& values) noexcept {
  if (values == nullptr) return;
  while (!values->entries.empty()) {
    local_values::entry last = values->entries.back();
    values->entries.pop_back();
    last.destroy(last.value);
  }
  delete values;
  values = nullptr;
}

}  // namespace detail
}  // namespace weft::inline WEFT_WORLD
