// SPDX-License-Identifier: Apache-2.0
// fine.cc: what a word holds, and what is ordered by it; see fine.h.                   Floor 6.

#include "check/fine.h"

#include "check/engine.h"
#include "check/shadow.h"
#include "check/words.h"

#include <weft/detail/os/lock.h>

#include <algorithm>
#include <cstring>
#include <string_view>

namespace weft::inline WEFT_WORLD {
namespace detail {
namespace checker {
namespace {

constexpr std::size_t k_most_bytes = 16;

struct written {
  std::uint16_t who = k_nobody;  // nobody: it was there before anybody came
  tick epoch = 0;                // of who's clock
  tick own = 0;                  // which of who's events
  const tick* released = nullptr;
  unsigned char value[k_most_bytes] = {};
};

struct finding {
  std::uint16_t who = 0;
  tick epoch = 0;
  std::size_t index = 0;
};

struct word {
  std::uint64_t run = 0;
  void* address = nullptr;
  std::size_t size = 0;
  std::vector<written> writes;
  std::vector<finding> findings;
  std::vector<unsigned> stale;  // by goroutine: so often something older was found
  std::size_t seq_cst = 0;      // the last such write
};

// Of the execution that goes on.
struct world {
  std::uint64_t run = 1;             // its number, over all searches
  std::vector<word> words;           // by the number of the object
  tick* fenced = nullptr;            // what fences have published
  tick* strong = nullptr;            // seq_cst writes, by who wrote them
  std::vector<std::uint32_t> looks;  // at the clock, by goroutine
};

world g_world;
grain g_grain;
weakening g_weakening;
std::vector<site> g_sites;

void begin_world(engine& e) noexcept {
  ++g_world.run;
  g_world.fenced = e.memory_of_clocks.take(e.width);
  g_world.strong = e.memory_of_clocks.take(e.width);
  std::fill_n(g_world.fenced, e.width, 0);
  std::fill_n(g_world.strong, e.width, 0);
  g_world.looks.clear();
  forget_sleepers(e);
}

// The engine, if there is anything to be told of.
engine* running() noexcept {
  engine* e = engine::active();
  return e != nullptr && e->in_program() ? e : nullptr;
}

word& word_at(engine& e, const void* address, const void* value, std::size_t size) {
  std::uint32_t number = e.objects.number_of(address);
  world& w = g_world;
  if (number >= w.words.size()) w.words.resize(number + 16);
  word& x = w.words[number];
  if (x.run == w.run) return x;
  x.run = w.run;
  x.address = const_cast<void*>(address);
  x.size = size;
  x.writes.assign(1, {});
  std::memcpy(x.writes[0].value, value, size);
  x.findings.clear();
  x.stale.clear();
  x.seq_cst = 0;
  return x;
}

bool knows(const tick* clock, std::uint16_t me, std::uint16_t who, tick epoch) noexcept {
  return who == k_nobody || who == me || epoch <= clock[who];
}

// The oldest write that g may find.
std::size_t oldest(const goroutine& g, const word& x, bool seq_cst) noexcept {
  std::size_t least = seq_cst ? x.seq_cst : 0;
  for (std::size_t i = x.writes.size(); i-- > least;) {
    const written& w = x.writes[i];
    bool hidden = knows(g.view, g.id, w.who, w.epoch) ||
                  (seq_cst && knows(g_world.fenced, g.id, w.who, w.epoch));
    if (!hidden) continue;
    least = i;
    break;
  }
  for (const finding& f : x.findings)
    if (knows(g.view, g.id, f.who, f.epoch)) least = std::max(least, f.index);
  return least;
}

// As in racy.cc: an older write only if every later one lies in the past that no schedule can
// change any more.
std::size_t choose_write(engine& e, const goroutine& g, word& x, bool seq_cst) noexcept {
  std::size_t last = x.writes.size() - 1;
  if (g.id >= x.stale.size()) x.stale.resize(g.id + 1U, 0);
  if (x.stale[g.id] >= g_grain.stale) return last;
  std::size_t least = oldest(g, x, seq_cst);
  unsigned offered = 1;
  for (std::size_t i = last; i > least; --i) {
    const written& w = x.writes[i];
    if (w.who != k_nobody && w.own > g.past[w.who]) break;
    ++offered;
  }
  unsigned older = e.choose(offered);
  if (older != 0) ++x.stale[g.id];
  return last - older;
}

void note(engine& e, const void* value, std::size_t size, bool older) noexcept {
  if (!e.record) return;
  const engine::own_work work(e);
  std::int64_t v = 0;
  std::memcpy(&v, value, std::min(size, sizeof v));
  e.note_value(std::to_string(v) + (older ? " (not the last write)" : ""));
}

const tick* joined(engine& e, const tick* a, const tick* b) noexcept {
  if (a == nullptr || b == nullptr) return a == nullptr ? b : a;
  tick* both = e.memory_of_clocks.take(2 * e.width);
  std::copy_n(a, 2 * e.width, both);
  join(both, b, 2 * e.width);
  return both;
}

bool names(const seam::place& at) noexcept {
  return is_weakened() && at.line() == g_weakening.line &&
         std::string_view(at.file_name()).ends_with(g_weakening.file);
}

std::memory_order weaker(std::memory_order order) noexcept {
  bool acquires = order != std::memory_order_relaxed && order != std::memory_order_release;
  bool releases = order != std::memory_order_relaxed && order != std::memory_order_acquire;
  if (g_weakening.how == weakening::no_acquire) acquires = false;
  if (g_weakening.how == weakening::no_release) releases = false;
  if (acquires && releases) return std::memory_order_acq_rel;
  if (acquires) return std::memory_order_acquire;
  return releases ? std::memory_order_release : std::memory_order_relaxed;
}

void note_site(const seam::place& at, const char* what, std::memory_order order) {
  for (const site& s : g_sites)
    if (s.line == at.line() && s.order == order && s.what == what &&
        std::string_view(s.file) == at.file_name())
      return;
  g_sites.push_back({at.file_name(), at.line(), what, order});
}

void stand_at(engine& e, sched::op what, const void* object, std::int64_t flags) noexcept {
  goroutine& g = *e.current();
  g.next = {.kind = pending::plain,
            .what = what,
            .object = e.objects.number_of(object),
            .address = object,
            .n = flags};
  e.stand(g);
}

void add_strong(const goroutine& g) noexcept {
  tick& mine = g_world.strong[g.id];
  mine = std::max(mine, g.clock[g.id]);
}

}  // namespace

fine_scope::fine_scope(const grain& g) noexcept : asymmetric_before_(lock::s_asymmetric) {
  g_grain = g;
  lock::s_asymmetric = g.asymmetric;
  seam::g_fine = true;
}
fine_scope::~fine_scope() {
  seam::g_fine = false;
  lock::s_asymmetric = asymmetric_before_;
}

void weaken(const weakening& w) { g_weakening = w; }
bool is_weakened() noexcept { return g_weakening.how != weakening::none; }
std::vector<site> sites_seen() { return g_sites; }
const grain& current_grain() noexcept { return g_grain; }
const void* fence_object() noexcept { return &g_world.fenced; }
const void* heavy_object() noexcept { return &g_world.strong; }

void fine_begin(engine& e, goroutine& g) noexcept {
  if (g.parent == k_nobody) begin_world(e);
  g.view = e.memory_of_clocks.take(e.width);
  const goroutine* parent = e.current();
  std::copy_n(g.clock, e.width, g.view);
  if (g.parent != k_nobody) join(g.view, parent->view, e.width);
  g.loaded_both = g.fenced_both = nullptr;
  g.parking = goroutine::parks::no;
}

// Of an execution that came to no good end: the words that outlive it are for the next as they were
// for this one. What it has freed has not been given back yet.
void fine_restore() noexcept {
  restore_slots();
  for (const word& x : g_world.words)
    if (x.run == g_world.run) std::memcpy(x.address, x.writes[0].value, x.size);
}

// All that has happened is known now.
void fine_settle(engine& e, goroutine& g) noexcept {
  for (std::size_t i = 0; i < e.goroutines(); ++i) {
    join(g.view, e.at(i).view, e.width);
    join(g.view, e.at(i).clock, e.width);
  }
}

const tick* publish_both(engine& e, goroutine& g) noexcept {
  tick* both = e.memory_of_clocks.take(2 * e.width);
  g.view[g.id] = g.clock[g.id];
  std::copy_n(g.clock, e.width, both);
  std::copy_n(g.view, e.width, both + e.width);
  ++g.clock[g.id];
  g.shot = nullptr;
  return both;
}

void learn_both(engine& e, goroutine& g, const tick* both) noexcept {
  join(g.clock, both, e.width);
  join(g.view, both + e.width, e.width);
  g.shot = nullptr;
}

std::int64_t fine_now(engine& e) noexcept {
  std::vector<std::uint32_t>& looks = g_world.looks;
  std::size_t me = e.current()->id;
  if (me >= looks.size()) looks.resize(me + 1, 0);
  return e.now() + g_grain.tick * ++looks[me];
}

}  // namespace checker

namespace seam {

using namespace checker;  // NOLINT(google-build-using-namespace): its own floor

std::memory_order point(word_op what, const void* word, std::memory_order order,
                        const place& at) noexcept {
  constexpr sched::op k_ops[] = {sched::op::atomic_load, sched::op::atomic_store,
                                 sched::op::atomic_update};
  constexpr const char* k_names[] = {"load", "store", "update"};
  engine* e = running();
  if (e == nullptr) return order;
  note_site(at, k_names[static_cast<int>(what)], order);
  if (names(at)) order = weaker(order);
  stand_at(*e, k_ops[static_cast<int>(what)], word,
           k_fine | (order == std::memory_order_seq_cst ? k_fine_seq_cst : 0));
  return order;
}

void found(const void* address, void* value, std::size_t size, std::memory_order order,
           bool last) noexcept {
  engine* e = running();
  if (e == nullptr || size > k_most_bytes) return;
  const engine::own_work here(*e);  // memcpy() among it
  goroutine& g = *e->current();
  word& x = word_at(*e, address, value, size);
  std::size_t chosen = x.writes.size() - 1;
  if (!last) chosen = choose_write(*e, g, x, order == std::memory_order_seq_cst);
  x.findings.push_back({g.id, g.clock[g.id], chosen});
  const written& w = x.writes[chosen];
  if (chosen + 1 != x.writes.size()) std::memcpy(value, w.value, size);
  if (w.released != nullptr) {
    if (acquires(static_cast<int>(order))) {
      learn_both(*e, g, w.released);
    } else {
      g.loaded_both = joined(*e, g.loaded_both, w.released);
    }
  }
  if (!e->events.empty()) e->events.back().value = chosen + 1;
  e->memory().access(address, size, false, true);
  note(*e, value, size, chosen + 1 != x.writes.size());
}

void left(const void* address, const void* before, std::size_t size, std::memory_order order,
          bool update) noexcept {
  engine* e = running();
  if (e == nullptr || size > k_most_bytes) return;
  const engine::own_work here(*e);  // memcpy() among it
  goroutine& g = *e->current();
  word& x = word_at(*e, address, before, size);
  written w;
  w.who = g.id;
  w.epoch = g.clock[g.id];
  w.own = g.events + 1;
  std::memcpy(w.value, address, size);
  e->memory().access(address, size, true, true);
  if (order == std::memory_order_seq_cst) add_strong(g);
  w.released = releases(static_cast<int>(order)) ? publish_both(*e, g) : g.fenced_both;
  if (update) w.released = joined(*e, w.released, x.writes.back().released);
  x.writes.push_back(w);
  if (order == std::memory_order_seq_cst) x.seq_cst = x.writes.size() - 1;
  note(*e, address, size, false);
}

// The making of an atomic is no atomic operation.
void made(const void* address, std::size_t size) noexcept {
  engine* e = running();
  if (e == nullptr) return;
  e->memory().access(address, size, true, false);
  std::uint32_t number = e->objects.known(address);
  if (number < g_world.words.size()) g_world.words[number].run = 0;
}

void fence(const place& at) noexcept {
  engine* e = running();
  if (e == nullptr) return;
  note_site(at, "fence", std::memory_order_seq_cst);
  if (names(at)) return;
  stand_at(*e, sched::op::fence, fence_object(), 0);
  goroutine& g = *e->current();
  world& w = g_world;
  if (g.loaded_both != nullptr) learn_both(*e, g, g.loaded_both);
  join(g.view, w.fenced, e->width);
  join(g.view, w.strong, e->width);
  g.fenced_both = publish_both(*e, g);
  join(w.fenced, g.view, e->width);
}

void heavy_fence(const place& at) noexcept {
  engine* e = running();
  if (e == nullptr) return;
  note_site(at, "heavy fence", std::memory_order_seq_cst);
  if (names(at)) return;
  stand_at(*e, sched::op::heavy_fence, heavy_object(), 0);
  world& w = g_world;
  goroutine& me = *e->current();
  if (me.loaded_both != nullptr) learn_both(*e, me, me.loaded_both);
  auto each = [&](auto&& f) {
    for (std::size_t i = 0; i < e->goroutines(); ++i) f(e->at(i));
  };
  join(w.fenced, w.strong, e->width);
  each([&](goroutine& g) {
    g.view[g.id] = g.clock[g.id];
    join(w.fenced, g.view, e->width);
    ++g.clock[g.id];
    g.shot = nullptr;
  });
  each([&](goroutine& g) { join(g.view, w.fenced, e->width); });
  me.fenced_both = publish_both(*e, me);
}

void relax() noexcept {
  engine* e = running();
  if (e != nullptr && g_grain.relax_yields) sched::point(sched::op::yield, nullptr);
}

void failed() noexcept {
  if (engine* e = engine::active()) e->without_effect();
}

void left_alone() noexcept {
  if (engine* e = engine::active()) e->note_left_alone();
}

}  // namespace seam
}  // namespace detail
}  // namespace weft::inline WEFT_WORLD
