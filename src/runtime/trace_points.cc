// SPDX-License-Identifier: Apache-2.0
// trace_points.cc: see trace_points.h.                                                Floor 3.

#include "runtime/trace_points.h"

#include "os/clock.h"
#include "runtime/scheduler.h"
#include "runtime/thread_party.h"

#include <bit>

namespace weft::inline WEFT_WORLD {
namespace detail::trace {
namespace {

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

void count_latency(processor& p, std::int64_t waited) noexcept {
  auto ns = static_cast<std::uint64_t>(waited < 1 ? 1 : waited);
  unsigned i =
      std::min<unsigned>(static_cast<unsigned>(std::bit_width(ns)) - 1, k_latency_buckets - 1);
  processor_counts::add(p.latency[i]);
  processor_counts::add(p.latency_ns, ns);
}

}  // namespace

std::uint64_t current_id() noexcept { return id_on(current_worker()); }

void note_created(goroutine& g) noexcept {
  if (probed(probe::latency)) g.ready_at = os::monotonic_now();
  if (!probed(probe::trace)) return;
  write(kind::created, 0, g.id, g.parent_id, reinterpret_cast<std::uintptr_t>(g.creator),
        name_of(g));
}

void note_ended(const goroutine& g) noexcept {
  write(kind::ended, 0, g.id, 0, reinterpret_cast<std::uintptr_t>(g.creator), name_of(g));
}

void note_switched(worker& w, goroutine& from, goroutine& to) noexcept {
  if (probed(probe::latency)) {
    std::int64_t now = os::monotonic_now();
    if (w.p != nullptr && to.ready_at != 0) count_latency(*w.p, now - to.ready_at);
    to.ready_at = 0;
    // [TR-4] relaxed: own. A goroutine that has been woken since cannot be: it is not off yet.
    if (from.status.load(relaxed) == goroutine_status::runnable) from.ready_at = now;
  }
  if (!probed(probe::trace)) return;
  // [TR-2] relaxed: own.
  std::uint8_t how = how_left(from.status.load(relaxed), from.why.load(relaxed));
  write(kind::switched, how, from.id, to.id, 0, {});
}

void note_woken(goroutine& g) noexcept {
  if (probed(probe::latency)) g.ready_at = os::monotonic_now();
  if (!probed(probe::trace)) return;
  // [TR-3] relaxed: its waker alone may touch it.
  auto why = static_cast<std::uint8_t>(g.why.load(relaxed));
  write(kind::woken, why, g.id, current_id(), 0, {});
}

void note(kind what, std::uint64_t a, std::uint64_t b) noexcept { write(what, 0, a, b, 0, {}); }

void note_thread(kind what, const thread_party& t, wait_reason why) noexcept {
  write(what, static_cast<std::uint8_t>(why), reinterpret_cast<std::uintptr_t>(&t), current_id(), 0,
        {});
}

}  // namespace detail::trace
}  // namespace weft::inline WEFT_WORLD
