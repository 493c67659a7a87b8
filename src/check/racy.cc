// SPDX-License-Identifier: Apache-2.0
// racy.cc: what a read of a var may find.                                             Floor 6.
//
// Go's memory model lets a racy read of a word find any write that is not hidden from it: one that
// does not come after it, and is not followed by another that comes before it. Which of them are
// worth offering is the two-clock rule: an older write is offered only if every later one is in the
// dependency past of the reader, which no schedule can change any more, though not in its
// happens-before past. Else the search reaches the same by running the reader earlier. Acausal
// results (load buffering) are not explored.

#include "check/engine.h"
#include "check/shadow.h"

#include <weft/var.h>

#include <cstring>

namespace weft::inline WEFT_WORLD {
namespace detail {
namespace checker {
namespace {

engine* running() noexcept {
  engine* e = engine::active();
  return e != nullptr && e->current() != nullptr && !e->in_timer() ? e : nullptr;
}

std::uint64_t bits_at(const void* p, std::size_t size) noexcept {
  std::uint64_t bits = 0;
  std::memcpy(&bits, p, size);
  return bits;
}

bool follows(const var_write& earlier, const var_write& later) noexcept {
  return later.clock != nullptr && earlier.epoch <= later.clock[earlier.who];
}

// May a read with this clock find it, for all that came later?
bool visible(const std::vector<var_write>& all, std::size_t i, const tick* clock) noexcept {
  for (std::size_t k = i + 1; k < all.size(); ++k)
    if (all[k].epoch <= clock[all[k].who] && (i == 0 || follows(all[i], all[k]))) return false;
  return true;
}

void point_on(engine& e, sched::op what, const void* at) noexcept {
  goroutine& g = *e.current();
  g.next = {.kind = pending::plain, .what = what, .object = e.objects.number_of(at), .address = at};
  e.stand(g);
}

// The first write of all is the making of the variable: it comes before everything.
std::vector<var_write>& history(engine& e, const void* at, std::size_t size) {
  std::vector<var_write>& all = e.objects[e.objects.number_of(at)].writes;
  if (all.empty()) all.push_back({.value = bits_at(at, size)});
  return all;
}

}  // namespace
}  // namespace checker

namespace seam {

namespace {
void note_bits(checker::engine& e, std::uint64_t bits, bool older) noexcept {
  if (!e.record) return;
  e.note_value(std::to_string(bits) + (older ? " (not the last write)" : ""));
}
}  // namespace

void var_made(const void* at, std::size_t size) noexcept {
  checker::engine* e = checker::running();
  if (e == nullptr) return;
  if (e->model == checker::memory_model::races) {
    e->memory().access(at, size, true, false);
  } else {
    e->objects[e->objects.number_of(at)].writes.clear();
  }
}

void var_read(const void* at, void* out, std::size_t size) noexcept {
  checker::engine* e = checker::running();
  if (e == nullptr || e->model == checker::memory_model::races) {
    if (e != nullptr) e->memory().access(at, size, false, false);
    std::memcpy(out, at, size);
    return;
  }
  checker::point_on(*e, sched::op::atomic_load, at);
  std::vector<checker::var_write>& all = checker::history(*e, at, size);
  const goroutine& g = *e->current();
  std::size_t chosen = all.size() - 1;
  if (e->model == checker::memory_model::go && g.past != nullptr) {
    unsigned offered = 1;
    for (std::size_t i = all.size() - 1; i-- > 0;) {
      if (all[i + 1].own > g.past[all[i + 1].who]) break;
      offered += checker::visible(all, i, g.clock) ? 1 : 0;
    }
    unsigned taken = e->choose(offered);
    while (taken != 0) {
      --chosen;
      if (checker::visible(all, chosen, g.clock)) --taken;
    }
  }
  e->note_read(all[chosen], at);
  note_bits(*e, all[chosen].value, chosen + 1 != all.size());
  std::memcpy(out, &all[chosen].value, size);
}

void var_write(void* at, const void* value, std::size_t size) noexcept {
  checker::engine* e = checker::running();
  if (e == nullptr || e->model == checker::memory_model::races) {
    if (e != nullptr) e->memory().access(at, size, true, false);
    std::memcpy(at, value, size);
    return;
  }
  checker::point_on(*e, sched::op::atomic_store, at);
  std::vector<checker::var_write>& all = checker::history(*e, at, size);
  all.push_back(e->write_by_current(checker::bits_at(value, size)));
  note_bits(*e, all.back().value, false);
  std::memcpy(at, value, size);
}

}  // namespace seam
}  // namespace detail
}  // namespace weft::inline WEFT_WORLD
