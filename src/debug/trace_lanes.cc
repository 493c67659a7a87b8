// SPDX-License-Identifier: Apache-2.0
// trace_lanes.cc: see trace_lanes.h.                                                  Floor 6.
//
// The recording may begin in the middle of things: what a goroutine did before its first record
// follows from that record, and is shown from the beginning of the recording.

#include "debug/trace_lanes.h"

#include "debug/goroutines.h"
#include "debug/perfetto.h"
#include "debug/trace_identities.h"
#include "runtime/trace_points.h"

#include <unistd.h>
#include <map>
#include <ostream>

namespace weft::inline WEFT_WORLD {
namespace debug {
namespace {

using namespace detail;
using trace::kind;
using trace::record;

// Numbers of tracks.
constexpr std::uint64_t k_process = 1;
constexpr std::uint64_t k_processors = 2;
constexpr std::uint64_t k_goroutines = 3;
constexpr std::uint64_t k_tasks = 4;
constexpr std::uint64_t k_runnable = 5;
constexpr std::uint64_t k_processor_0 = std::uint64_t{1} << 56;
constexpr std::uint64_t k_goroutine_0 = std::uint64_t{2} << 56;
constexpr std::uint64_t k_regions_0 = std::uint64_t{3} << 56;
constexpr std::uint64_t k_thread_0 = std::uint64_t{4} << 56;
constexpr std::uint64_t k_task_0 = std::uint64_t{5} << 56;

// A counter that changes more often is shown this often.
constexpr std::int64_t k_counter_ns = 20'000;

class lane_writer {
 public:
  lane_writer(const recording& r, std::ostream& out)
      : all_(r.records), recording_(r), who_(r.records, r.living), out_(out) {
    who_.limit(k_max_goroutine_lanes);
  }

  trace_summary write() {
    groups();
    std::uint64_t beyond =
        for_each_record(all_, [this](const record& r, const trace::thread_info& t) {
          ++summary_.events;
          now_ = r.time;
          thread_ = &t;
          one(r);
        });
    now_ = all_.to;
    the_living();
    summary_.dropped = all_.dropped + beyond;
    summary_.length = std::chrono::nanoseconds(all_.to - all_.from);
    note_end();
    return summary_;
  }

 private:
  struct goroutine_lane {
    bool seen = false;  // something is known of its state
    bool open = false;  // a slice has begun
    bool runnable = false;
    bool described = false;
    bool has_regions = false;
    unsigned regions = 0;
    std::uint64_t flow = 0;  // of whoever made it runnable
  };
  struct processor_lane {
    bool described = false;
    std::uint64_t runs = 0;
    std::int64_t stuck_since = 0;  // of the slice that is open in the lane
  };
  struct thread_lane {
    bool described = false;
    bool waits = false;
    unsigned regions = 0;
    bool timer = false;  // its last record was a timer that fired
    std::uint64_t flow = 0;
  };

  void groups() {
    char path[256] = "weft";
    if (ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1); n > 0) path[n] = '\0';
    std::string_view name = path;
    out_.process(k_process, name.substr(name.rfind('/') + 1));
    out_.counter_track(k_runnable, k_process, "runnable goroutines");
    out_.track(k_processors, k_process, "processors", 1);
    out_.track(k_goroutines, k_process, "goroutines", 3);
  }

  // ---- lanes

  std::uint64_t processor(std::uint16_t index) {
    processor_lane& p = processors_[index];
    if (!p.described) {
      p.described = true;
      out_.track(k_processor_0 + index, k_processors, "processor " + std::to_string(index), index);
    }
    return k_processor_0 + index;
  }

  // 0 if it has none.
  std::uint64_t goroutine(std::uint64_t id) {
    if (!who_.has_lane(id)) return 0;
    goroutine_lane& g = goroutines_[id];
    if (!g.described) {
      g.described = true;
      out_.track(k_goroutine_0 + id, k_goroutines, who_.name(id), rank(id));
    }
    return k_goroutine_0 + id;
  }

  static std::int32_t rank(std::uint64_t id) { return static_cast<std::int32_t>(id & 0x7fffffff); }

  std::uint64_t thread() {
    thread_lane& t = threads_[thread_->number];
    if (!t.described) {
      t.described = true;
      out_.thread(k_thread_0 + thread_->number, thread_->tid, thread_->name);
    }
    return k_thread_0 + thread_->number;
  }

  // Where regions and messages of the caller are shown.
  std::uint64_t regions_of(std::uint64_t id) {
    if (id == 0) return thread();
    std::uint64_t lane = goroutine(id);
    if (lane == 0) return 0;
    goroutine_lane& g = goroutines_[id];
    if (!g.has_regions) {
      g.has_regions = true;
      out_.track(k_regions_0 + id, lane, "regions");
    }
    return k_regions_0 + id;
  }

  // Where something that is no goroutine's doing is shown.
  std::uint64_t place(const record& r) {
    return r.processor != trace::k_no_processor ? processor(r.processor) : thread();
  }

  // ---- states of goroutines

  void set_state(std::uint64_t id, std::int64_t from, std::string_view name,
                 const event_extras& extras = {}) {
    std::uint64_t lane = goroutine(id);
    goroutine_lane& g = goroutines_[id];
    g.seen = true;
    bool runnable = name == "runnable";
    if (g.runnable != runnable) count_runnable(runnable ? 1 : -1);
    g.runnable = runnable;
    if (lane == 0) return;
    if (g.open) out_.end(from, lane);
    g.open = !name.empty();
    if (g.open) out_.begin(from, lane, name, extras);
  }

  void count_runnable(int by) {
    runnable_ += by;
    if (now_ - counted_at_ < k_counter_ns) return;
    counted_at_ = now_;
    out_.counter(now_, k_runnable, runnable_);
  }

  // Its first record shows in which state it was before.
  void was(std::uint64_t id, std::string_view name) {
    if (!goroutines_[id].seen) set_state(id, all_.from, name, {.category = "goroutine"});
  }

  void runs(std::uint64_t id, std::uint16_t on) {
    event_extras extras{.category = "goroutine", .flow_to = goroutines_[id].flow};
    goroutines_[id].flow = 0;
    if (on != trace::k_no_processor) {
      extras.key = "processor";
      extras.number = on;
    }
    set_state(id, now_, "running", extras);
    if (on == trace::k_no_processor) return;
    out_.begin(now_, processor(on), who_.name(id), {.category = "processor"});
    processors_[on].runs = id;
  }

  void leaves(std::uint16_t index) {
    if (index == trace::k_no_processor) return;
    processor_lane& p = processors_[index];
    if (p.stuck_since != 0) out_.end(now_, processor(index));
    p.stuck_since = 0;
    if (p.runs != 0) out_.end(now_, processor(index));
    p.runs = 0;
  }

  // ---- records

  void switched(const record& r) {
    if (r.a != 0) {
      was(r.a, "running");
      goroutine_status status = trace::left_status(r.detail);
      std::string_view state;
      if (status == goroutine_status::waiting) state = reason_text(trace::left_reason(r.detail));
      if (status == goroutine_status::runnable) state = "runnable";
      leaves(r.processor);
      set_state(r.a, now_, state, {.category = "goroutine"});
    }
    if (r.b != 0) {
      was(r.b, "runnable");
      leaves(r.processor);
      runs(r.b, r.processor);
    }
  }

  // An arrow begins at whoever did it.
  std::uint64_t arrow_from(const record& r, std::uint64_t by, std::string_view what,
                           std::string_view key, std::int64_t number) {
    std::uint64_t flow = ++flows_;
    std::uint64_t lane = by != 0 ? goroutine(by) : place(r);
    if (lane == 0) return 0;
    out_.instant(now_, lane, what,
                 {.category = "wake", .flow_from = flow, .key = key, .number = number});
    return flow;
  }

  void woken(const record& r) {
    was(r.a, reason_text(static_cast<wait_reason>(r.detail)));
    bool timer = r.b == 0 && threads_[thread_->number].timer;
    std::uint64_t flow = arrow_from(r, r.b, timer ? "timer wakes" : "wakes", "goroutine",
                                    static_cast<std::int64_t>(r.a));
    set_state(r.a, now_, "runnable", {.category = "goroutine"});
    goroutines_[r.a].flow = flow;
  }

  void created(const record& r) {
    std::uint64_t flow = arrow_from(r, r.b, "starts", "goroutine", static_cast<std::int64_t>(r.a));
    goroutines_[r.a].seen = true;
    set_state(r.a, now_, "runnable", {.category = "goroutine"});
    goroutines_[r.a].flow = flow;
  }

  void stuck(const record& r) {
    auto index = static_cast<std::uint16_t>(r.a);
    processor_lane& p = processors_[index];
    if (p.runs == 0 || p.stuck_since != 0) return;
    p.stuck_since = static_cast<std::int64_t>(r.b);
    out_.begin(std::max(p.stuck_since, all_.from), processor(index), "stuck",
               {.category = "processor"});
  }

  void thread_event(const record& r) {
    std::uint64_t lane = 0;
    switch (r.what) {
      case kind::thread_parked:
        parties_[r.a] = thread_->number;
        lane = thread();
        threads_[thread_->number].waits = true;
        out_.begin(now_, lane, reason_text(static_cast<wait_reason>(r.detail)),
                   {.category = "thread"});
        break;
      case kind::thread_woken:
        if (auto at = parties_.find(r.a); at != parties_.end()) {
          threads_[at->second].flow = arrow_from(r, r.b, "wakes", "thread", at->second);
        }
        break;
      default: {
        thread_lane& t = threads_[thread_->number];
        lane = thread();
        if (t.waits) out_.end(now_, lane);
        t.waits = false;
        out_.instant(now_, lane, "resumes", {.category = "thread", .flow_to = t.flow});
        t.flow = 0;
      }
    }
  }

  void region(const record& r) {
    std::uint64_t lane = regions_of(r.a);
    unsigned& depth = r.a != 0 ? goroutines_[r.a].regions : threads_[thread_->number].regions;
    if (r.what == kind::region_began) {
      ++depth;
      event_extras extras{.category = "user"};
      if (r.b != 0) {
        extras.key = "task";
        extras.number = static_cast<std::int64_t>(r.b);
      }
      if (lane != 0) out_.begin(now_, lane, r.text, extras);
    } else if (depth != 0) {  // else it began before the recording
      --depth;
      if (lane != 0) out_.end(now_, lane);
    }
  }

  void task(const record& r) {
    std::uint64_t lane = k_task_0 + r.b;
    if (tasks_.empty()) out_.track(k_tasks, k_process, "tasks", 2);
    bool& open = tasks_[r.b];
    if (r.what == kind::task_began) {
      out_.track(lane, k_tasks, "task " + std::to_string(r.b), rank(r.b));
      event_extras extras{.category = "user"};
      if (r.c != 0) {
        extras.key = "parent task";
        extras.number = static_cast<std::int64_t>(r.c);
      }
      out_.begin(now_, lane, r.text, extras);
      open = true;
    } else if (open) {
      out_.end(now_, lane);
      open = false;
    }
  }

  void message(const record& r) {
    std::string_view category = r.text.substr(0, r.text.find('\0'));
    std::string_view text = r.text.substr(std::min(category.size() + 1, r.text.size()));
    auto task = tasks_.find(r.b);
    bool has_task = task != tasks_.end() && task->second;
    std::uint64_t lane = has_task ? k_task_0 + r.b : regions_of(r.a);
    if (lane == 0) return;
    out_.instant(now_, lane, category.empty() ? "log" : category,
                 {.category = "log", .key = "message", .text = text});
  }

  void one(const record& r) {
    bool timer = false;
    switch (r.what) {
      case kind::created:
        created(r);
        break;
      case kind::ended:
        break;
      case kind::switched:
        switched(r);
        break;
      case kind::woken:
        woken(r);
        break;
      case kind::blocking_began:
        was(r.a, "running");
        leaves(r.processor);
        set_state(r.a, now_, "blocking call", {.category = "goroutine"});
        break;
      case kind::blocking_ended:
        was(r.a, "blocking call");
        runs(r.a, r.processor);
        break;
      case kind::thread_parked:
      case kind::thread_woken:
      case kind::thread_resumed:
        thread_event(r);
        break;
      case kind::stole:
        out_.instant(now_, place(r), "steals",
                     {.category = "processor",
                      .key = "from processor",
                      .number = static_cast<std::int64_t>(r.a)});
        break;
      case kind::timer_fired:
        timer = true;
        out_.instant(now_, place(r), "timer",
                     {.category = "timer",
                      .key = "late (ns)",
                      .number = now_ - static_cast<std::int64_t>(r.a)});
        break;
      case kind::processor_stuck:
        stuck(r);
        break;
      case kind::region_began:
      case kind::region_ended:
        region(r);
        break;
      case kind::task_began:
      case kind::task_ended:
        task(r);
        break;
      case kind::logged:
        message(r);
        break;
    }
    threads_[thread_->number].timer = timer;
  }

  // ---- the end

  // Goroutines of which nothing was recorded have been where they are all the time.
  void the_living() {
    // A trace that was full has ended long before, and nobody knows what they did then.
    if (recording_.living_at > all_.to) return;
    for (const goroutine_now& g : recording_.living) {
      if (goroutines_[g.id].seen || !who_.has_lane(g.id)) continue;
      std::string_view state = "running";
      if (g.status == goroutine_status::runnable) state = "runnable";
      if (g.status == goroutine_status::blocking) state = "blocking call";
      if (g.status == goroutine_status::waiting) state = reason_text(g.why);
      set_state(g.id, all_.from, state, {.category = "goroutine"});
    }
  }

  void note_end() {
    out_.counter(now_, k_runnable, runnable_);
    std::string text = std::to_string(summary_.events) + " events";
    if (summary_.dropped != 0)
      text += "; " + std::to_string(summary_.dropped) + " dropped for want of memory";
    if (who_.without_lane() != 0)
      text +=
          "; " + std::to_string(who_.without_lane()) + " goroutines without a lane of their own";
    out_.instant(now_, k_process, summary_.dropped != 0 ? "trace ends: memory full" : "trace ends",
                 {.category = "trace", .key = "contents", .text = text});
  }

  const trace::contents& all_;
  const recording& recording_;
  trace_identities who_;
  perfetto_writer out_;
  trace_summary summary_;
  std::int64_t now_ = 0;
  const trace::thread_info* thread_ = nullptr;
  std::uint64_t flows_ = 0;
  std::int64_t runnable_ = 0;
  std::int64_t counted_at_ = 0;
  std::unordered_map<std::uint64_t, goroutine_lane> goroutines_;
  std::map<std::uint16_t, processor_lane> processors_;
  std::map<std::uint32_t, thread_lane> threads_;
  std::unordered_map<std::uint64_t, std::uint32_t> parties_;  // of threads that parked
  std::unordered_map<std::uint64_t, bool> tasks_;
};

}  // namespace

trace_summary write_trace(const recording& r, std::ostream& out) {
  return lane_writer(r, out).write();
}

}  // namespace debug
}  // namespace weft::inline WEFT_WORLD
