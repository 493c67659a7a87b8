// SPDX-License-Identifier: Apache-2.0
// profile_kinds.cc: the table of the kinds of profiles, and their collectors.         Floor 6.

#include <weft/debug/profiles.h>

#include "debug/cpu_profile.h"
#include "debug/goroutines.h"
#include "debug/leak_search.h"
#include "debug/profile.h"
#include "runtime/wait_profile.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>

namespace weft::inline WEFT_WORLD {
namespace debug {
namespace {

using namespace detail;

// Their names are what a profile shows in place of a stack.
extern "C" {
[[gnu::used]] WEFT_NOINLINE void weft_running_on_another_thread() noexcept { asm volatile(""); }
}

constexpr std::string_view k_created_by = "created_by";

profile counted(std::string_view what) {
  profile p;
  p.types = {{what, "count"}};
  p.period_type = {what, "count"};
  return p;
}

void add_stack(profile& p, const stack_sample& s, std::vector<std::int64_t> values) {
  p.samples.push_back({{s.pcs, s.pcs + s.count}, std::move(values), {}});
}

profile collect_goroutines() {
  profile p = counted("goroutine");
  // What takes long, looking lines up, is done once the goroutines may go on.
  std::vector<goroutine_state> creators;
  for_each_goroutine(
      [&](const goroutine_state& g) {
        add_stack(p, g.stack, {1});
        profile_sample& s = p.samples.back();
        s.labels = g.labels;
        if (s.pcs.empty())
          s.pcs.push_back(reinterpret_cast<std::uintptr_t>(&weft_running_on_another_thread) + 1);
        goroutine_state& creator = creators.emplace_back();
        creator.parent_id = g.parent_id;
        creator.creator = g.creator;
      },
      running_stacks::asked_for);
  std::unordered_map<std::uintptr_t, std::string> sites;
  for (std::size_t i = 0; i < creators.size(); ++i) {
    auto [at, fresh] = sites.try_emplace(creators[i].creator);
    if (fresh) {
      if (std::optional<frame> f = creation_site(creators[i]))
        at->second = f->function + " " + f->file + ":" + std::to_string(f->line);
    }
    if (!at->second.empty()) p.samples[i].labels.emplace_back(k_created_by, at->second);
  }
  return p;
}

// Go's has no label, for it knows no suspicion.
profile collect_leaks() {
  const void* frame = WEFT_CALLERS_STACK();
  profile p = counted("goroutineleak");
  goroutine_state state;
  visit_leaks([](const goroutine&) { return true; }, frame,
              [&](goroutine& g, bool certain) {
                if (!read_goroutine(g, false, state)) return;
                add_stack(p, state.stack, {1});
                p.samples.back().labels.emplace_back("leak", certain ? "certain" : "suspected");
              });
  return p;
}

std::string total_text(const profile& p, std::string_view name) {
  std::int64_t total = 0;
  for (const profile_sample& s : p.samples) total += s.values[0];
  return std::string(name) + " profile: total " + std::to_string(total) + "\n";
}

std::string leak_text(profile&& p) { return to_text(p, total_text(p, "goroutineleak"), 0); }

std::string goroutine_text(profile&& p) {
  // Go's text has no place for it; debug=2 shows it.
  for (profile_sample& s : p.samples)
    std::erase_if(s.labels, [](const auto& l) { return l.first == k_created_by; });
  merge_samples(p);
  return to_text(p, total_text(p, "goroutine"), 0);
}

profile collect_threads() {
  profile p = counted("threadcreate");
  scheduler* s = scheduler::instance();
  std::int64_t threads = s == nullptr ? 0 : 1 + static_cast<std::int64_t>(s->workers_made());
  if (threads != 0) p.samples.push_back({{}, {threads}, {}});
  return p;
}

std::string thread_text(profile&& p) { return to_text(p, total_text(p, "threadcreate"), 0); }

profile waits(stack_table& table) {
  profile p;
  p.types = {{"contentions", "count"}, {"delay", "nanoseconds"}};
  p.period_type = {"contentions", "count"};
  table.for_each([&](const stack_sample& s, double count, double value) {
    add_stack(p, s, {std::llround(count), std::llround(value)});
  });
  return p;
}

profile collect_blocks() { return waits(block_table()); }
profile collect_mutexes() { return waits(mutex_table()); }

// The unit of the delays is the nanosecond, so that there are 1e9 "cycles" in a second.
std::string block_text(profile&& p) {
  return to_text(p, "--- contention:\ncycles/second=1000000000\n", 1);
}

std::string mutex_text(profile&& p) {
  std::string head = "--- mutex:\ncycles/second=1000000000\nsampling period=";
  return to_text(p, head + std::to_string(set_mutex_fraction(-1)) + "\n", 1);
}

constexpr profile_kind k_kinds[] = {
    {"block", collect_blocks, block_text,
     "Stack traces that led to blocking on channels, locks and other primitives"},
    {"goroutine", collect_goroutines, goroutine_text, "Stack traces of all current goroutines"},
    {"goroutineleak", collect_leaks, leak_text,
     "Stack traces of goroutines that nobody can wake, or probably nobody"},
    {"mutex", collect_mutexes, mutex_text, "Stack traces of holders of contended mutexes"},
    {"threadcreate", collect_threads, thread_text, "Number of OS threads created by the runtime"},
};

// What is left of a stack without frames of the runtime's inside; all of it if nothing is.
void drop_internal_frames(profile& p) {
  symbol_cache symbols;
  std::unordered_map<std::uintptr_t, bool> internal;
  for (profile_sample& s : p.samples) {
    std::vector<std::uintptr_t> left;
    for (std::uintptr_t pc : s.pcs) {
      auto [at, fresh] = internal.try_emplace(pc);
      if (fresh) {
        const std::vector<frame>& frames = symbols.at(pc);
        at->second = std::all_of(frames.begin(), frames.end(), is_internal);
      }
      if (!at->second) left.push_back(pc);
    }
    if (!left.empty()) s.pcs = std::move(left);
  }
}

}  // namespace

std::span<const profile_kind> all_profile_kinds() { return k_kinds; }

const profile_kind* find_profile_kind(std::string_view name) {
  const auto* end = std::end(k_kinds);
  const auto* at =
      std::find_if(std::begin(k_kinds), end, [&](const profile_kind& k) { return k.name == name; });
  return at == end ? nullptr : at;
}

profile take_profile(const profile_kind& kind) {
  std::int64_t now = system_now_ns();
  profile p = kind.collect();
  p.time_ns = now;
  if (!p.whole_stacks) drop_internal_frames(p);
  merge_samples(p);
  return p;
}

}  // namespace debug
}  // namespace weft::inline WEFT_WORLD
