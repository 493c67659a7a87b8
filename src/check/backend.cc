// SPDX-License-Identifier: Apache-2.0
// backend.cc: park.h, timers.h, go.h and goroutine_local.h over the engine.           Floor 6.
//
// What src/runtime is to the other builds. Outside an execution nothing can block: what would is
// an error of the program.

#include "check/engine.h"
#include "check/fine.h"

#include "os/random.h"

#include <weft/check.h>
#include <weft/detail/runtime/probes.h>
#include <weft/detail/runtime/thread_slot.h>
#include <weft/go.h>
#include <weft/panic.h>

#include <unwind.h>
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <new>

namespace weft {
// What runs goroutines is there once: a program that links both weft::weft and weft::check defines
// this twice, and the linker says its name.
extern const bool both_weft_and_weft_check_are_linked;
const bool both_weft_and_weft_check_are_linked = false;
}  // namespace weft

namespace weft::inline WEFT_WORLD {
namespace detail {
namespace {

using checker::engine;
using checker::outcome;

[[noreturn]] void no_execution(const char* what) {
  std::fprintf(stderr, "weft: %s outside check::explore(), in a program linked to weft::check\n",
               what);
  std::abort();
}

goroutine& here(const char* what) {
  engine* e = engine::active();
  if (e == nullptr || e->current() == nullptr) no_execution(what);
  return *e->current();
}

// Is a scheduling point one? Not outside an execution, nor in a timer's function; nor are those of
// the primitives where their own words are.
goroutine* at_point(sched::op what) noexcept {
  engine* e = engine::active();
  if (e == nullptr || e->in_timer()) return nullptr;
  if (seam::g_fine && (what < sched::op::atomic_load || what > sched::op::atomic_update) &&
      what != sched::op::yield)
    return nullptr;
  return e->current();
}

struct outside_party : party {
  outside_party() noexcept : party(party_kind::thread) {}
};

}  // namespace

party& current_party() noexcept {
  static outside_party outside;
  engine* e = engine::active();
  if (e == nullptr || e->current() == nullptr) return outside;
  return *e->current();
}

void park(party& self, wait_reason why, commit_fn commit, void* arg) noexcept {
  if (self.kind == party_kind::thread) no_execution("an operation that blocks");
  auto& g = static_cast<goroutine&>(self);
  engine& e = *engine::active();
  if (WEFT_UNLIKELY(seam::g_fine)) {
    checker::fine_park(e, g, static_cast<unsigned char>(why), commit, arg);
  } else {
    e.park(g, why, commit, arg);
  }
}

void ready(party& p) noexcept {
  if (p.kind == party_kind::thread) return;
  auto& g = static_cast<goroutine&>(p);
  if (WEFT_UNLIKELY(seam::g_fine)) {
    checker::fine_ready(*engine::active(), g);
  } else {
    engine::active()->make_runnable(g);
  }
}
void ready_and_yield(party& p) noexcept { ready(p); }

void fatal(const char* text) noexcept {
  engine* e = engine::active();
  if (e == nullptr) {
    std::fprintf(stderr, "fatal error: %s\n", text);
    std::_Exit(2);
  }
  e->fail(outcome::failure, std::string("fatal error: ") + text);
}

void note_contention() noexcept {}
namespace {
// Where goroutines stand for threads, of the processor that one runs on; else 0.
unsigned fine_processors() noexcept {
  engine* e = engine::active();
  bool here = seam::g_fine && e != nullptr && e->current() != nullptr;
  return here ? checker::current_grain().processors : 0;
}
}  // namespace
unsigned processor_hint() noexcept {
  unsigned n = fine_processors();
  return n == 0 ? 0 : engine::active()->current()->id % n;
}
unsigned own_processor() noexcept {
  return fine_processors() > 1 ? processor_hint() : k_no_processor;
}
std::uint32_t sample_contention() noexcept { return 0; }
void note_unlock(contention) noexcept {}
unsigned processors_to_expect() noexcept { return std::max(fine_processors(), 1U); }
bool may_spin() noexcept { return false; }
constinit shared_word<std::uint32_t> g_probes{0};
void set_probe(probe, bool) noexcept {}

nanotime_t nanotime() noexcept {
  engine* e = engine::active();
  if (WEFT_UNLIKELY(seam::g_fine) && e != nullptr && e->current() != nullptr)
    return checker::fine_now(*e);
  return e == nullptr ? 0 : e->now();
}
void ensure_runtime() {}
bool arm_timer(timer_node& n, nanotime_t when) noexcept {
  return engine::active() != nullptr && engine::active()->arm(n, when);
}
bool disarm_timer(timer_node& n) noexcept {
  return engine::active() != nullptr && engine::active()->disarm(n);
}

namespace {
struct sleeper : timer_node {
  party* who = nullptr;
};
}  // namespace

void sleep_until_nanotime(nanotime_t until) {
  goroutine& g = here("sleep_for()");
  sleeper s;
  s.who = &g;
  s.fire = [](timer_node& n, nanotime_t) noexcept { ready(*static_cast<sleeper&>(n).who); };
  engine::active()->arm(s, until);
  park(g, wait_reason::sleep, nullptr, nullptr);
}

thread_slot& this_thread_slot() noexcept {
  static thread_slot slot;
  if (WEFT_UNLIKELY(seam::g_fine) && fine_processors() != 0)
    return checker::fine_thread_slot(*engine::active());
  return slot;
}
void set_thread_end(void (*f)(thread_slot&) noexcept) noexcept { this_thread_slot().at_end = f; }

goroutine* prepare_goroutine(std::size_t size, std::size_t align, const go_options& options) {
  here("go()");
  goroutine& g = engine::active()->prepare(options.name, options.stack_size);
  auto top = reinterpret_cast<std::uintptr_t>(g.stack.high) - size;
  g.closure = reinterpret_cast<void*>(top & ~(std::uintptr_t{align} - 1));
  return &g;
}
void* closure_of(goroutine* g) noexcept { return g->closure; }
void abandon_goroutine(goroutine* g) noexcept { engine::active()->abandon(*g); }
WEFT_NOINLINE void start_goroutine(goroutine* g, void (*entry)(void*)) noexcept {
  engine::active()->start(*g, entry, __builtin_return_address(0));
}
void fatal_nil_function() noexcept { fatal("go of nil func value"); }
bool enter_blocking_call() noexcept { return false; }
void leave_blocking_call() noexcept {}

// run() inside an execution is a call; outside, an execution of its own.
void run_main(void (*body)(void*), void* arg, const options&) {
  if (engine::active() != nullptr) {
    body(arg);
    return;
  }
  weft::check::report r = weft::check::detail::run_once(body, arg);
  if (r.ok()) return;
  std::fputs(r.text().c_str(), stderr);
  std::exit(2);
}

namespace {

struct local_entry {
  std::uint64_t key;
  void* value;
  void (*destroy)(void*);
};
using local_list = std::vector<local_entry>;

void destroy_locals(goroutine& g) noexcept {
  auto* all = static_cast<local_list*>(g.locals);
  if (all == nullptr) return;
  while (!all->empty()) {
    local_entry last = all->back();
    all->pop_back();
    last.destroy(last.value);
  }
  delete all;
  g.locals = nullptr;
}

_Unwind_Reason_Code stop_at_bottom(int, _Unwind_Action actions, _Unwind_Exception_Class,
                                   _Unwind_Exception*, _Unwind_Context*, void* arg) {
  if ((actions & _UA_END_OF_STACK) == 0) return _URC_NO_REASON;
  auto& g = *static_cast<goroutine*>(arg);
  destroy_locals(g);
  engine::active()->end(g);
}

}  // namespace

void checker::leave_locals(goroutine& g) noexcept { destroy_locals(g); }

std::uint64_t new_local_key() noexcept {
  static std::uint64_t last = 0;
  return last++;
}
void* find_local(std::uint64_t key) noexcept {
  auto* all = static_cast<local_list*>(here("goroutine_local").locals);
  if (all == nullptr) return nullptr;
  for (const local_entry& e : *all)
    if (e.key == key) return e.value;
  return nullptr;
}
void add_local(std::uint64_t key, void* value, void (*destroy)(void*)) {
  goroutine& g = here("goroutine_local");
  if (g.locals == nullptr) g.locals = new local_list;
  static_cast<local_list*>(g.locals)->push_back({key, value, destroy});
}

namespace sched {

void point(op what, const void* object) noexcept {
  goroutine* g = at_point(what);
  if (g == nullptr || what == op::spawn) return;
  engine& e = *engine::active();
  g->next = {.kind = checker::pending::plain,
             .what = what,
             .object = e.objects.number_of(object),
             .address = object};
  e.stand(*g);
}

bool point_tried(op what, const void* object, bool (*ready)(void*), void* arg) noexcept {
  goroutine* g = at_point(what);
  if (g == nullptr) return true;
  engine& e = *engine::active();
  g->next = {.kind = checker::pending::tries,
             .what = what,
             .object = e.objects.number_of(object),
             .address = object,
             .arg = arg,
             .ready = ready};
  e.stand(*g);
  return g->decided == 0;
}

bool point_guarded(op what, const void* object, bool (*ready)(void*), void* arg) noexcept {
  goroutine* g = at_point(what);
  if (g == nullptr) return false;
  engine& e = *engine::active();
  g->next = {.kind = checker::pending::guarded,
             .what = what,
             .object = e.objects.number_of(object),
             .address = object,
             .arg = arg,
             .ready = ready};
  e.stand(*g);
  return g->next.was_blocked;
}

void point_add(op what, const void* object, std::int64_t n) noexcept {
  goroutine* g = at_point(what);
  if (g == nullptr) return;
  engine& e = *engine::active();
  g->next = {.kind = checker::pending::counted,
             .what = what,
             .object = e.objects.number_of(object),
             .address = object,
             .n = n};
  e.stand(*g);
}

std::uint64_t point_offered(op what, std::uint64_t n, offer (*nth)(void*, std::uint64_t), void* arg,
                            bool or_else, bool ordered) noexcept {
  goroutine* g = at_point(what);
  if (g == nullptr) return k_undecided;
  engine& e = *engine::active();
  g->next = {
      .kind = checker::pending::offers, .what = what, .or_else = or_else, .ordered = ordered};
  g->offers.clear();
  for (std::uint64_t i = 0; i < n; ++i) {
    offer o = nth(arg, i);
    g->offers.push_back({o, e.objects.number_of(o.object)});
  }
  if (n == 1) {
    g->next.object = g->offers[0].object;
    g->next.address = g->offers[0].what.object;
  }
  e.stand(*g);
  return g->decided;
}

void touch(op what, const void* object) noexcept {
  if (engine* e = engine::active()) e->touch(what, object);
}
// Is what lies between two points one step? Not at the grain of atomics.
bool is_step() noexcept { return !seam::g_fine; }
void without_effect() noexcept {
  if (seam::g_fine) return;  // the primitive's own words say so
  if (engine* e = engine::active()) e->without_effect();
}
unsigned choose(unsigned n) noexcept {
  engine* e = engine::active();
  return e == nullptr ? os::random_u32() % n : e->choose(n);
}

}  // namespace sched

namespace seam {

constinit bool g_fine = false;

}  // namespace seam
}  // namespace detail

void yield() { detail::sched::point(detail::sched::op::yield, nullptr); }

void exit_goroutine() {
  using namespace detail;
  goroutine& g = here("exit_goroutine()");
  auto* u = reinterpret_cast<_Unwind_Exception*>(g.exit_unwind);
  *u = {};
  _Unwind_ForcedUnwind(u, stop_at_bottom, &g);
  std::abort();
}

std::size_t num_goroutines() noexcept {
  using namespace detail;
  engine* e = engine::active();
  if (e == nullptr) return 0;
  std::size_t n = 0;
  for (std::size_t i = 0; i < e->goroutines(); ++i) n += e->is_left(i) ? 1U : 0U;
  return n;
}
unsigned procs() { return 1; }
unsigned set_procs(unsigned) { return 1; }

}  // namespace weft::inline WEFT_WORLD
