// SPDX-License-Identifier: Apache-2.0
// dump.cc: all goroutines in the text format of Go's dumps.                           Floor 6.
//
// A parked goroutine's stack is unwound by the C++ unwinder on that very stack: the dumping
// thread visits it, below where it left off, and comes back. The world is frozen for the time,
// so that nobody resumes it.

#include <weft/debug.h>

#include "arch/switch.h"
#include "debug/symbols.h"
#include "os/clock.h"
#include "runtime/fatal.h"
#include "runtime/scheduler.h"

#include <sched.h>
#include <unistd.h>
#include <unwind.h>
#include <algorithm>
#include <array>
#include <cinttypes>
#include <cstdio>
#include <ostream>

namespace weft::inline WEFT_WORLD {
namespace debug {
namespace {

using namespace detail;

constexpr std::size_t k_max_frames = 100;  // as Go
// Unwinding needs some stack below where the goroutine left off.
constexpr std::ptrdiff_t k_visit_bytes = 12 * 1024;

struct stack_trace {
  std::array<std::uintptr_t, k_max_frames> pcs;
  std::size_t count = 0;
  void* back = nullptr;  // the visitor's own stack
};

_Unwind_Reason_Code add_frame(_Unwind_Context* context, void* data) {
  auto& t = *static_cast<stack_trace*>(data);
  if (t.count == k_max_frames) return _URC_END_OF_STACK;
  int before_instruction = 0;
  std::uintptr_t pc = _Unwind_GetIPInfo(context, &before_instruction);
  if (pc == 0) return _URC_END_OF_STACK;
  // A frame interrupted by a signal stands at its next instruction already.
  t.pcs[t.count++] = before_instruction != 0 ? pc + 1 : pc;
  return _URC_NO_REASON;
}

void nothing(void*) {}

// Runs on the visited stack, and leaves it as it was found.
[[gnu::no_sanitize_address]] void look_around(void* data) {
  auto& t = *static_cast<stack_trace*>(data);
  _Unwind_Backtrace(add_frame, &t);
  void* unused = nullptr;
  arch::weft_switch_stack(&unused, t.back, nothing, nullptr);
}

[[gnu::no_sanitize_address]] bool visit(goroutine& g, stack_trace& t) {
  if (static_cast<char*>(g.sp) - g.stack_low < k_visit_bytes) return false;
  arch::weft_switch_stack(&t.back, g.sp, look_around, &t);
  return true;
}

const char* reason_text(wait_reason why) {
  switch (why) {
    case wait_reason::none:
      return "runnable";
    case wait_reason::chan_receive:
      return "chan receive";
    case wait_reason::chan_send:
      return "chan send";
    case wait_reason::chan_receive_nil:
      return "chan receive (nil chan)";
    case wait_reason::chan_send_nil:
      return "chan send (nil chan)";
    case wait_reason::select:
      return "select";
    case wait_reason::select_no_cases:
      return "select (no cases)";
    case wait_reason::sleep:
      return "sleep";
    case wait_reason::mutex_lock:
      return "sync.Mutex.Lock";
    case wait_reason::wait_group_wait:
      return "sync.WaitGroup.Wait";
    case wait_reason::condition_wait:
      return "sync.Cond.Wait";
    case wait_reason::semaphore_acquire:
      return "semacquire";
    case wait_reason::shared_mutex_lock:
      return "sync.RWMutex.Lock";
    case wait_reason::shared_mutex_lock_shared:
      return "sync.RWMutex.RLock";
    case wait_reason::blocking_call:
      return "syscall";
    case wait_reason::run_wait:
      return "waiting for run";
  }
  return "?";
}

std::string header(goroutine& g, bool running) {
  std::string state;
  goroutine_status status = g.status.load();
  if (running) {
    state = status == goroutine_status::blocking ? "syscall" : "running";
  } else {
    state = status == goroutine_status::waiting ? reason_text(g.why.load()) : "runnable";
  }
  if (!running && status == goroutine_status::waiting) {
    std::int64_t minutes = (os::monotonic_now() - g.parked_at.load()) / 60'000'000'000;
    if (g.parked_at.load() != 0 && minutes >= 1)
      state += ", " + std::to_string(minutes) + " minutes";
  }
  if (g.name != nullptr) state += std::string(", name: ") + g.name;
  return "goroutine " + std::to_string(g.id) + " [" + state + "]:\n";
}

void append_frame(std::string& out, const frame& f) {
  char place[64];
  std::snprintf(place, sizeof place, ":%d +0x%" PRIxPTR "\n", f.line, f.offset);
  out += f.function + "\n\t" + f.file + place;
}

void append_stack(std::string& out, const stack_trace& t) {
  bool top = true;
  for (std::size_t i = 0; i < t.count; ++i) {
    for (const frame& f : symbolise(t.pcs[i])) {
      // What has no name at the top is the C++ runtime's way from a throw to here.
      if (is_internal(f) || (top && f.line == 0)) continue;
      top = false;
      append_frame(out, f);
    }
  }
  if (t.count == k_max_frames) out += "...additional frames elided...\n";
}

void append_creator(std::string& out, const goroutine& g) {
  if (g.parent_id == 0 || g.creator == nullptr) return;
  for (frame& f : symbolise(reinterpret_cast<std::uintptr_t>(g.creator))) {
    if (is_internal(f)) continue;
    if (std::size_t arguments = f.function.rfind('('); arguments != std::string::npos)
      f.function.erase(arguments);
    f.function += " in goroutine " + std::to_string(g.parent_id);
    out += "created by ";
    append_frame(out, f);
    return;
  }
}

goroutine* calling_goroutine() {
  worker* w = current_worker();
  goroutine* g = w != nullptr ? w->current.load() : nullptr;
  return g == nullptr || g == &w->base ? nullptr : g;
}

// Runs f(text of one goroutine) for the caller's own first, then for all by number.
template <class F>
void for_each_text(F&& f) {
  scheduler* s = scheduler::instance();
  if (s == nullptr) return;
  goroutine* self = calling_goroutine();
  s->freeze();
  std::vector<goroutine*> all;
  s->stacks.for_each([&](goroutine& g) {
    // [DU-2] acquire-load; pairs with the release-store [SW-3].
    if (g.status.load(acquire) != goroutine_status::dead) all.push_back(&g);
  });
  std::sort(all.begin(), all.end(), [&](const goroutine* a, const goroutine* b) {
    if ((a == self) != (b == self)) return a == self;
    return a->id < b->id;
  });
  for (goroutine* g : all) {
    // One that is just leaving the processor is gone from it in a moment.
    for (int i = 0; i < 100 && g != self && g->on_cpu.load(); ++i) sched_yield();
    // [DU-1] acquire-load; pairs with the release-store [PK-1]: the stack can be read.
    bool running = g->on_cpu.load(acquire);
    if (g->status.load() == goroutine_status::dead) continue;
    std::string text = header(*g, running);
    stack_trace t;
    if (g == self) {
      _Unwind_Backtrace(add_frame, &t);
      append_stack(text, t);
    } else if (running) {
      text += "\tgoroutine running on other thread; stack unavailable\n";
    } else if (visit(*g, t)) {
      append_stack(text, t);
    } else {
      text += "\tstack nearly exhausted; not unwound\n";
    }
    append_creator(text, *g);
    f(text + "\n");
  }
  s->thaw();
}

}  // namespace

void dump_goroutines(std::ostream& out) {
  std::string all;
  for_each_text([&](const std::string& text) { all += text; });
  out << all;
}

}  // namespace debug

namespace detail {

void write_goroutines(int fd) noexcept {
  try {
    debug::for_each_text([fd](const std::string& text) {
      const char* from = text.data();
      std::size_t left = text.size();
      while (left != 0) {
        ssize_t n = write(fd, from, left);
        if (n <= 0) return;
        from += n;
        left -= static_cast<std::size_t>(n);
      }
    });
  } catch (...) {
    static_cast<void>(!write(fd, "(out of memory)\n", 16));
  }
}

}  // namespace detail
}  // namespace weft::inline WEFT_WORLD
