// SPDX-License-Identifier: Apache-2.0
// engine.cc: running, switching, deciding.                                            Floor 6.

#include "check/engine.h"

#include "arch/switch.h"
#include "check/allocation.h"
#include "check/describe.h"
#include "check/fine.h"
#include "check/mix.h"
#include "check/shadow.h"
#include "os/pages.h"

#include <weft/panic.h>

#include <cxxabi.h>
#include <sys/single_threaded.h>
#include <unwind.h>
#include <algorithm>
#include <bit>
#include <exception>
#include <locale>
#include <utility>

namespace weft::inline WEFT_WORLD {
namespace detail::checker {
namespace {

constexpr std::size_t k_stack = WEFT_HAS_ASAN ? 1 << 20 : 1 << 18;

void no_action(void*) {}

// One that is larger than asked for is kept, as the goroutines of an execution follow on those of
// the last.
void give_stack(goroutine& g, std::size_t size) {
  constexpr std::size_t k_largest = std::size_t{1} << 30;
  size = std::bit_ceil(std::clamp(size, k_stack, k_largest)) + stack_memory::k_spare;
  if (g.stack.size() >= size) return;
  auto* low = static_cast<char*>(os::reserve_pages(size));
  if (low == nullptr) throw std::bad_alloc();
  static_cast<void>(os::install_guard(low, os::page_size()));
  if (g.stack.low != nullptr) os::release_pages(g.stack.low, g.stack.size());
  g.stack = {low, low + size};
}

// The bottom frame of every goroutine.
void goroutine_main(void* arg) {
  auto& g = *static_cast<goroutine*>(arg);
  engine& e = *engine::active();
  try {
    e.enter_program();
    g.entry(g.closure);
  } catch (const abi::__forced_unwind&) {
    throw;
  } catch (...) {
    e.fail_with_exception();
  }
  leave_locals(g);
  e.end(g);
}

}  // namespace

constinit thread_local engine* engine::s_active = nullptr;

engine::engine() : shadow_(std::make_unique<shadow>()) {
  // The first exception of a process initializes the unwinder, by pthread_once(): not in a test.
  try {
    throw 0;
  } catch (int) {
  }
  eh_ = reinterpret_cast<void**>(abi::__cxa_get_globals());
  // Reference counts are to be changed as among threads, locales initialized: not in a test either.
  __libc_single_threaded = 0;
  static_cast<void>(std::locale());
}

engine::~engine() {
  for (auto& g : goroutines_) os::release_pages(g->stack.low, g->stack.size());
}

void engine::reset() {
  result_ = outcome::finished;
  forget_failure();
  races.clear();
  decisions.clear();
  events.clear();
  accesses.clear();
  steps.clear();
  forgotten_steps_ = 0;
  objects.reset();
  words.reset();
  memory_of_clocks.reset();
  whole_values.clear();
  shadow_->reset(*this);
  timers_.clear();
  runnable_.clear();
  followers_.clear();
  runnable_at_ = 0;
  count_ = 0;
  step_count_ = 0;
  preemptions = 0;
  fingerprint = 0;
  reads_from = 0;
  last = 0;
  now_ = k_epoch;
  ticks_after_main_ = 0;
  open_ = false;
  borrowed_ = nullptr;
  second_ = nullptr;
  in_timer_ = false;
  draining_ = false;
  any_gone_ = false;
  yielding_ = false;
  clock_ = nullptr;
  passed_in_a_row_ = 0;
}

outcome engine::run(strategy& s, void (*body)(void*), void* arg) {
  static std::uint64_t runs = 0;
  run_ = ++runs;
  strategy_ = &s;
  // What a racy read may find depends on it.
  dependence_ = s.wants_dependence() || model == memory_model::go ||
                model == memory_model::coherent || seam::g_fine;
  reset();
  outer_ = s_active;
  s_active = this;
  current_ = &root_;
  goroutine& main = prepare("main");
  main.closure = main.stack.high;
  start(main, body, nullptr);
  main.closure = arg;
  if (adversarial_time) start_clock();
  switch_to(root_, *next());
  s_active = outer_;
  // Whose owners outlive the execution can be set anew.
  for (const armed_timer& t : timers_) t.node->heap.store(nullptr);
  timers_.clear();
  if (seam::g_fine && result_ != outcome::finished && result_ != outcome::pruned) fine_restore();
  if (outer_ == nullptr) release_freed();
  if (result_ != outcome::pruned && result_ != outcome::mismatch &&
      result_ != outcome::unprepared) {
    // A failure comes in the middle of one.
    if (open_) close_event();
    s.ended(*this);
  }
  return result_;
}

void engine::switch_to(goroutine& from, goroutine& to) noexcept {
  if (&from == &to) return;
  from.caught = eh_[0];
  from.uncaught = static_cast<unsigned>(reinterpret_cast<std::uintptr_t>(eh_[1]));
  eh_[0] = to.caught;
  eh_[1] = reinterpret_cast<void*>(static_cast<std::uintptr_t>(to.uncaught));
  current_ = &to;
  accesses_since_ = 0;
  stack_limit_ = to.stack.limit();
  arch::weft_switch_stack(&from.sp, to.sp, no_action, nullptr);
}

goroutine& engine::prepare(std::string_view name, std::size_t stack_size) {
  const own_work here(*this);
  if (count_ == width) {
    width_exceeded = true;
    fail(outcome::unprepared, {});
  }
  if (count_ == goroutines_.size()) goroutines_.push_back(std::make_unique<goroutine>());
  goroutine& g = *goroutines_[count_];
  give_stack(g, stack_size);
  g.id = static_cast<std::uint16_t>(count_++);
  if (!name.empty() || !g.name.empty()) g.name.assign(name);
  g.at = stage::ended;  // until it is started
  g.closure = nullptr;
  return g;
}

void engine::abandon(goroutine& g) noexcept { g.at = stage::ended; }

void engine::clear(goroutine& g) noexcept {
  g.caught = nullptr;
  g.uncaught = 0;
  g.why = wait_reason::none;
  g.events = 0;
  g.last_event = -1;
  g.last_step = -1;
  g.could_at = 0;
  g.idle.start_over();
  g.idle.yields = g.idle.fails = 0;
  g.idle.patient = false;
  g.idle.yielded_at = g.idle.ran_at = 0;
  g.made_by_it = 0;
  g.locals = nullptr;
  g.loaded = g.fenced = nullptr;
  g.made.clear();
  g.tried.clear();
  g.tried_again = false;
  g.self.queued = false;  // it may have been left behind in a queue
}

void engine::start(goroutine& g, void (*entry)(void*), void* creator) noexcept {
  g.entry = entry;
  g.creator = creator;
  const own_work here(*this);
  clear(g);
  g.parent = current_ == &root_ ? k_nobody : in_timer_ ? firing_.who : current_->id;
  g.lineage = next_lineage();
  g.clock = memory_of_clocks.take(width);
  g.shot = nullptr;
  if (current_ == &root_ && borrowed_ == nullptr) {
    std::fill_n(g.clock, width, 0);
  } else {
    std::copy_n(clock_of_current(), width, g.clock);
    if (borrowed_ == nullptr) {
      ++current_->clock[current_->id];
      current_->shot = nullptr;
    }
  }
  g.clock[g.id] = 1;
  if (dependence_) {
    g.past = memory_of_clocks.take(width);
    g.past_before = nullptr;
    std::fill_n(g.past, width, 0);
    followers_.push_back({&g, current_ == &root_ ? nullptr : current_});
  }
  if (seam::g_fine) fine_begin(*this, g);
  shadow_->begin_goroutine(g);
  if (record && current_ != &root_) note_spawn(g);
  g.sp = arch::make_stack(g.closure, goroutine_main, &g);
  g.at = stage::runnable;
  runnable_.push_back(&g);
}

// For what is made now.
std::uint64_t engine::next_lineage() noexcept {
  if (current_ == &root_) return 1;
  std::uint64_t parent = in_timer_ ? firing_.lineage : current_->lineage;
  std::uint32_t nth = in_timer_ ? ++firing_.made : ++current_->made_by_it;
  return mix(parent, nth);
}

void engine::end(goroutine& g) noexcept {
  g.at = stage::ended;
  working_ = true;
  note_gone(g);
  switch_to(g, *next());
  __builtin_unreachable();
}

void engine::stand(goroutine& g) {
  g.at = stage::at_point;
  working_ = true;
  if (WEFT_UNLIKELY(g.idle.steps >= k_idle_steps)) look_for_spin(g);
  switch_to(g, *next());
  g.at = stage::runnable;
  clean_up(g);
  if (WEFT_UNLIKELY(any_gone_)) refuse_gone(g);
  working_ = false;
}

void engine::park(goroutine& g, wait_reason why, commit_fn commit, void* arg) noexcept {
  g.at = stage::parked;
  working_ = true;
  g.why = why;
  g.parked_in = g.next.what;
  if (commit != nullptr) commit(arg);
  switch_to(g, *next());
  g.at = stage::runnable;
  working_ = false;
}

// Whoever has stood still or ended comes before what is done then (E22).
void engine::settle() {
  goroutine& g = *current_;
  for (std::size_t i = 0; i < count_; ++i) {
    const goroutine& other = at(i);
    if (other.at == stage::at_point && other.next.kind == pending::stillness)
      throw panic("wait already in progress");
  }
  g.next = {.kind = pending::stillness, .what = sched::op::settle};
  stand(g);
  for (std::size_t i = 0; i < count_; ++i) {
    at(i).next.settled = true;
    join(g.clock, at(i).clock, width);
    if (i != g.id) ++at(i).clock[i];
  }
  if (seam::g_fine) fine_settle(*this, g);
}

void engine::make_runnable(goroutine& g) noexcept {
  if (g.id >= count_ || &g != goroutines_[g.id].get()) {  // of the engine around this one
    if (outer_ != nullptr) outer_->make_runnable(g);
    return;
  }
  if (record && g.why == wait_reason::condition_wait && !steps.empty() &&
      steps.back().what.op == sched::op::condition_notify) {
    steps.back().woken.push_back(g.id);
  }
  g.at = stage::runnable;
  g.why = wait_reason::none;
  g.idle.start_over();
  runnable_.push_back(&g);
  if (dependence_) followers_.push_back({&g, nullptr});
}

goroutine* engine::next() {
  if (second_ != nullptr) return std::exchange(second_, nullptr);
  for (;;) {
    if (runnable_at_ != runnable_.size()) {
      goroutine* g = runnable_[runnable_at_++];
      if (runnable_at_ == runnable_.size()) {
        runnable_.clear();
        runnable_at_ = 0;
      }
      return g;
    }
    if (goroutine* g = decide()) return g;
  }
}

goroutine* engine::finish(outcome why) {
  result_ = draining_ && why != outcome::race ? outcome::pruned : why;
  return &root_;
}

// Null: others have become runnable.
goroutine* engine::decide() {
  if (fire_due(false)) return nullptr;
  if (open_ || !followers_.empty()) close_event();
  if (!races.empty() && stop_at_race) return finish(outcome::race);
  if (failing_) return finish(outcome::failure);
  collect_all();
  if (enabled_.empty()) {
    if (!advance_time()) return finish(quiescent());
    return nullptr;
  }
  if (record) note_enabled();
  if (++step_count_ > max_steps) return finish(outcome::bound);
  std::size_t i = draining_ ? 0 : strategy_->pick(*this, enabled_);
  if (i == strategy::k_prune) {
    // It goes on all the same, unobserved, so that its destructors run.
    draining_ = true;
    dependence_ = false;
    i = 0;
  }
  if (i >= enabled_.size()) return finish(outcome::mismatch);
  decisions.push_back({static_cast<std::uint32_t>(i), false});
  return take(enabled_[i]);
}

goroutine* engine::take(const transition& t) {
  goroutine& g = at(t.who);
  if (preempts(t)) ++preemptions;
  if (record) note_step(t);
  if (!is_clock(g)) last = t.who;
  fingerprint = (fingerprint ^ (g.next.object * 31U + static_cast<unsigned>(g.next.what)) ^
                 (std::uint64_t{t.who} << 40)) *
                0x100000001B3ULL;
  begin_event(t);
  open_idle(t);
  failed_ = left_alone_ = false;
  if (g.next.kind == pending::tries && t.alt == 1) note_failed_try(g);
  if (is_clock(g)) {
    ++passed_in_a_row_;
    static_cast<void>(advance_time());
    return nullptr;
  }
  passed_in_a_row_ = 0;
  g.decided = t.alt == k_else ? sched::k_no_offer : t.alt;
  if (t.partner == k_nobody) return &g;
  goroutine& h = at(t.partner);
  h.decided = t.partner_alt;
  // Whoever may block goes first.
  if (h.next.or_else) {
    second_ = &h;
    return &g;
  }
  second_ = &g;
  return &h;
}

outcome engine::quiescent() {
  bool all = true;
  bool spins = false;
  for (std::size_t i = 0; i < count_; ++i) {
    all = all && !is_left(i);
    spins = spins || (at(i).at == stage::at_point && at(i).idle.spins);
  }
  if (all) return outcome::finished;
  if (spins) return outcome::livelock;
  return at(0).at == stage::ended ? outcome::leak : outcome::deadlock;
}

unsigned engine::choose(unsigned n) {
  if (n <= 1) return 0;
  unsigned v = draining_ ? 0 : strategy_->value(*this, n);
  decisions.push_back({v, true});
  return v;
}

var_write engine::write_by_current(std::uint64_t value) {
  goroutine& g = *current_;
  tick* clock = memory_of_clocks.take(width);
  std::copy_n(g.clock, width, clock);
  return {value,       g.id,
          clock[g.id], g.events + 1,
          clock,       events.empty() ? ~0U : static_cast<std::uint32_t>(events.size() - 1)};
}

void engine::note_read(const var_write& from, const void*) {
  goroutine& g = *current_;
  const std::uint64_t writer = at(from.who).lineage;
  reads_from += mix(mix(mix(mix(7, g.lineage), g.events), writer), from.own);
  if (dependence_ && open_) events.back().value = mix(writer, from.own);
}

std::uint64_t engine::graph() noexcept {
  std::uint64_t sum = reads_from;
  if (model != memory_model::coherent) return sum;
  for (std::uint32_t i = 1; i < objects.size(); ++i) {
    const object& o = objects[i];
    for (std::size_t k = 1; k < o.order.size(); ++k) {
      const var_write& a = o.writes[o.order[k - 1]];
      const var_write& b = o.writes[o.order[k]];
      std::uint64_t h = (std::uint64_t{a.who} << 48) ^ (std::uint64_t{a.own} << 32) ^
                        (std::uint64_t{b.who} << 16) ^ b.own;
      sum += mix(h, 0);
    }
  }
  return sum;
}

const hb::snapshot* engine::publish() noexcept {
  tick* copy = memory_of_clocks.take(width);
  std::copy_n(clock_of_current(), width, copy);
  const auto* s = reinterpret_cast<const hb::snapshot*>(copy);
  if (borrowed_ == nullptr) ++current_->clock[current_->id];
  return s;
}

void engine::learn(const hb::snapshot* s) noexcept {
  if (s == nullptr) return;
  join(clock_of_current(), s->at, width);
}

tick* engine::borrow(tick* clock) noexcept { return std::exchange(borrowed_, clock); }

}  // namespace detail::checker
}  // namespace weft::inline WEFT_WORLD
