// SPDX-License-Identifier: Apache-2.0
// goroutines.cc: see goroutines.h.                                                    Floor 6.
//
// A parked goroutine's stack is unwound by the C++ unwinder on that very stack: the reading
// thread visits it, below where it left off, and comes back. The world is frozen for the time,
// so that nobody resumes it.

#include "debug/goroutines.h"

#include "arch/switch.h"
#include "runtime/running_stacks.h"

#include <sched.h>
#include <algorithm>

namespace weft::inline WEFT_WORLD {
namespace debug {
namespace {

using namespace detail;

// Unwinding needs some stack below where the goroutine left off.
constexpr std::ptrdiff_t k_visit_bytes = 12 * 1024;

struct visit_state {
  stack_sample* stack;
  void* back = nullptr;  // the visitor's own stack
};

void nothing(void*) {}

// Runs on the visited stack, and leaves it as it was found.
[[gnu::no_sanitize_address]] void look_around(void* data) {
  auto& v = *static_cast<visit_state*>(data);
  unwind_into(*v.stack);
  void* unused = nullptr;
  arch::weft_switch_stack(&unused, v.back, nothing, nullptr);
}

[[gnu::no_sanitize_address]] void visit(goroutine& g, stack_sample& s) {
  if (static_cast<char*>(g.sp) - g.stack_low < k_visit_bytes) return;
  visit_state v{&s};
  arch::weft_switch_stack(&v.back, g.sp, look_around, &v);
}

}  // namespace

goroutine* calling_goroutine() noexcept {
  worker* w = current_worker();
  goroutine* g = w != nullptr ? w->current.load() : nullptr;
  return g == nullptr || g == &w->base ? nullptr : g;
}

bool read_goroutine(goroutine& g, bool is_self, goroutine_state& out, ask_budget* budget) {
  // One that is just leaving the processor is gone from it in a moment.
  for (int i = 0; i < 100 && !is_self && g.on_cpu.load(); ++i) sched_yield();
  out.running = !g.is_off();
  out.status = g.status.load();
  if (out.status == goroutine_status::dead) return false;
  out.id = g.id;
  out.parent_id = g.parent_id;
  out.why = g.why.load();
  out.parked_at = g.parked_at.load();
  out.creator = reinterpret_cast<std::uintptr_t>(g.creator);
  read_identity(g, out.name, out.labels);
  out.stack.count = 0;
  if (is_self) {
    unwind_into(out.stack);
  } else if (!out.running) {
    visit(g, out.stack);
  } else if (budget != nullptr && !ask_for_stack(g, out.stack, *budget)) {
    out.stack.count = 0;
    // It may have parked meanwhile; then it stays where it is now.
    if (!g.on_cpu.load()) return read_goroutine(g, is_self, out, nullptr);
  }
  return true;
}

void for_each_goroutine(const std::function<void(const goroutine_state&)>& f,
                        running_stacks running) {
  scheduler* s = scheduler::instance();
  if (s == nullptr) return;
  goroutine* self = calling_goroutine();
  struct frozen {
    scheduler& s;
    explicit frozen(scheduler& of) : s(of) { s.freeze(); }
    ~frozen() { s.thaw(); }
  } scope(*s);
  std::vector<goroutine*> all;
  s->stacks.for_each([&](goroutine& g) {
    if (g.seen_status() != goroutine_status::dead) all.push_back(&g);
  });
  std::sort(all.begin(), all.end(), [&](const goroutine* a, const goroutine* b) {
    if ((a == self) != (b == self)) return a == self;
    return a->id < b->id;
  });
  goroutine_state state;
  ask_budget budget;
  ask_budget* asks = running == running_stacks::asked_for ? &budget : nullptr;
  for (goroutine* g : all)
    if (read_goroutine(*g, g == self, state, asks)) f(state);
}

std::optional<frame> creation_site(const goroutine_state& g) {
  if (g.parent_id == 0 || g.creator == 0) return std::nullopt;
  for (frame& f : symbolise(g.creator)) {
    if (is_internal(f)) continue;
    if (std::size_t arguments = f.function.rfind('('); arguments != std::string::npos)
      f.function.erase(arguments);
    return std::move(f);
  }
  return std::nullopt;
}

}  // namespace debug
}  // namespace weft::inline WEFT_WORLD
