// SPDX-License-Identifier: Apache-2.0
#pragma once
// scheduler: the state that processors and workers share, and the operations on it.   Floor 3.
//
// Where a runnable goroutine may be: a processor's run_next, its ring, or the global queue.
//
// INV-1 work is never stranded: a goroutine is queued only by a worker that will look at its own
//       queue again, or on the global queue followed by wake_for_work().
// INV-2 (store-load pair of the idle handshake) queue work; fence; look whether anyone idles |
//       join the idle list; fence; look at every queue. At least one sees the other.
// INV-3 a worker on the idle list owns a live processor; each live processor has one owner.
// INV-4 live processors = target + extra, or more while some have yet to notice `attention`.
// Explored by: tests/model/idle_handshake.cc once the checker exists.

#include "runtime/processor.h"
#include "runtime/stack_pool.h"
#include "runtime/worker.h"

#include <string_view>

namespace weft::inline WEFT_WORLD {
namespace detail {

class scheduler {
 public:
  static constexpr unsigned k_max_processors = 4096;
  static constexpr unsigned k_max_workers = 10000;

  // start.cc
  /// Starts the runtime if it does not run yet. Throws std::system_error without threads.
  static scheduler& ensure_started();
  /// Null before the first start.
  static scheduler* instance() noexcept {
    // [ST-1] acquire; pairs with the release-store [ST-2].
    return s_instance.load(acquire);
  }
  /// Where the pointer to it is kept: for debuggers.
  static const void* instance_address() noexcept { return &s_instance; }
  unsigned set_processors(unsigned n);
  [[nodiscard]] unsigned target() const noexcept { return target_.load(); }

  // find_work.cc
  /// What a worker's thread does for ever.
  [[noreturn]] void work(worker& w) noexcept;

  // idle.cc
  /// Queues g for whoever comes first. Any thread.
  void inject(goroutine& g) noexcept;
  /// After work has been queued: wakes a worker if one idles and none is searching. Any thread.
  void wake_for_work() noexcept;
  /// The same for work of p's own, with the wake-ups that proved fruitless left out: more of them
  /// for a goroutine in run_next, which will mostly have been run by the time that anybody comes.
  static constexpr std::uint32_t k_run_next_weight = 1;
  static constexpr std::uint32_t k_queued_weight = 32;
  void wake_for_local_work(processor& p, std::uint32_t weight) noexcept {
    os::fence_light();
    // [SD-1] relaxed: ordered by the fence; its partner fence is in idle().
    if (idle_count_.load(relaxed) == 0) return;
    if (p.wake_skips > weight) {
      p.wake_skips -= weight;
    } else {
      wake_unless_fruitless(p);
    }
  }
  void poke(worker& w) noexcept;

  // blocking.cc
  void enter_blocking(worker& w, goroutine& g) noexcept;
  void leave_blocking(goroutine& g) noexcept;

  // timers.cc
  bool arm(timer_node& node, nanotime_t when) noexcept;

  // contention.cc
  [[nodiscard]] std::uint32_t live_processors() const noexcept { return live_.load(); }

  // monitor.cc
  void start_monitor();
  /// The monitor sleeps while all idle; whoever ends that tells it.
  void nudge_monitor() noexcept;
  void wake_monitor_from_signal() noexcept;
  [[nodiscard]] static std::int64_t coarse_now() noexcept {
    return s_coarse_now.load(relaxed);  // [SD-2] relaxed: a stamp for humans.
  }

  // freeze.cc
  /// Stops every worker at its next switch, so that goroutines off the processor stay put. At
  /// most one thread at a time freezes; goroutines that run user code go on running.
  void freeze() noexcept;
  void thaw() noexcept;

  /// Worker threads made so far; they stay.
  unsigned workers_made() noexcept {
    lock_scope hold(lock_);
    return worker_count_;
  }

  // idle.cc
  /// How long p has been asleep in all, and whether it is just now.
  std::int64_t slept(processor& p, bool* now_asleep) noexcept;

  /// Goroutines started and not yet ended.
  std::size_t goroutines() noexcept;

  /// For reports; each is of its own moment.
  struct load {
    unsigned processors;  // live ones
    unsigned workers;     // threads
    unsigned idle;        // workers asleep for want of work
    unsigned searching;
    std::size_t global_queue;
  };
  load load_now() noexcept {
    return {live_.load(), workers_made(), idle_count_.load(), searching_.load(),
            global_size_.load()};
  }

  // spawn.cc
  /// A dead goroutine with at least `stack_bytes` of stack (0: the default). Throws bad_alloc.
  goroutine* take_goroutine(std::size_t stack_bytes);
  /// Gives a dead goroutine's stack back. Never on that stack itself.
  void recycle(goroutine& g) noexcept;
  void give_back_stacks(processor& p) noexcept;
  std::uint64_t new_id_range(std::uint64_t n) noexcept { return next_id_.fetch_add(n); }

  stack_pool stacks;
  bool migrate_always = false;                    // WEFT_DEBUG=migrate; immutable after start
  shared_word<std::uint64_t> thread_spawned{0};   // goroutines started by plain threads
  shared_word<std::uint32_t> blocked_threads{0};  // plain threads parked in weft
  shared_word<std::uint32_t> blocking_calls{0};   // goroutines inside blocking()
  shared_word<std::uint32_t> mains_exited{0};     // ... whose main goroutine called exit_goroutine

  struct monitor_findings {
    shared_word<std::uint64_t> stuck_stretches{0};
  } findings;

  /// Calls f(processor&) for every processor there has been.
  template <class F>
  void for_each_processor(F&& f) noexcept {
    unsigned n = processor_count_.load();
    for (unsigned i = 0; i < n; ++i) f(*processors_[i].load());
  }

 private:
  friend struct monitor;

  // start.cc
  static shared_word<scheduler*> s_instance;  // leaked: threads outlive static objects
  scheduler() = default;
  void start();
  worker* new_worker_locked() noexcept;
  bool start_thread(worker& w) noexcept;
  processor* new_processor_locked() noexcept;

  // find_work.cc
  goroutine* find_work(worker& w) noexcept;
  goroutine* take_local(processor& p) noexcept;
  goroutine* take_global(worker& w, bool batch) noexcept;
  goroutine* search(worker& w) noexcept;
  goroutine* steal_from(worker& w, processor& victim) noexcept;
  bool start_searching(worker& w) noexcept;
  void stop_searching(worker& w, bool found) noexcept;
  void run_timers(processor& p) noexcept;
  void run_on(worker& w, goroutine& g) noexcept;

  // idle.cc
  void idle(worker& w) noexcept;
  void sleep_until_called(worker& w) noexcept;
  bool work_is_queued() noexcept;
  bool may_run_something(worker& w) noexcept;
  bool call_idle_one() noexcept;
  void wake_unless_fruitless(processor& p) noexcept;
  bool leave_idle_list(worker& w) noexcept;
  void push_idle_locked(worker& w) noexcept;
  worker* pop_idle_locked() noexcept;
  void call(worker& w) noexcept;
  void become_spare_locked(worker& w) noexcept;
  worker* spare_or_new_locked() noexcept;
  void push_global_locked(goroutine& g) noexcept;
  goroutine* pop_global_locked(worker& w) noexcept;
  void note_search(bool fruitful) noexcept;
  void forget_fruitless() noexcept;
  nanotime_t sleep_limit(worker& w, nanotime_t now) noexcept;

  // freeze.cc
  void clear_attention(processor& p) noexcept;

  // contention.cc
  void rest(worker& w) noexcept;

  // blocking.cc
  bool retire_locked(worker& w) noexcept;
  bool take_idle_processor(worker& w) noexcept;
  void wait_as_spare(worker& w) noexcept;
  void attend(worker& w) noexcept;
  void give_processor_locked(processor& p, worker& to) noexcept;

  lock lock_{lock_rank::scheduler};
  // Guarded by lock_; the counts are also read without it.
  goroutine* global_head_ = nullptr;
  goroutine* global_tail_ = nullptr;
  shared_word<std::uint32_t> global_size_{0};
  worker* idle_ = nullptr;  // last in, first out: the warmest is woken first
  worker* spare_ = nullptr;
  shared_word<std::uint32_t> idle_count_{0};
  shared_word<std::uint32_t> live_{0};
  shared_word<std::uint32_t> extra_{0};  // processors beyond target_, one for each stuck one
  shared_word<unsigned> target_{0};
  unsigned worker_count_ = 0;
  std::uint32_t resting_ = 0;  // workers in rest()
  shared_word<processor*> processors_[k_max_processors] = {};
  shared_word<unsigned> processor_count_{0};

  alignas(k_cache_line) shared_word<std::uint32_t> searching_{0};
  shared_word<std::uint32_t> wake_skip_limit_{0};
  shared_word<std::uint32_t> frozen_{0};
  static inline constinit shared_word<std::int64_t> s_coarse_now{0};
  shared_word<std::uint64_t> next_id_{1};
  shared_word<std::int64_t> look_interval_{0};

  alignas(k_cache_line) shared_word<std::uint32_t> monitor_word_{0};
  shared_word<bool> monitor_sleeps_{false};
};

/// Ends the process with `message` if this process is a fork of one in which the runtime ran.
void refuse_forked_child() noexcept;

/// Next goroutine of w's processor, marked on_cpu, or w.base if the scheduler has to decide.
goroutine& pick_next(worker& w) noexcept;

/// Leaves `from`, whose commit action is set, for `to`. Tail-called by what parks.
void switch_to(worker& w, goroutine& from, goroutine& to) noexcept;

/// Queues g on w's processor to run next.
void make_next(scheduler& s, worker& w, goroutine& g) noexcept;

}  // namespace detail
}  // namespace weft::inline WEFT_WORLD
