// SPDX-License-Identifier: Apache-2.0
// machine.cc: see machine.h.
//
// What lies below the runtime is the checker's; the runtime itself, from park.h up, is compiled
// here once more, in a namespace of its own.

#include "model/machine.h"

#include <weft/detail/base/assert.h>
#include <weft/detail/base/atomic.h>
#include <weft/detail/contract/hb.h>
#include <weft/detail/contract/sched.h>
#include <weft/detail/os/light_fence.h>
#include <weft/detail/os/lock.h>
#include <weft/detail/runtime/probes.h>
#include <weft/panic.h>

#include "model/machine_host.h"
#include "os/asymmetric_fence.h"
#include "os/clock.h"
#include "os/futex.h"
#include "os/processors.h"
#include "os/random.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <ctime>
#include <limits>
#include <new>

#include "model/modelled.h"

// NOLINTBEGIN(bugprone-suspicious-include): see above
#include "runtime/blocking.cc"
#include "runtime/find_work.cc"
#include "runtime/freeze.cc"
#include "runtime/idle.cc"
#include "runtime/park.cc"
#include "runtime/spawn.cc"
#include "runtime/timer_heap.cc"
#include "runtime/timers.cc"
#include "sync/cancellation.cc"
#include "sync/notify_list.cc"
// NOLINTEND(bugprone-suspicious-include)

namespace weft::inline in_check::modelled {
namespace detail {
namespace {

namespace host = weft_model::host;

// What stands for a stack: who is on it changes it.
struct frames {
  void (*entry)(void*) = nullptr;
  void* arg = nullptr;
  unsigned changes = 0;
  bool in_use = false;

  void step_on() noexcept {
    if (in_use) host::fail("two threads on one stack");
    in_use = true;
    ++changes;
  }
  void step_off() noexcept {
    ++changes;
    in_use = false;
  }
};

struct thread {
  worker* w = nullptr;
  frames* on = nullptr;
  // What is to be done on the frames that it has just stepped on.
  arch::arrive_fn arrive = nullptr;
  void* arrive_arg = nullptr;
  bool runs_goroutine = false;
  void* base[5] = {};
};

struct job {
  weft_model::machine::body_fn body;
  frames stack;
  unsigned turns = 0;
  bool spawned = false;
  bool ended = false;
  goroutine* g = nullptr;
};

// A context.
struct signal : cancel_signal {
  void end() noexcept {
    wake_list wake;
    {
      lock_scope hold(lock_);
      end_locked(errc::canceled, wake);
    }
    wake.ready_all();
  }
};

// What waits lies on the stack of a goroutine in earnest.
struct waits {
  alignas(cancelable_wait) char wait[sizeof(cancelable_wait)];
  alignas(notify_waiter) char node[sizeof(notify_waiter)];
  cancelable_wait& the_wait() { return *reinterpret_cast<cancelable_wait*>(wait); }
  notify_waiter& the_node() { return *reinterpret_cast<notify_waiter*>(node); }
};

constexpr unsigned k_most = weft_model::machine::k_most_goroutines;
constexpr unsigned k_most_workers = 4;
constexpr unsigned k_most_threads = 16;

// All there is; made anew for each execution.
struct world {
  std::array<goroutine, k_most> goroutines;
  std::array<worker, k_most_workers> workers;
  std::array<exception_state, k_most_workers> exceptions;
  std::array<frames, k_most_workers> bases;
  std::array<thread, k_most_threads> threads;
  std::array<job, k_most> jobs;
  std::array<stack_slab, 1> slab;
  std::array<waits, k_most> waiting;
  notify_list line;
  signal context;
  std::array<std::array<unsigned, 16>, k_most> closures{};
  unsigned taken = 0;
};

world* g_world = nullptr;

thread& this_thread() noexcept { return g_world->threads[host::thread()]; }

job& job_of(const goroutine& g) noexcept {
  return g_world->jobs[static_cast<std::size_t>(&g - g_world->goroutines.data())];
}

void run_job(void* closure) {
  job& j = g_world->jobs[*static_cast<unsigned*>(closure)];
  j.body(j.turns++);
  j.ended = true;
}

// On the frames of the thread's base.
WEFT_NOINLINE void go_on(thread& t) noexcept {
  t.arrive(t.arrive_arg);
  t.runs_goroutine = t.on->entry != nullptr;
  if (t.runs_goroutine) t.on->entry(t.on->arg);
}
WEFT_NOINLINE void to_base(thread& t) noexcept { __builtin_longjmp(t.base, 1); }
WEFT_NOINLINE void from_base() noexcept {
  // Back here each time that a goroutine leaves for another or for the base.
  static_cast<void>(__builtin_setjmp(this_thread().base));
  go_on(this_thread());
}

}  // namespace

namespace arch {

void weft_switch_stack(void** from, void* to, arrive_fn arrive, void* arg) noexcept {
  thread& t = this_thread();
  *from = t.on;
  t.on->step_off();
  t.on = static_cast<frames*>(to);
  t.on->step_on();
  t.arrive = arrive;
  t.arrive_arg = arg;
  if (t.runs_goroutine) to_base(t);
  from_base();
}

void* make_stack(void* /*top*/, void (*entry)(void*), void* arg) noexcept {
  job& j = job_of(*static_cast<goroutine*>(arg));
  j.stack.entry = entry;
  j.stack.arg = arg;
  return &j.stack;
}

}  // namespace arch

goroutine* stack_pool::take_default(std::uint32_t /*want*/, std::uint32_t* got) {
  *got = 1;
  goroutine& g = g_world->goroutines[g_world->taken++];
  g.next = nullptr;
  return &g;
}

worker* current_worker() noexcept { return this_thread().w; }
void set_current_worker(worker* w) noexcept { this_thread().w = w; }

constinit shared_word<scheduler*> scheduler::s_instance{nullptr};
scheduler& scheduler::ensure_started() { return *instance(); }
worker* scheduler::new_worker_locked() noexcept { return nullptr; }
void scheduler::nudge_monitor() noexcept {}
void scheduler::rest(worker& /*w*/) noexcept {}
void refuse_forked_child() noexcept {}
void note_contention() noexcept {}
void fatal(const char* text) noexcept { host::fail(text); }
void fatal_overflow(const goroutine& /*g*/) noexcept { host::fail("overflow"); }
void run_local_destructors(local_values*& /*values*/) noexcept {}
void end_identity(goroutine& /*g*/) noexcept {}
label_set* share_labels(label_set* labels) noexcept { return labels; }

// Plain threads do not park here: thread_park_model.cc has that.
thread_party& this_thread_party() noexcept { host::fail("a plain thread parks"); }
void park_thread(thread_party& /*t*/, wait_reason /*why*/, commit_fn /*commit*/,
                 void* /*arg*/) noexcept {}
void unpark_thread(thread_party& /*t*/) noexcept {}
void yield_thread() noexcept {}

// What may look inside the scheduler.
struct monitor {
  static void make(void* at, unsigned workers) {
    auto& s = *::new (at) scheduler;
    // What the threads find is there before they are.
    scheduler::s_instance.store(&s);
    s.target_.store(workers);
    for (unsigned i = 0; i < workers; ++i) {
      worker& w = g_world->workers[i];
      processor& p = processors()[i];
      w.index = i;
      w.random = i + 1;
      w.exceptions = &g_world->exceptions[i];
      w.base.sp = &g_world->bases[i];
      w.current.store(&w.base);
      p.index = i;
      s.processors_[i].store(&p);
      w.p = &p;
      p.owner.store(&w);
      p.live.store(true);
    }
    s.processor_count_.store(workers);
    s.live_.store(workers);
  }
  static processor* processors() noexcept;
  static worker& adopt(unsigned i) noexcept {
    worker& w = g_world->workers[i];
    thread& t = this_thread();
    t.w = &w;
    t.on = &g_world->bases[i];
    t.on->step_on();
    return w;
  }
  // As scheduler::work(), but that it begins awake.
  static void work(unsigned i) noexcept {
    worker& w = adopt(i);
    scheduler& s = *scheduler::instance();
    for (;;) s.run_on(w, *s.find_work(w));
  }
  static void work_once(worker& w, goroutine* g) noexcept {
    scheduler& s = *scheduler::instance();
    for (;;) {
      if (g != nullptr) s.run_on(w, *g);
      if (w.p->attention.load()) s.attend(w);
      g = s.take_local(*w.p);
      if (g == nullptr && !w.p->attention.load()) break;
    }
    this_thread().on->step_off();
  }
  static goroutine* steal(worker& w, unsigned victim) noexcept {
    return scheduler::instance()->steal_from(w, processors()[victim]);
  }
  static bool nothing_queued() noexcept {
    scheduler& s = *scheduler::instance();
    bool nothing = s.global_size_.load() == 0 && s.global_head_ == nullptr;
    s.for_each_processor(
        [&](processor& p) { nothing = nothing && p.queued() == 0 && !p.has_run_next(); });
    return nothing;
  }
};

namespace {

// Their places outlast an execution, so that addresses are always the same.
alignas(processor) char g_processors[k_most_workers * sizeof(processor)];
alignas(scheduler) char g_scheduler[sizeof(scheduler)];
alignas(world) char g_place[sizeof(world)];

}  // namespace

processor* monitor::processors() noexcept { return reinterpret_cast<processor*>(g_processors); }

}  // namespace detail
}  // namespace weft::inline in_check::modelled

namespace weft_model {

namespace {

using namespace weft::modelled::detail;  // NOLINT(google-build-using-namespace): their machine

}  // namespace

machine::machine(unsigned workers) {
  host::begin();
  g_world = ::new (g_place) world;
  for (unsigned i = 0; i < workers; ++i) ::new (monitor::processors() + i) processor;
  for (unsigned i = 0; i < k_most; ++i) {
    goroutine& g = g_world->goroutines[i];
    g.slab = g_world->slab.data();
    g.stack_high = reinterpret_cast<char*>(g_world->closures[i].data() + 16);
  }
  monitor::make(g_scheduler, workers);
}

machine::~machine() {
  // The bodies; the rest has no memory of its own.
  for (job& j : g_world->jobs) j.body = nullptr;
}

void machine::body(unsigned g, body_fn f) {
  job& j = g_world->jobs[g];
  j.body = std::move(f);
  j.g = prepare_goroutine(sizeof(unsigned), alignof(unsigned), {});
  *static_cast<unsigned*>(closure_of(j.g)) = g;
}
void machine::work(unsigned w) { monitor::work(w); }
void machine::work_once(unsigned w, std::initializer_list<unsigned> gs) {
  worker& own = monitor::adopt(w);
  for (unsigned g : gs) spawn(g);
  monitor::work_once(own, nullptr);
}
void machine::steal_once(unsigned w, unsigned victim) {
  worker& own = monitor::adopt(w);
  monitor::work_once(own, monitor::steal(own, victim));
}
void machine::spawn(unsigned g) {
  job& j = g_world->jobs[g];
  j.spawned = true;
  start_goroutine(j.g, run_job);
}

void machine::park(host::mutex& l) {
  weft::modelled::detail::park(
      current_party(), wait_reason::chan_receive,
      [](void* held) noexcept { static_cast<host::mutex*>(held)->unlock(); }, &l);
}
void machine::yield() { weft::modelled::yield(); }
void machine::ready(unsigned g) { weft::modelled::detail::ready(*g_world->jobs[g].g); }

bool machine::join(unsigned g) {
  waits& mine = g_world->waiting[g];
  auto* wait = ::new (mine.wait) cancelable_wait(g_world->context);
  auto* node = ::new (mine.node) notify_waiter;
  node->cancelable = wait;
  if (wait->subscribe()) {
    node->~notify_waiter();
    wait->~cancelable_wait();
    return false;
  }
  g_world->line.join(*node);
  return true;
}
void machine::wait(unsigned g) {
  static_cast<void>(g_world->line.wait_unless(g_world->waiting[g].the_node()));
}
// As the end of wait_unless().
bool machine::notified(unsigned g) {
  waits& mine = g_world->waiting[g];
  bool canceled = mine.the_wait().canceled();
  if (canceled) {
    const weft::modelled::detail::lock_scope hold(g_world->line.lock_);
    if (mine.the_node().queued) g_world->line.waiting_.remove(mine.the_node());
  }
  mine.the_node().~notify_waiter();
  mine.the_wait().~cancelable_wait();
  return !canceled;
}
bool machine::notify_one() { return g_world->line.notify_one(); }
void machine::cancel() { g_world->context.end(); }

void machine::look_at(unsigned g) {
  scheduler& s = *scheduler::instance();
  s.freeze();
  const goroutine& x = g_world->goroutines[g];
  if (x.seen_status() != goroutine_status::dead) {
    if (x.id == 0) host::fail("a goroutine without a number");
    if (x.is_off() && g_world->jobs[g].stack.changes > 100) host::fail("what a stack");
  }
  s.thaw();
}

void machine::end() {
  for (const job& j : g_world->jobs)
    if (j.spawned && !j.ended) host::fail("a goroutine has been forgotten");
  if (!monitor::nothing_queued()) host::fail("a queue holds one that has ended");
  host::leave_others();
}

}  // namespace weft_model
