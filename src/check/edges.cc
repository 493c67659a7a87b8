// SPDX-License-Identifier: Apache-2.0
// edges.cc: the edges of hb.h as vector clocks.                                       Floor 6.

#include "check/engine.h"
#include "check/shadow.h"
#include "check/words.h"

#include <weft/detail/base/atomic.h>
#include <weft/detail/contract/sched.h>

#include <algorithm>

namespace weft::inline WEFT_WORLD {
namespace detail::hb {
namespace {

checker::engine* active() noexcept {
  checker::engine* e = checker::engine::active();
  return e != nullptr && e->current() != nullptr ? e : nullptr;
}

// At the grain of weft's own atomics these make the edges.
checker::engine* told() noexcept { return seam::g_fine ? nullptr : active(); }

}  // namespace

void release(cell& c) noexcept {
  if (checker::engine* e = told()) c.set(e->publish(), e->execution());
}

void release_merge(cell& c) noexcept {
  checker::engine* e = told();
  if (e == nullptr) return;
  const snapshot* before = c.get(e->execution());
  const snapshot* mine = e->publish();
  if (before != nullptr) {
    checker::tick* both = e->memory_of_clocks.take(e->width);
    std::copy_n(mine->at, e->width, both);
    checker::join(both, before->at, e->width);
    mine = reinterpret_cast<const snapshot*>(both);
  }
  c.set(mine, e->execution());
}

void acquire(cell& c) noexcept {
  if (checker::engine* e = told()) e->learn(c.get(e->execution()));
}

void moving_cell::take_over(const moving_cell& other) noexcept {
  if (checker::engine* e = told()) set(other.get(e->execution()), e->execution());
}

namespace {

// Sends and closes, adds and waits that have to be ordered access one byte of their object.
sched::op operation_of(checker::engine& e, const void* address, std::size_t size) noexcept {
  if (size != 1) return sched::op::spawn;
  const sched::op what = e.current()->next.what;
  switch (what) {
    case sched::op::wait_group_add:
    case sched::op::wait_group_wait:
      return what;
    case sched::op::chan_send:
    case sched::op::chan_close:
      return e.objects.known(address) != 0 ? what : sched::op::spawn;
    case sched::op::select:
      return e.objects.known(address) != 0 ? sched::op::chan_send : sched::op::spawn;
    default:
      return sched::op::spawn;
  }
}

}  // namespace

void read(const void* address, std::size_t size) noexcept {
  if (checker::engine* e = told())
    e->memory().access(address, size, false, false, operation_of(*e, address, size));
}
void write(const void* address, std::size_t size) noexcept {
  checker::engine* e = told();
  if (e == nullptr) return;
  // Any of those who wait for a wait_group may be the first to block: they race with an add, and
  // not with each other.
  bool among_waiters = size == 1 && e->current()->next.what == sched::op::wait_group_wait;
  e->memory().access(address, size, true, among_waiters, operation_of(*e, address, size));
}

other_clock::other_clock(origin from, cell& known) noexcept {
  checker::engine* e = told();
  if (e == nullptr) return;
  checker::tick* clock = e->memory_of_clocks.take(e->width);
  if (from == origin::caller) {
    std::copy_n(e->clock_of_current(), e->width, clock);
  } else {
    std::fill_n(clock, e->width, 0);
  }
  if (const snapshot* s = known.get(e->execution())) checker::join(clock, s->at, e->width);
  kept_ = e->borrow(clock);
}

other_clock::~other_clock() {
  if (checker::engine* e = told()) e->borrow(static_cast<checker::tick*>(kept_));
}

unseen_scope::unseen_scope() noexcept {
  if (checker::engine* e = told()) e->memory().hide(1);
}
unseen_scope::~unseen_scope() {
  if (checker::engine* e = told()) e->memory().hide(-1);
}

moving_cell& slot_cells::at(std::size_t i) noexcept {
  if (cells_ == nullptr)
    cells_ = std::make_unique<moving_cell[]>(2 * std::max<std::size_t>(capacity_, 1));
  return cells_[i];
}

}  // namespace detail::hb

namespace detail::seam {

namespace {

// Words of two bytes and more are taken for signed numbers.
void note_word(checker::engine& e, const void* word, std::size_t size) noexcept {
  if (e.current()->next.address != word) return;  // a reference count, by the way
  std::int64_t v = 0;
  switch (size) {
    case 1:
      // A boolean mostly, and never negative.
      v = *static_cast<const std::uint8_t*>(word);
      break;
    case 2:
      v = *static_cast<const std::int16_t*>(word);
      break;
    case 4:
      v = *static_cast<const std::int32_t*>(word);
      break;
    case 8:
      v = *static_cast<const std::int64_t*>(word);
      break;
    default:
      return;
  }
  constexpr std::int64_t k_pointers = std::int64_t{1} << 40;
  if (size == 8 && v > k_pointers) {
    sched::note_pointer(reinterpret_cast<const void*>(v));
  } else {
    e.note_value(std::to_string(v));
  }
}

}  // namespace

void observed(const void* word, std::size_t size) noexcept {
  checker::engine* e = hb::active();
  if (e == nullptr) return;
  if (e->record) note_word(*e, word, size);
  e->learn(e->words[e->words.number_of(word)].clock);
  e->memory().access(word, size, false, true);
  checker::engine::clean_up(*e->current());
}

void published(const void* word, std::size_t size) noexcept {
  checker::engine* e = hb::active();
  if (e == nullptr) return;
  if (e->record) note_word(*e, word, size);
  e->memory().access(word, size, true, true);
  e->words[e->words.number_of(word)].clock = e->publish();
}

}  // namespace detail::seam

namespace detail::checker {
namespace {

// Both, in memory that lasts for this execution.
const hb::snapshot* both(engine& e, const hb::snapshot* a, const hb::snapshot* b) noexcept {
  if (a == nullptr || b == nullptr) return a == nullptr ? b : a;
  tick* clock = e.memory_of_clocks.take(e.width);
  std::copy_n(a->at, e.width, clock);
  join(clock, b->at, e.width);
  return reinterpret_cast<const hb::snapshot*>(clock);
}

}  // namespace

void word_loaded(const void* word, std::size_t size, int order) noexcept {
  engine* e = hb::active();
  if (e == nullptr) return;
  if (acquires(order)) return seam::observed(word, size);
  if (e->record) seam::note_word(*e, word, size);
  goroutine& g = *e->current();
  g.loaded = both(*e, g.loaded, e->words[e->words.number_of(word)].clock);
  e->memory().access(word, size, false, true);
}

void word_stored(const void* word, std::size_t size, int order) noexcept {
  engine* e = hb::active();
  if (e == nullptr) return;
  if (releases(order)) return seam::published(word, size);
  if (e->record) seam::note_word(*e, word, size);
  e->memory().access(word, size, true, true);
  e->words[e->words.number_of(word)].clock = e->current()->fenced;
}

void word_modified(const void* word, std::size_t size, int order) noexcept {
  engine* e = hb::active();
  if (e == nullptr) return;
  const hb::snapshot* before = e->words[e->words.number_of(word)].clock;
  word_stored(word, size, order);
  const hb::snapshot*& now = e->words[e->words.number_of(word)].clock;
  now = both(*e, now, before);
}

void fence(int order) noexcept {
  engine* e = hb::active();
  if (e == nullptr) return;
  goroutine& g = *e->current();
  if (acquires(order)) e->learn(g.loaded);
  if (releases(order)) g.fenced = e->publish();
}

}  // namespace detail::checker
}  // namespace weft::inline WEFT_WORLD
