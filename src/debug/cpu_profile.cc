// SPDX-License-Identifier: Apache-2.0
// cpu_profile.cc: see cpu_profile.h; start_cpu_profile() and stop_cpu_profile().      Floor 6.

#include "debug/cpu_profile.h"

#include <weft/debug/profiles.h>

#include "debug/tool_thread.h"
#include "os/clock.h"

#include <condition_variable>
#include <fstream>
#include <memory>
#include <mutex>
#include <system_error>

namespace weft::inline WEFT_WORLD {
namespace debug {
namespace {

// Its name is what the profile shows for samples that found no room.
extern "C" [[gnu::used]] WEFT_NOINLINE void weft_lost_samples() noexcept { asm volatile(""); }

std::system_error already_in_use() {
  return std::system_error(std::make_error_code(std::errc::operation_in_progress),
                           "cpu profiling already in use");
}

// A recording that goes on by itself, into a file.
struct background_recording {
  explicit background_recording(const std::string& path)
      : file(path, std::ios::binary | std::ios::trunc) {
    if (!file) {
      throw std::system_error(errno, std::generic_category(), "weft: cannot write " + path);
    }
    recording = std::make_unique<cpu_recording>();
    poller = start_tool_thread([this] { poll_until_told(); });
  }

  void poll_until_told() {
    cpu_recording& mine = *recording;
    std::unique_lock hold(guard);
    while (!told.wait_for(hold, std::chrono::milliseconds(detail::k_cpu_poll_ms),
                          [&] { return ends; })) {
      mine.poll();
    }
  }

  void finish() {
    {
      std::lock_guard hold(guard);
      ends = true;
    }
    told.notify_one();
    poller.join();
    file << encode(recording->finish());
    file.close();
    if (!file) {
      throw std::system_error(std::make_error_code(std::errc::io_error),
                              "weft: cannot write the CPU profile");
    }
  }

  std::ofstream file;
  std::unique_ptr<cpu_recording> recording;  // the poller's until it has ended
  std::mutex guard;                          // guards `ends`
  std::condition_variable told;
  bool ends = false;
  std::thread poller;
};

std::mutex g_background_guard;  // guards the next
// Not destroyed at exit: a program may end while it records, and the file is then incomplete.
background_recording* g_background = nullptr;

}  // namespace

std::int64_t system_now_ns() {
  auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
}

cpu_recording::cpu_recording()
    : began_ns_(detail::os::monotonic_now()), began_system_ns_(system_now_ns()) {
  if (!detail::start_cpu_samples()) throw already_in_use();
}

cpu_recording::~cpu_recording() {
  if (recording_) detail::stop_cpu_samples(add, this);
}

void cpu_recording::add(void* self, detail::cpu_sample& s) {
  key k;
  k.first.assign(s.stack.pcs, s.stack.pcs + s.stack.count);
  if (s.labels != nullptr) k.second = s.labels->pairs;
  detail::drop_labels(std::exchange(s.labels, nullptr));
  static_cast<cpu_recording*>(self)->ticks_[std::move(k)] += s.ticks;
}

void cpu_recording::poll() { detail::poll_cpu_samples(add, this); }

profile cpu_recording::finish() {
  detail::stop_cpu_samples(add, this);
  recording_ = false;
  profile p;
  p.types = {{"samples", "count"}, {"cpu", "nanoseconds"}};
  p.period_type = {"cpu", "nanoseconds"};
  p.period = detail::k_cpu_period_ns;
  p.whole_stacks = true;
  p.time_ns = began_system_ns_;
  p.duration_ns = detail::os::monotonic_now() - began_ns_;
  for (auto& [k, ticks] : ticks_)
    p.samples.push_back({k.first, {ticks, ticks * detail::k_cpu_period_ns}, k.second});
  if (auto lost = static_cast<std::int64_t>(detail::lost_cpu_samples())) {
    auto pc = reinterpret_cast<std::uintptr_t>(&weft_lost_samples) + 1;
    p.samples.push_back({{pc}, {lost, lost * detail::k_cpu_period_ns}, {}});
  }
  return p;
}

void start_cpu_profile(const std::string& path) {
  std::lock_guard hold(g_background_guard);
  if (g_background != nullptr) throw already_in_use();
  g_background = new background_recording(path);
}

void stop_cpu_profile() {
  std::unique_ptr<background_recording> ending;
  {
    std::lock_guard hold(g_background_guard);
    ending.reset(std::exchange(g_background, nullptr));
  }
  if (ending != nullptr) ending->finish();
}

}  // namespace debug
}  // namespace weft::inline WEFT_WORLD
