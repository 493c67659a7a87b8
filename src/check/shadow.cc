// SPDX-License-Identifier: Apache-2.0
// shadow.cc: see shadow.h.                                                            Floor 6.

#include "check/shadow.h"

#include "check/engine.h"
#include "check/stacks.h"

#include <algorithm>

namespace weft::inline WEFT_WORLD {
namespace detail::checker {

struct shadow::cell {
  std::uintptr_t word = 0;
  std::uint64_t run = 0;
  std::uint16_t only = k_nobody;  // who has used it
  std::vector<mark> reads;
  std::vector<mark> writes;
};

namespace {
constexpr std::uint16_t k_several = k_nobody - 1;
constexpr std::size_t k_most_sites = std::size_t{1} << 20;
}  // namespace

shadow::shadow() : cells_(256) {}
shadow::~shadow() = default;

void shadow::reset(engine& e) noexcept {
  engine_ = &e;
  ++run_;
  used_.clear();
  hidden_ = 0;
  sites_.clear();
  sites_noted_ = 0;
}

void shadow::begin_goroutine(goroutine& g) noexcept {
  g.shadow_stack = nullptr;
  forget_stack(g.stack.low, g.stack.high);
}

namespace {
std::size_t hash(std::uintptr_t word) noexcept {
  return static_cast<std::size_t>(word * 0x9E3779B97F4A7C15ULL >> 24);
}
}  // namespace

shadow::cell* shadow::find(std::uintptr_t word) noexcept {
  std::size_t mask = cells_.size() - 1;
  for (std::size_t i = hash(word) & mask;; i = (i + 1) & mask) {
    cell& c = cells_[i];
    if (c.run != run_) return nullptr;
    if (c.word == word) return &c;
  }
}

shadow::cell& shadow::cell_at(std::uintptr_t word) {
  if (2 * used_.size() >= cells_.size()) grow();
  std::size_t mask = cells_.size() - 1;
  for (std::size_t i = hash(word) & mask;; i = (i + 1) & mask) {
    cell& c = cells_[i];
    if (c.run != run_) {
      c.run = run_;
      c.word = word;
      c.only = k_nobody;
      c.reads.clear();
      c.writes.clear();
      used_.push_back(i);
      return c;
    }
    if (c.word == word) return c;
  }
}

void shadow::grow() {
  std::vector<cell> old(2 * cells_.size());
  old.swap(cells_);
  std::size_t mask = cells_.size() - 1;
  for (std::size_t& u : used_) {
    std::size_t i = hash(old[u].word) & mask;
    while (cells_[i].run == run_) i = (i + 1) & mask;
    cells_[i] = std::move(old[u]);
    u = i;
  }
}

shadow::mark shadow::mark_of_current() {
  mark now;
  now.who = engine_->current()->id;
  now.epoch = engine_->clock_of_current()[now.who];
  if (engine_->record) {
    now.site = static_cast<std::uint32_t>(++sites_noted_);
    site s{stack_of_caller(*engine_->current()), engine_->steps_taken(), now.site};
    if (sites_.size() < k_most_sites) {
      sites_.push_back(std::move(s));
    } else {
      sites_[(sites_noted_ - 1) % k_most_sites] = std::move(s);
    }
  }
  return now;
}

void shadow::access(const void* address, std::size_t size, bool write, bool atomic,
                    sched::op by) noexcept {
  if (hidden_ > 0 || size == 0) return;
  const engine::own_work here(*engine_);
  if (write && !atomic) engine_->note_write(address);
  auto at = reinterpret_cast<std::uintptr_t>(address);
  const tick* clock = engine_->clock_of_current();
  mark now = mark_of_current();
  now.atomic = atomic;
  now.by = by;
  std::uintptr_t end = at + size;
  for (std::uintptr_t word = at & ~std::uintptr_t{7}; word < end; word += 8) {
    unsigned from = word < at ? static_cast<unsigned>(at - word) : 0;
    unsigned to = word + 8 > end ? static_cast<unsigned>(end - word) : 8;
    now.bytes = static_cast<std::uint8_t>((0xffU << from) & (0xffU >> (8 - to)));
    compare(cell_at(word), word, now, write, clock);
  }
}

void shadow::compare(cell& c, std::uintptr_t word, const mark& now, bool write,
                     const tick* clock) noexcept {
  auto look = [&](std::vector<mark>& marks, bool wrote, bool matter) {
    std::erase_if(marks, [&](const mark& m) {
      if ((m.bytes & now.bytes) == 0) return false;
      if (m.frees) {
        report(word, now, write, m, wrote);
        return true;  // once is enough
      }
      bool ordered = m.who == now.who || m.epoch <= clock[m.who];
      if (!ordered && matter && !(m.atomic && now.atomic)) report(word, now, write, m, wrote);
      // What comes before this access is of no more interest, if this access stands for it.
      bool stands_for = (m.bytes & ~now.bytes) == 0 && m.atomic == now.atomic && (write || !wrote);
      return ordered && stands_for;
    });
  };
  if (c.only != now.who) c.only = c.only == k_nobody ? now.who : k_several;
  look(c.writes, true, true);
  look(c.reads, false, write);
  (write ? c.writes : c.reads).push_back(now);
}

void shadow::forget(const void* address, std::size_t size) noexcept {
  if (used_.empty()) return;
  auto at = reinterpret_cast<std::uintptr_t>(address);
  for (std::uintptr_t word = at & ~std::uintptr_t{7}; word < at + size; word += 8) {
    if (cell* c = find(word)) {
      c->only = k_nobody;
      c->reads.clear();
      c->writes.clear();
    }
  }
}

shadow::use shadow::freed(const void* address, std::size_t size) noexcept {
  use by = use::own;
  if (hidden_ > 0) {
    forget(address, size);
    return by;
  }
  auto at = reinterpret_cast<std::uintptr_t>(address);
  std::uintptr_t first = at & ~std::uintptr_t{7};
  const tick* clock = engine_->clock_of_current();
  mark now = mark_of_current();
  now.bytes = 0xff;
  now.frees = true;
  bool known = false;
  for (std::uintptr_t word = first; word < at + size; word += 8) {
    cell* c = word == first ? &cell_at(word) : find(word);
    if (c == nullptr) continue;
    bool used = !c->reads.empty() || !c->writes.empty();
    if (!used && word != first) continue;
    known = known || used;
    if (used && c->writes.size() == 1 && c->writes.front().frees) by = use::freed_before;
    compare(*c, word, now, true, clock);
    if (c->only != now.who && by == use::own) by = use::others;
    c->reads.clear();
    c->writes.assign(1, now);
    if (by == use::freed_before) break;
  }
  if (known) engine_->note_write(address);
  return by;
}

// A stack is large, and what was touched of it little.
void shadow::forget_stack(const char* low, const char* high) noexcept {
  auto l = reinterpret_cast<std::uintptr_t>(low);
  auto h = reinterpret_cast<std::uintptr_t>(high);
  for (std::size_t i : used_) {
    cell& c = cells_[i];
    if (c.word < l || c.word >= h) continue;
    c.only = k_nobody;
    c.reads.clear();
    c.writes.clear();
  }
}

void shadow::report(std::uintptr_t word, const mark& now, bool now_writes, const mark& before,
                    bool before_wrote) noexcept {
  race_found r;
  auto shared = static_cast<unsigned>(now.bytes & before.bytes);
  r.address = reinterpret_cast<const void*>(word + static_cast<unsigned>(__builtin_ctz(shared)));
  auto fill = [&](access_site& s, const mark& m, bool wrote) {
    s.who = m.who;
    s.write = wrote;
    s.atomic = m.atomic;
    s.frees = m.frees;
    s.by = m.by;
    s.size = static_cast<std::size_t>(__builtin_popcount(m.bytes));
    if (!engine_->record) return;
    const site& at = sites_[(m.site - 1) % k_most_sites];
    if (at.number != m.site) return;  // it was too long ago
    s.stack = at.stack;
    s.step = at.step;
  };
  fill(r.now, now, now_writes);
  fill(r.before, before, before_wrote);
  engine_->races.push_back(std::move(r));
}

}  // namespace detail::checker
}  // namespace weft::inline WEFT_WORLD
