// SPDX-License-Identifier: Apache-2.0
// trace_merge.cc: see trace_merge.h.                                                  Floor 6.

#include "debug/trace_merge.h"

#include "os/clock.h"
#include "runtime/labels.h"
#include "runtime/scheduler.h"

#include <algorithm>
#include <map>

namespace weft::inline WEFT_WORLD {
namespace debug {

using namespace detail;

void thread_records::next() {
  while (chunk_ < chunks_.size()) {
    if (trace::read(chunks_[chunk_]->words, word_, record_)) return;
    ++chunk_;
    word_ = 0;
  }
  ended_ = true;
}

std::vector<thread_records> by_thread(const trace::contents& all) {
  std::map<std::uint32_t, std::vector<const trace::chunk_copy*>> threads;
  for (const trace::chunk_copy& c : all.chunks) threads[c.thread.number].push_back(&c);
  std::vector<thread_records> out;
  for (auto& [number, chunks] : threads) {
    std::sort(chunks.begin(), chunks.end(),
              [](const auto* a, const auto* b) { return a->serial < b->serial; });
    out.emplace_back(std::move(chunks));
  }
  return out;
}

namespace {

// They are kept from switching for the time.
std::vector<goroutine_now> goroutines_now() {
  std::vector<goroutine_now> all;
  scheduler* s = scheduler::instance();
  if (s == nullptr) return all;
  s->freeze();
  s->stacks.for_each([&](goroutine& g) {
    goroutine_status status = g.seen_status();
    if (status == goroutine_status::dead) return;
    goroutine_now now;
    now.id = g.id;
    now.parent = g.parent_id;
    now.creator = reinterpret_cast<std::uintptr_t>(g.creator);
    now.status = status;
    now.why = g.why.load();
    now.parked_at = g.parked_at.load();
    label_pairs labels;
    read_identity(g, now.name, labels);
    all.push_back(std::move(now));
  });
  s->thaw();
  return all;
}

}  // namespace

recording take_recording(trace::session s) {
  recording r;
  r.living_at = os::monotonic_now();
  r.living = goroutines_now();
  r.records = trace::copy(s);
  return r;
}

}  // namespace debug
}  // namespace weft::inline WEFT_WORLD
