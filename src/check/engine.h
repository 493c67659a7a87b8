// SPDX-License-Identifier: Apache-2.0
#pragma once
// engine: one execution after the other, of goroutines on one thread.                 Floor 6.
//
// A goroutine runs until it stands at a scheduling point, parks or ends. Only when all do is it
// decided what happens next: a transition is chosen among those that can be taken, and whoever
// takes part runs on. What lies between two points is seen by nobody but the race check, so that
// its order does not matter. Whoever decides does so on its own stack: no switch is wasted.
//
// A rendezvous is one transition of two: the one parks in the channel's own code, where the other
// finds it.
//
// INV-1 while somebody decides, runnable_ is empty, and every goroutine that has not ended is at a
//       point or parked.
// INV-2 a goroutine that is left behind at the end of an execution is never resumed: its stack is
//       given to the next execution as it is, and no destructor runs.

#include "check/event.h"
#include "check/faults.h"
#include "check/goroutine.h"
#include "check/objects.h"
#include "check/strategy.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace weft::inline WEFT_WORLD {
namespace detail::checker {

class shadow;

/// What the exception says that is being handled; nothing if it is no std::exception.
std::optional<std::string> text_of_current_exception();

/// Destroys the goroutine_local values of one that ends.
void leave_locals(goroutine& g) noexcept;

/// After so many steps that changed nothing a goroutine may be going round in a circle.
inline constexpr std::uint32_t k_idle_steps = 8;

/// Overwrites the stack below the caller's frame.
void scrub_stack() noexcept;

/// How an execution came to its end.
enum class outcome : std::uint8_t {
  finished,
  pruned,
  deadlock,
  leak,
  livelock,  // whoever could go on repeats itself
  bound,     // the step bound
  failure,   // expect(), a panic, an exception, a fatal error
  race,
  mismatch,    // the program did something else than before
  unprepared,  // more goroutines than the clocks have room for, or a look at a reference count:
               // to be begun again
};

struct access_site {
  std::uint16_t who = k_nobody;
  bool write = false;
  bool atomic = false;
  bool frees = false;  // the memory was given back
  // The operation that must be ordered, a send or a close say; spawn: it is an access to memory.
  sched::op by = sched::op::spawn;
  std::size_t size = 0;
  std::vector<std::uintptr_t> stack;  // return addresses, innermost first
  std::size_t step = 0;               // after so many
};

struct race_found {
  const void* address = nullptr;
  access_site now;
  access_site before;
};

/// What a read of a var finds.
enum class memory_model : std::uint8_t {
  races,     // the last value; an unordered access is a race
  sc,        // the last value
  go,        // any that Go's memory model allows
  coherent,  // of those, what leaves each variable one order of writes
};

struct decision {
  std::uint32_t choice = 0;
  bool value = false;
};

class engine {
 public:
  // The clock starts here, so that a timer for "an hour ago" is no special case.
  static constexpr nanotime_t k_epoch = 1'000'000'000'000'000;

  engine();
  engine(const engine&) = delete;
  engine& operator=(const engine&) = delete;
  ~engine();

  /// Runs body once, as the strategy decides.
  outcome run(strategy& s, void (*body)(void*), void* arg);

  // What went on in the last execution.
  std::string message;   // of a failure
  std::string details;   // what there is to say besides, in lines
  std::string mismatch;  // what differs from before
  std::vector<race_found> races;
  access_site failed;     // where a failure was noticed, and by whom
  std::string failed_at;  // the place, if the stack does not say it
  std::vector<decision> decisions;
  std::vector<event> events;
  std::vector<access> accesses;
  object_table objects;
  object_table words;     // atomics and reference counts: only their clocks; numbered apart, for no
                          // count of the standard library may change the numbers of objects
  std::size_t width = 8;  // of the clocks
  std::size_t max_steps = 10'000;
  std::uint64_t max_accesses = 20'000'000;
  std::uint32_t preemptions = 0;
  std::uint64_t fingerprint = 0;  // of what was done to what
  bool width_exceeded = false;
  // Those of the standard library are points only in a test that looks at them: else they commute.
  bool counts_are_points = false;
  bool counts_looked_at = false;  // and they were no points
  bool never_again = false;       // the body must not be begun again for that
  bool stop_at_race = true;
  bool adversarial_time = false;  // time may pass while goroutines could go on
  bool bubble = true;             // false: it is a run() by itself, whose time is nobody's business
  bool time_ends_with_main = false;
  memory_model model = memory_model::races;
  bool tear = true;              // a var of more than a word is read and written word by word
  std::uint64_t reads_from = 0;  // which read found which write: a number for all of it
  /// The same, with the order of writes where variables are coherent.
  [[nodiscard]] std::uint64_t graph() noexcept;
  bool record = false;     // keep who did what where, for a report
  std::uint16_t last = 0;  // who took the last transition

  struct step {
    event what;
    std::vector<std::uintptr_t> stack;  // where it stood, innermost first
    std::uint32_t object = 0;
    bool switched = false;
    std::string note;                  // what distinguishes it: "fails", "recv #2"
    std::string value;                 // what was handed over or found
    std::string left;                  // why who ran before does not go on
    std::vector<std::uint16_t> woken;  // by a notify
  };
  std::vector<step> steps;  // the last ones, while it records
  /// How many there were in all.
  [[nodiscard]] std::size_t steps_taken() const noexcept { return forgotten_steps_ + steps.size(); }
  /// While it records: what the operation of whoever runs handed over or found.
  void note_value(std::string_view text) noexcept;

  [[nodiscard]] std::size_t goroutines() const noexcept { return count_; }
  /// Is it waiting for something, and no mere clock?
  [[nodiscard]] bool is_left(std::size_t i) const noexcept {
    return goroutines_[i]->at != stage::ended && goroutines_[i].get() != clock_;
  }
  [[nodiscard]] goroutine& at(std::size_t i) noexcept { return *goroutines_[i]; }
  [[nodiscard]] goroutine* current() noexcept { return current_; }
  [[nodiscard]] std::uint64_t execution() const noexcept { return run_; }
  [[nodiscard]] nanotime_t now() const noexcept { return now_; }
  [[nodiscard]] shadow& memory() noexcept { return *shadow_; }
  [[nodiscard]] const std::vector<transition>& enabled() const noexcept { return enabled_; }

  /// The engine that runs here and now, or null.
  static engine* active() noexcept { return s_active; }

  /// Whoever can go on has tried something often, and lets others go first: there are none.
  [[nodiscard]] bool only_tries() const noexcept { return only_tries_; }

  // Called by goroutines.
  void stand(goroutine& g);  // g.next is set; returns when it was chosen
  void park(goroutine& g, wait_reason why, commit_fn commit, void* arg) noexcept;
  void make_runnable(goroutine& g) noexcept;
  void settle();
  goroutine& prepare(std::string_view name, std::size_t stack_size = 0);
  void abandon(goroutine& g) noexcept;
  void start(goroutine& g, void (*entry)(void*), void* creator) noexcept;
  void enter_program() noexcept { working_ = false; }
  [[noreturn]] void end(goroutine& g) noexcept;
  /// Whoever runs looks at a reference count, or takes a share if there is one.
  void look_at_count();
  [[noreturn]] void fail(outcome why, std::string text);
  /// The execution ends in this failure when whoever runs stands at a point, parks or ends.
  void fail_soon(std::string text, std::string_view details);
  /// With the one that is being handled.
  [[noreturn]] void fail_with_exception();
  /// In the place where that one was thrown, if it is known.
  [[noreturn]] void fail_where_thrown(std::string text);
  /// Whoever runs throws this.
  void note_throw(const void* exception);
  unsigned choose(unsigned n);
  void touch(sched::op what, const void* object);
  /// While it lives, what is accessed is the engine's: its calls of the standard library's
  /// templates may have been linked to the program's instrumented copies.
  class own_work {
   public:
    explicit own_work(engine& e) noexcept : engine_(e), before_(std::exchange(e.working_, true)) {}
    own_work(const own_work&) = delete;
    own_work& operator=(const own_work&) = delete;
    ~own_work() { engine_.working_ = before_; }

   private:
    engine& engine_;
    bool before_;
  };
  /// Is the program's code running, rather than the engine's?
  [[nodiscard]] bool in_program() const noexcept {
    return current_ != nullptr && current_ != &root_ && !in_timer_ && !working_;
  }
  /// The engine that runs here and now, if it is the program's code that asks, or null.
  static engine* of_program() noexcept {
    return s_active != nullptr && s_active->in_program() ? s_active : nullptr;
  }
  /// Is it code that the program may have memory from? A timer's function too.
  [[nodiscard]] bool serves_program() const noexcept {
    return current_ != nullptr && current_ != &root_ && (in_timer_ || !working_);
  }
  /// Whoever runs has accessed memory, or called a function, at pc.
  void note_access(void* pc) {
    if (WEFT_UNLIKELY(++accesses_since_ > max_accesses)) out_of_accesses(pc);
  }
  /// Whoever runs has come into a function that was called at pc.
  void note_call(const void* frame, void* pc) {
    note_access(pc);
    if (WEFT_UNLIKELY(static_cast<const char*>(frame) < stack_limit_)) out_of_stack();
  }
  /// After work of the engine's on the stack of g, which may be going round in a circle.
  static void clean_up(const goroutine& g) noexcept {
    // A few rounds before it matters.
    if (WEFT_UNLIKELY(g.idle.steps >= k_idle_steps / 2)) scrub_stack();
  }
  /// Whoever runs has changed memory that is not its own stack.
  void note_write(const void* address) noexcept {
    goroutine& g = *current_;
    const char* p = static_cast<const char*>(address);
    if (p >= g.stack.low && p < g.stack.high) return;
    ++plain_writes_;
    if (g.idle.steps != 0) g.idle.start_over();
  }
  void without_effect() noexcept;
  /// The last operation wrote what was there already, as one who waits for a flag or a lock does.
  void note_left_alone() noexcept { left_alone_ = true; }

  // Variables.
  [[nodiscard]] var_write write_by_current(std::uint64_t value);
  void note_read(const var_write& from, const void* at);

  // Time.
  bool arm(timer_node& n, nanotime_t when);
  bool disarm(timer_node& n) noexcept;

  // Clocks.
  tick* clock_of_current() noexcept { return borrowed_ != nullptr ? borrowed_ : current_->clock; }
  const hb::snapshot* publish() noexcept;
  void learn(const hb::snapshot* s) noexcept;
  tick* borrow(tick* clock) noexcept;
  arena memory_of_clocks;
  std::vector<std::unique_ptr<unsigned char[]>> whole_values;  // of vars, where they are not torn

  /// Could this offer of g be part of a rendezvous?
  [[nodiscard]] bool meets(const goroutine& g, std::size_t offer) const noexcept;
  /// Is a timer's function running?
  [[nodiscard]] bool in_timer() const noexcept { return in_timer_; }
  /// Does it interrupt who ran last, although that one could go on?
  [[nodiscard]] bool preempts(const transition& t) const noexcept {
    return !enabled_.empty() && enabled_.front().involves(last) && !t.involves(last);
  }
  /// The accesses a pending operation would make, were it performed: for each of its alternatives.
  void describe(const goroutine& g, std::uint16_t alt, bool meeting, std::vector<access>& out);

 private:
  void reset();
  goroutine* next();
  goroutine* decide();
  void close_event();
  void date_event();
  void enter_history();
  void collect_all();
  void collect(goroutine& g);
  void collect_try(goroutine& g);
  void collect_patient_tries();
  static void note_failed_try(goroutine& g);
  void collect_offers(goroutine& g);
  void collect_meetings(goroutine& g, std::size_t i);
  void add(transition t) { enabled_.push_back(t); }
  goroutine* take(const transition& t);
  void begin_event(const transition& t);
  void describe_offer(const goroutine& g, std::uint16_t alt, bool meeting,
                      std::vector<access>& out);
  void describe_fine(const pending& p, std::vector<access>& out);
  void follow();
  bool advance_time();
  bool fire_due(bool all);
  [[nodiscard]] nanotime_t next_due();
  void start_clock();
  void clear(goroutine& g) noexcept;
  std::uint64_t next_lineage() noexcept;
  [[nodiscard]] bool is_clock(const goroutine& g) const noexcept { return &g == clock_; }
  // Spinning: spin.cc.
  void open_idle(const transition& t);
  void close_idle();
  void look_for_spin(goroutine& g);
  [[nodiscard]] bool still_spins(goroutine& g) noexcept;
  void let_others_first();
  [[nodiscard]] bool is_awaited(const goroutine& g) noexcept;
  goroutine* finish(outcome why);
  outcome quiescent();
  void switch_to(goroutine& from, goroutine& to) noexcept;
  void note_enabled() noexcept;
  void note_step(const transition& t);
  void keep(step&& s);
  [[nodiscard]] std::string note_of(const transition& t);
  [[nodiscard]] std::string why_left(const transition& t);
  void note_time(nanotime_t by);
  [[noreturn]] void out_of_accesses(void* pc);
  [[noreturn]] void out_of_stack();
  void note_failure(access_site where);
  void forget_failure();
  void note_gone(const goroutine& g) noexcept;
  void refuse_gone(const goroutine& g);
  void note_spawn(goroutine& g);

  // Of this thread. Others, which the program may have, have nothing to do with the test.
  static constinit thread_local engine* s_active;

  fault_watch faults_;
  std::vector<std::unique_ptr<goroutine>> goroutines_;
  std::size_t count_ = 0;
  goroutine root_;  // the plain thread that runs the engine
  goroutine* current_ = nullptr;
  goroutine* second_ = nullptr;  // of a rendezvous: who comes once the first has parked
  std::vector<goroutine*> runnable_;
  std::size_t runnable_at_ = 0;
  std::size_t forgotten_steps_ = 0;
  // Who has gone on in the course of the last event: woken (from: null), or begun by `from`.
  struct follower {
    goroutine* who;
    goroutine* from;
  };
  std::vector<follower> followers_;
  std::vector<transition> enabled_;
  // Those that are due at the same time fire in an order that does not depend on the schedule.
  struct armed_timer {
    timer_node* node = nullptr;
    std::uint64_t lineage = 0;
    std::uint16_t who = k_nobody;
    bool at_once = false;    // it was due when it was set, and does not wait until all is still
    std::uint32_t made = 0;  // while it fires: so much
  };
  std::vector<armed_timer> timers_;
  armed_timer firing_;
  nanotime_t now_ = 0;
  unsigned ticks_after_main_ = 0;
  goroutine* clock_ = nullptr;  // stands for time, if it may pass at any moment
  unsigned passed_in_a_row_ = 0;
  bool in_timer_ = false;
  bool working_ = false;
  tick* borrowed_ = nullptr;
  strategy* strategy_ = nullptr;
  bool dependence_ = false;
  bool any_gone_ = false;    // is an object of an ended goroutine's stack known?
  bool draining_ = false;    // what comes has been seen: only to the end
  bool open_ = false;        // the last event is not complete yet
  bool failed_ = false;      // it changed nothing
  bool left_alone_ = false;  // it wrote what was there
  bool failing_ = false;     // the execution is to end in a failure
  bool only_tries_ = false;
  struct operation {
    std::uint16_t who = k_nobody;
    std::uint16_t partner = k_nobody;
    bool yields = false;
    bool tries = false;
    bool only_looks = false;
    std::vector<std::uint32_t> objects;
  };
  operation latest_;
  std::uint64_t plain_writes_ = 0;
  std::uint64_t accesses_since_ = 0;   // since whoever runs was chosen
  const char* stack_limit_ = nullptr;  // of whoever runs
  bool yielding_ = false;              // somebody is to let others go first
  std::uint64_t run_ = 0;              // of all engines: objects that outlive it keep it
  engine* outer_ = nullptr;            // in one of whose goroutines this one runs
  std::size_t step_count_ = 0;
  outcome result_ = outcome::finished;
  std::unique_ptr<shadow> shadow_;
  void** eh_ = nullptr;
  // While it records: where exceptions were thrown.
  std::vector<std::pair<const void*, access_site>> thrown_;
};

}  // namespace detail::checker
}  // namespace weft::inline WEFT_WORLD
