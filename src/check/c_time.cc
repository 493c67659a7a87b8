// SPDX-License-Identifier: Apache-2.0
// c_time.cc: the clocks and sleeps of the C library in a checked program.             Floor 6.
//
// std::chrono::steady_clock and system_clock find the checker's time, which begins anew in each
// execution and passes when nothing else can happen; std::this_thread::sleep_for lets it pass. The
// clocks of processor time are the C library's.

#include "check/c_library.h"

#include <weft/time.h>

#include <sched.h>
#include <sys/time.h>
#include <unistd.h>
#include <ctime>

namespace weft::inline WEFT_WORLD {
namespace detail::checker::c_library {
namespace {

// What system_clock shows when weft's clock shows nothing: on the first day of an execution it is
// the beginning of the year 2000, as in a bubble of Go's synctest.
constexpr nanotime_t k_year_2000 = 946'684'800 * k_second;

bool is_steady(clockid_t clock) noexcept {
  return clock == CLOCK_MONOTONIC || clock == CLOCK_MONOTONIC_RAW ||
         clock == CLOCK_MONOTONIC_COARSE || clock == CLOCK_BOOTTIME;
}
bool is_calendar(clockid_t clock) noexcept {
  return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE || clock == CLOCK_TAI;
}

nanotime_t shown(const engine& e, clockid_t clock) noexcept {
  return is_steady(clock) ? e.now() : e.now() - engine::k_epoch + k_year_2000;
}

}  // namespace
}  // namespace detail::checker::c_library
}  // namespace weft::inline WEFT_WORLD

namespace c = weft::detail::checker::c_library;
using weft::detail::checker::engine;

extern "C" {

int clock_gettime(clockid_t clock, timespec* out) noexcept {
  engine* e = c::asked();
  if (e != nullptr && (c::is_steady(clock) || c::is_calendar(clock))) {
    auto now = c::shown(*e, clock);
    *out = {now / c::k_second, now % c::k_second};
    return 0;
  }
  static auto* const real = c::real<decltype(clock_gettime)>("clock_gettime");
  return real(clock, out);
}

int gettimeofday(timeval* out, void* zone) noexcept {
  if (c::asked() == nullptr) {
    static auto* const real = c::real<int(timeval*, void*)>("gettimeofday");
    return real(out, zone);
  }
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  *out = {now.tv_sec, now.tv_nsec / 1000};
  return 0;
}

time_t time(time_t* out) noexcept {
  if (c::asked() == nullptr) {
    static auto* const real = c::real<time_t(time_t*)>("time");
    return real(out);
  }
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  if (out != nullptr) *out = now.tv_sec;
  return now.tv_sec;
}

int clock_nanosleep(clockid_t clock, int flags, const timespec* time, timespec* left) {
  engine* e = c::asked();
  if (e != nullptr && (c::is_steady(clock) || c::is_calendar(clock))) {
    bool absolute = (flags & TIMER_ABSTIME) != 0;
    auto most = absolute ? c::until(clock, *time) : c::nanoseconds_of(*time);
    weft::sleep_for(std::chrono::nanoseconds(most));
    return 0;
  }
  static auto* const real = c::real<decltype(clock_nanosleep)>("clock_nanosleep");
  return real(clock, flags, time, left);
}

int nanosleep(const timespec* time, timespec* left) {
  if (c::asked() != nullptr) return clock_nanosleep(CLOCK_MONOTONIC, 0, time, left);
  static auto* const real = c::real<decltype(nanosleep)>("nanosleep");
  return real(time, left);
}

int usleep(useconds_t microseconds) {
  timespec time{microseconds / 1'000'000, microseconds % 1'000'000 * 1000};
  return nanosleep(&time, nullptr);
}

unsigned sleep(unsigned seconds) {
  if (c::asked() != nullptr) {
    weft::sleep_for(std::chrono::seconds(seconds));
    return 0;
  }
  static auto* const real = c::real<decltype(sleep)>("sleep");
  return real(seconds);
}

// No scheduling point: loops around it look at something, and that is one. (What a loop yields only
// so often before it sleeps, as std::atomic::wait does, would otherwise not be seen to sleep.)
int sched_yield() noexcept {
  if (c::asked() != nullptr) return 0;
  static auto* const real = c::real<decltype(sched_yield)>("sched_yield");
  return real();
}

}  // extern "C"
