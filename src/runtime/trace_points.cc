// SPDX-License-Identifier: Apache-2.0
// trace_points.cc: see trace_points.h.                                                Floor 3.

#include "runtime/trace_points.h"

#include "os/clock.h"
#include "runtime/scheduler.h"
#include "runtime/thread_party.h"
#include "runtime/wait_profile.h"

#include <bit>

namespace weft::inline WEFT_WORLD {
namespace detail::trace {
namespace {

constexpr std::int64_t k_latency_watch_ns = 600'000'000'000;

constinit shared_word<std::int64_t> g_latency_until{0};
constinit shared_word<std::uint32_t> g_latency_session{
    0};  // waits that began in another are not counted

std::uint16_t processor_of(const worker* w) noexcept {
  if (w == nullptr || w->p == nullptr) return k_no_processor;
  return static_cast<std::uint16_t>(w->p->index);
}

std::string_view name_of(const goroutine& g) noexcept {
  return g.name != nullptr ? std::string_view(g.name) : std::string_view();
}

std::uint64_t id_on(worker* w) noexcept {
  if (w == nullptr) return 0;
  return w->current.load(relaxed)->id;  // [TR-1] relaxed: own. The scheduler's is 0.
}

void write(kind what, std::uint8_t detail, std::uint64_t a, std::uint64_t b, std::uint64_t c,
           std::string_view text) noexcept {
  record r;
  r.what = what;
  r.detail = detail;
  r.processor = processor_of(current_worker());
  r.a = a;
  r.b = b;
  r.c = c;
  r.text = text;
  append(r);
}

// How long it now waits for a processor is measured for some, which stand for the others.
void begin_latency(worker* w, goroutine& g) noexcept {
  // How far apart they lie in the mean: the clock then takes about a hundredth of the time.
  constexpr std::int64_t k_apart_ns = 5000;
  constexpr std::uint32_t k_most = 64;
  g.ready_at = 0;
  g.ready_session = g_latency_session.load(relaxed);  // [TR-5] relaxed: a setting.
  if (w == nullptr || w->p == nullptr) {
    g.ready_weight = 1;
    g.ready_at = os::monotonic_now();
  } else if (w->p->wakes.due()) {
    g.ready_at = os::monotonic_now();
    g.ready_weight = w->p->wakes.take(g.ready_at, k_apart_ns, 1, k_most);
  }
}

void count_latency(processor& p, std::int64_t waited, std::uint32_t weight) noexcept {
  auto ns = static_cast<std::uint64_t>(waited < 1 ? 1 : waited);
  unsigned i =
      std::min<unsigned>(static_cast<unsigned>(std::bit_width(ns)) - 1, k_latency_buckets - 1);
  processor_counts::add(p.latency[i], weight);
  processor_counts::add(p.latency_ns, weight * ns);
}

}  // namespace

std::uint64_t current_id() noexcept { return id_on(current_worker()); }

void note_created(goroutine& g) noexcept {
  if (probed(probe::latency)) begin_latency(current_worker(), g);
  if (!probed(probe::trace)) return;
  write(kind::created, 0, g.id, g.parent_id, reinterpret_cast<std::uintptr_t>(g.creator),
        name_of(g));
}

void note_ended(const goroutine& g) noexcept {
  write(kind::ended, 0, g.id, 0, reinterpret_cast<std::uintptr_t>(g.creator), name_of(g));
}

void note_switched(worker& w, goroutine& from, goroutine& to) noexcept {
  if (probed(probe::latency)) {
    // [TR-6] relaxed: as [TR-5].
    if (w.p != nullptr && to.ready_at != 0 && to.ready_session == g_latency_session.load(relaxed))
      count_latency(*w.p, os::monotonic_now() - to.ready_at, to.ready_weight);
    to.ready_at = 0;
    // [TR-4] relaxed: own. A goroutine that has been woken since cannot be: it is not off yet.
    if (from.status.load(relaxed) == goroutine_status::runnable) begin_latency(&w, from);
  }
  if (!probed(probe::trace)) return;
  // [TR-2] relaxed: own.
  std::uint8_t how = how_left(from.status.load(relaxed), from.why.load(relaxed));
  write(kind::switched, how, from.id, to.id, 0, {});
}

void note_woken(goroutine& g) noexcept {
  if (probed(probe::latency)) begin_latency(current_worker(), g);
  if (!probed(probe::trace)) return;
  // [TR-3] relaxed: its waker alone may touch it.
  auto why = static_cast<std::uint8_t>(g.why.load(relaxed));
  write(kind::woken, why, g.id, current_id(), 0, {});
}

void watch_latency() noexcept {
  g_latency_until.store(os::monotonic_now() + k_latency_watch_ns);
  if (probed(probe::latency)) return;
  g_latency_session.fetch_add(1);
  set_probe(probe::latency, true);
  update_lock_probe();
}

void end_unasked_latency(std::int64_t now) noexcept {
  if (!probed(probe::latency) || now < g_latency_until.load()) return;
  set_probe(probe::latency, false);
  // Somebody may have looked, and found it on still.
  if (now < g_latency_until.load()) set_probe(probe::latency, true);
  update_lock_probe();
}

void note(kind what, std::uint64_t a, std::uint64_t b) noexcept { write(what, 0, a, b, 0, {}); }

void note_thread(kind what, const thread_party& t, wait_reason why) noexcept {
  write(what, static_cast<std::uint8_t>(why), reinterpret_cast<std::uintptr_t>(&t), current_id(), 0,
        {});
}

}  // namespace detail::trace
}  // namespace weft::inline WEFT_WORLD
