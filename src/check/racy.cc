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

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>

namespace weft::inline WEFT_WORLD {
namespace detail {
namespace checker {
namespace {

engine* running() noexcept {
  engine* e = engine::active();
  return e != nullptr && e->current() != nullptr && !e->in_timer() ? e : nullptr;
}

constexpr std::size_t k_word = 8;

// A value as a write keeps it: of more than a word, where a copy of it is.
std::uint64_t bits_at(engine& e, const void* p, std::size_t size) {
  std::uint64_t bits = 0;
  if (size <= k_word) {
    std::memcpy(&bits, p, size);
    return bits;
  }
  e.whole_values.push_back(std::make_unique<unsigned char[]>(size));
  std::memcpy(e.whole_values.back().get(), p, size);
  return reinterpret_cast<std::uintptr_t>(e.whole_values.back().get());
}

void copy_bits(void* to, const std::uint64_t& bits, std::size_t size) noexcept {
  std::memcpy(
      to, size <= k_word ? static_cast<const void*>(&bits) : reinterpret_cast<const void*>(bits),
      size);
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
object& history(engine& e, const void* at, std::size_t size) {
  object& o = e.objects[e.objects.number_of(at)];
  if (o.writes.empty()) {
    o.writes.push_back({.value = bits_at(e, at, size)});
    o.order.assign(1, 0);
    o.reads.clear();
  }
  return o;
}

// Which write a read by g finds under Go's model; the last one first.
std::size_t any_visible(engine& e, const std::vector<var_write>& all, const goroutine& g) {
  std::size_t chosen = all.size() - 1;
  unsigned offered = 1;
  for (std::size_t i = all.size() - 1; i-- > 0;) {
    if (all[i + 1].own > g.past[all[i + 1].who]) break;
    offered += visible(all, i, g.clock) ? 1 : 0;
  }
  unsigned taken = e.choose(offered);
  while (taken != 0) {
    --chosen;
    if (visible(all, chosen, g.clock)) --taken;
  }
  return chosen;
}

// One order of the writes of a variable, which need not be that of the execution: a read takes its
// place after a write, a write between two others, not before what it is known to come after. It
// is offered only where every write after that place lies in the past of what comes before it (as
// for Go's model; here the past of the place counts, too).
class coherence {
 public:
  coherence(engine& e, object& o) : e_(e), o_(o), g_(*e.current()) {
    place_.resize(o.writes.size());
    for (std::size_t i = 0; i < o.order.size(); ++i) place_[o.order[i]] = i;
    for (std::size_t i = 1; i < o.writes.size(); ++i)
      if (o.writes[i].epoch <= g_.clock[o.writes[i].who]) least_ = std::max(least_, place_[i]);
    for (const var_read& r : o.reads)
      if (r.epoch <= g_.clock[r.who]) least_ = std::max(least_, place_[r.found]);
  }
  // After which place in the order.
  std::size_t choose(bool writes) {
    std::vector<std::size_t> offered;
    for (std::size_t at = o_.order.size(); at-- > least_;)
      if (offers(at, writes)) offered.push_back(at);
    return offered[e_.choose(static_cast<unsigned>(offered.size()))];
  }

 private:
  bool offers(std::size_t at, bool writes) {
    tick* past = e_.memory_of_clocks.take(e_.width);
    std::copy_n(g_.past, e_.width, past);
    auto add = [&](std::uint32_t event) {
      if (event < e_.events.size() && e_.events[event].past != nullptr)
        join(past, e_.events[event].past, e_.width);
    };
    for (std::size_t i = 0; i <= at; ++i) add(o_.writes[o_.order[i]].event);
    for (const var_read& r : o_.reads)
      if (writes && place_[r.found] <= at) add(r.event);
    for (std::size_t i = at + 1; i < o_.order.size(); ++i) {
      const var_write& w = o_.writes[o_.order[i]];
      if (w.own > past[w.who]) return false;
    }
    return true;
  }

  engine& e_;
  object& o_;
  const goroutine& g_;
  std::vector<std::size_t> place_;  // of each write
  std::size_t least_ = 0;
};

}  // namespace
}  // namespace checker

namespace seam {

namespace {
void note_bits(checker::engine& e, std::uint64_t bits, std::size_t size, bool older) noexcept {
  if (!e.record) return;
  std::string value =
      size <= checker::k_word ? std::to_string(bits) : std::to_string(size) + " bytes";
  e.note_value(value + (older ? " (not the last write)" : ""));
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
  checker::object& o = checker::history(*e, at, size);
  const std::vector<checker::var_write>& all = o.writes;
  const goroutine& g = *e->current();
  std::size_t chosen = all.size() - 1;
  if (e->model == checker::memory_model::go) chosen = checker::any_visible(*e, all, g);
  if (e->model == checker::memory_model::coherent) {
    chosen = o.order[checker::coherence(*e, o).choose(false)];
    o.reads.push_back({g.id, g.clock[g.id], static_cast<std::uint32_t>(e->events.size() - 1),
                       static_cast<std::uint32_t>(chosen)});
  }
  e->note_read(all[chosen], at);
  note_bits(*e, all[chosen].value, size, chosen + 1 != all.size());
  checker::copy_bits(out, all[chosen].value, size);
}

void var_write(void* at, const void* value, std::size_t size) noexcept {
  checker::engine* e = checker::running();
  if (e == nullptr || e->model == checker::memory_model::races) {
    if (e != nullptr) e->memory().access(at, size, true, false);
    std::memcpy(at, value, size);
    return;
  }
  checker::point_on(*e, sched::op::atomic_store, at);
  checker::object& o = checker::history(*e, at, size);
  std::size_t after = o.order.size() - 1;
  if (e->model == checker::memory_model::coherent) after = checker::coherence(*e, o).choose(true);
  o.writes.push_back(e->write_by_current(checker::bits_at(*e, value, size)));
  note_bits(*e, o.writes.back().value, size, false);
  o.order.insert(o.order.begin() + static_cast<std::ptrdiff_t>(after) + 1,
                 static_cast<std::uint32_t>(o.writes.size() - 1));
  checker::copy_bits(at, o.writes[o.order.back()].value, size);
}

std::size_t var_grain() noexcept {
  checker::engine* e = checker::running();
  return e == nullptr || e->tear ? checker::k_word : ~std::size_t{0};
}

}  // namespace seam
}  // namespace detail
}  // namespace weft::inline WEFT_WORLD
