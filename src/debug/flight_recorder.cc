// SPDX-License-Identifier: Apache-2.0
// flight_recorder.cc: the last stretch of the execution, kept in memory.              Floor 6.

#include <weft/debug/trace.h>

#include "debug/trace_file.h"
#include "debug/trace_lanes.h"
#include "os/clock.h"
#include "os/futex.h"
#include "os/threads.h"
#include "runtime/fatal.h"
#include "runtime/scheduler.h"
#include "runtime/tool_threads.h"

#include <algorithm>
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <system_error>

namespace weft::inline WEFT_WORLD {
namespace debug {

using detail::lock_scope;
using detail::trace::session;

struct flight_recorder::state {
  flight_recorder_options options;
  detail::shared_word<bool> on{false};
  detail::shared_word<bool> triggered{false};
  detail::shared_word<std::uint32_t> stopping{0};
  detail::shared_word<std::uint32_t> watching{0};  // the thread that asks `when` runs
};

namespace {

// How long the end of the process is put off for the recording.
constexpr std::int64_t k_death_ns = 10'000'000'000;

struct death {
  const flight_recorder_options* options = nullptr;
  detail::shared_word<std::uint32_t> written{0};
};
// Guards what the recording at death needs; never let go once the process is dying.
detail::lock g_death_lock{detail::lock_rank::context};
death g_death;

recording last_stretch(const flight_recorder_options& options) {
  recording r = take_recording(session::recorder);
  r.records.from = std::max(r.records.from, r.records.to - std::int64_t{options.min_age.count()});
  return r;
}

void say(const std::string& path, const trace_summary& s) {
  std::fprintf(stderr, "flight recorder: wrote the last %.3f s, %llu events, to %s\n",
               static_cast<double>(s.length.count()) / 1e9,
               static_cast<unsigned long long>(s.events), path.c_str());
}

void write_at_death(void*) {
  detail::tool_thread_scope tool;
  try {
    say(g_death.options->at_death,
        write_trace_file(last_stretch(*g_death.options), g_death.options->at_death));
  } catch (const std::exception& e) {
    std::fprintf(stderr, "flight recorder: %s\n", e.what());
  }
  g_death.written.store(1);
  detail::os::futex_wake(g_death.written, 1);
}

// The dying stack may be a goroutine's, and short: another thread writes.
void last_act() noexcept {
  g_death_lock.acquire_lock();
  if (g_death.options == nullptr) {
    g_death_lock.release_lock();
    return;
  }
  try {
    detail::os::start_detached_thread("weft-recorder", detail::os::thread_signals::none,
                                      write_at_death, nullptr);
  } catch (...) {
    return;
  }
  std::int64_t give_up = detail::os::monotonic_now() + k_death_ns;
  while (g_death.written.load() == 0) {
    std::int64_t left = give_up - detail::os::monotonic_now();
    if (left <= 0) return;
    detail::os::futex_wait_for(g_death.written, 0, left);
  }
}

void write_at_death_of(const flight_recorder_options* options) noexcept {
  lock_scope hold(g_death_lock);
  g_death.options = options;
  detail::set_last_act(options != nullptr ? last_act : nullptr);
}

}  // namespace

flight_recorder::flight_recorder(flight_recorder_options options)
    : state_(std::make_unique<state>()) {
  state_->options = std::move(options);
}

flight_recorder::~flight_recorder() { stop(); }

void flight_recorder::start() {
  state& s = *state_;
  const flight_recorder_options& o = s.options;
  if (o.when && o.when_true.empty())
    throw std::invalid_argument("weft: flight_recorder_options.when needs a path in when_true");
  if (!detail::trace::start(session::recorder, o.max_bytes))
    throw std::system_error(std::make_error_code(std::errc::device_or_resource_busy),
                            "weft: a flight recorder is on already");
  s.stopping.store(0);
  s.triggered.store(false);
  s.on.store(true);
  if (!o.at_death.empty()) write_at_death_of(&o);
  if (!o.when) return;
  s.watching.store(1);
  static constexpr auto body = [](void* arg) {
    detail::tool_thread_scope tool;
    state& mine = *static_cast<state*>(arg);
    const std::int64_t interval =
        std::max<std::int64_t>(std::chrono::nanoseconds(mine.options.interval).count(), 1'000'000);
    while (mine.stopping.load() == 0) {
      try {
        if (mine.options.when()) {
          say(mine.options.when_true,
              write_trace_file(last_stretch(mine.options), mine.options.when_true));
          mine.triggered.store(true);
          break;
        }
      } catch (const std::exception& e) {
        std::fprintf(stderr, "flight recorder: %s\n", e.what());
        break;
      }
      detail::os::futex_wait_for(mine.stopping, 0, interval);
    }
    // From here on `mine` may be gone.
    detail::shared_word<std::uint32_t>& word = mine.watching;
    word.store(0);
    detail::os::futex_wake(word, 1);
  };
  try {
    detail::os::start_detached_thread("weft-recorder", detail::os::thread_signals::none, body, &s);
  } catch (...) {
    s.watching.store(0);
    stop();
    throw;
  }
}

void flight_recorder::stop() noexcept {
  state& s = *state_;
  if (!s.on.exchange(false)) return;
  s.stopping.store(1);
  detail::os::futex_wake(s.stopping, 1);
  while (s.watching.load() != 0) detail::os::futex_wait(s.watching, 1);
  if (!s.options.at_death.empty()) write_at_death_of(nullptr);
  detail::trace::stop(session::recorder);
}

bool flight_recorder::enabled() const noexcept { return state_->on.load(); }
bool flight_recorder::triggered() const noexcept { return state_->triggered.load(); }

trace_summary flight_recorder::write_to(std::ostream& out) {
  if (!enabled()) throw std::logic_error("weft: the flight recorder is not started");
  return write_trace(last_stretch(state_->options), out);
}

trace_summary flight_recorder::write_to(const std::string& path) {
  if (!enabled()) throw std::logic_error("weft: the flight recorder is not started");
  return write_trace_file(last_stretch(state_->options), path);
}

}  // namespace debug
}  // namespace weft::inline WEFT_WORLD
