// SPDX-License-Identifier: Apache-2.0
#pragma once
// time: sleeping, timers and tickers.  Floor 4.  Go: package time.

#include <weft/chan.h>
#include <weft/detail/runtime/timers.h>

#include <chrono>
#include <functional>
#include <memory>
#include <type_traits>

WEFT_UNINSTRUMENTED_BEGIN
namespace weft::inline WEFT_WORLD {

#if WEFT_CHECK
/// The steady clock of the checker, which moves only when nothing else can happen.
struct clock {
  using duration = std::chrono::steady_clock::duration;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::steady_clock::time_point;
  static constexpr bool is_steady = true;
  static time_point now() noexcept {
    return time_point(std::chrono::nanoseconds(detail::nanotime()));
  }
};
#else
using clock = std::chrono::steady_clock;
#endif
using time_point = clock::time_point;

namespace detail {

/// Any duration as nanoseconds; what does not fit becomes the longest or shortest there is.
template <class Rep, class Period>
constexpr nanotime_t to_nanoseconds(std::chrono::duration<Rep, Period> d) noexcept {
  constexpr nanotime_t k_least = std::numeric_limits<nanotime_t>::min();
  using fine = std::chrono::duration<long double, std::nano>;
  long double n = std::chrono::duration_cast<fine>(d).count();
  if (n >= 9.2e18L) return k_never - 1;
  if (n <= -9.2e18L) return k_least;
  return std::chrono::duration_cast<std::chrono::nanoseconds>(d).count();
}

/// now + d, at most the last instant.
constexpr nanotime_t deadline_after(nanotime_t now, nanotime_t d) noexcept {
  nanotime_t when = 0;
  if (__builtin_add_overflow(now, d, &when)) return d > 0 ? k_never - 1 : 0;
  return when == k_never ? k_never - 1 : when;
}

class timer_channel;

/// A channel on which the deadline `when` comes, and with period > 0 every further one.
receiver<time_point> make_timer_channel(nanotime_t after, nanotime_t period);
/// True if a value was still to come, or had come and not been received: it never will be.
bool stop_timer_channel(const receiver<time_point>& c) noexcept;
bool reset_timer_channel(const receiver<time_point>& c, nanotime_t after, nanotime_t period);

/// A function to be run, in a goroutine of its own, when time is up.
class func_timer;
std::shared_ptr<func_timer> make_func_timer(nanotime_t after, std::function<void()> f);
bool stop_func_timer(func_timer& t) noexcept;
bool reset_func_timer(func_timer& t, nanotime_t after);

}  // namespace detail

/// Blocks the calling goroutine for at least d; returns at once if d <= 0.
///
/// Errors:   std::bad_alloc if the timer could not be queued.
/// Memory:   no edge.
/// Callable from: goroutine | plain thread (sleeps the thread)
/// Go:       time.Sleep.
template <class Rep, class Period>
void sleep_for(std::chrono::duration<Rep, Period> d) {
  detail::sched::point(detail::sched::op::sleep, nullptr);
  detail::nanotime_t n = detail::to_nanoseconds(d);
  if (n <= 0) return;
  detail::sleep_until_nanotime(detail::deadline_after(detail::nanotime(), n));
}

/// Blocks until `when` on its clock; the system clock is followed if it is set meanwhile.
template <class Clock, class Duration>
void sleep_until(std::chrono::time_point<Clock, Duration> when) {
  // Compared before subtracted: the difference of two far ends overflows.
  if constexpr (std::is_same_v<Clock, std::chrono::steady_clock>) {
    if (when > clock::now())
      detail::sleep_until_nanotime(detail::to_nanoseconds(when.time_since_epoch()));
  } else {
    for (auto now = Clock::now(); when > now; now = Clock::now()) sleep_for(when - now);
  }
}

/// A channel that gives the time once d has passed; d <= 0: at once.
///
/// Returns:  the receiving side; dropping it is all that is needed to cancel.
/// Errors:   std::bad_alloc; std::system_error if the runtime cannot start.
/// Memory:   the call synchronizes before the receive of the value.
/// Go:       time.After.
template <class Rep, class Period>
[[nodiscard]] receiver<time_point> after(std::chrono::duration<Rep, Period> d) {
  return detail::make_timer_channel(detail::to_nanoseconds(d), 0);
}

/// A single event in the future, delivered on c() or by running a function (see after_func).
///
/// The channel behaves as if unbuffered: after stop() or reset() no stale value can be received.
/// The value is the time the timer was due, however late it is read.
///
/// Errors/misuse: a default-made timer panics: "time: Stop called on uninitialized Timer",
///           "time: Reset called on uninitialized Timer".
/// Memory:   making and each reset() synchronize before the receive of the value, or the start
///           of the function.
/// Lifetime: movable; a dropped timer with a channel is gone, one with a function still fires.
/// Callable from: goroutine | plain thread
/// Cost:     in a heap only while somebody waits on the channel; O(log n) then.
/// Go:       time.Timer as of Go 1.23.
class timer {
 public:
  timer() noexcept = default;
  template <class Rep, class Period>
  explicit timer(std::chrono::duration<Rep, Period> d)
      : c_(detail::make_timer_channel(detail::to_nanoseconds(d), 0)) {}
  timer(timer&&) noexcept = default;
  timer& operator=(timer&&) noexcept;
  timer(const timer&) = delete;
  timer& operator=(const timer&) = delete;
  ~timer();

  /// The channel; nil for a timer made by after_func.
  [[nodiscard]] const receiver<time_point>& c() const noexcept { return c_; }

  /// Returns:  true if the timer was running, or its value had not been received: neither will
  ///           happen now. For after_func: false means that f has been started.
  bool stop();

  /// Starts anew with d from now. Returns as stop().
  template <class Rep, class Period>
  bool reset(std::chrono::duration<Rep, Period> d) {
    return reset_to(detail::to_nanoseconds(d));
  }

 private:
  template <class Rep, class Period, class F>
  friend timer after_func(std::chrono::duration<Rep, Period> d, F&& f);

  bool reset_to(detail::nanotime_t after);

  receiver<time_point> c_;
  std::shared_ptr<detail::func_timer> func_;
};

/// Runs f in a goroutine of its own once d has passed. stop() does not wait for f.
///
/// Returns:  the timer; dropping it does not cancel.
/// Errors:   std::bad_alloc; std::system_error if the runtime cannot start.
/// Go:       time.AfterFunc.
template <class Rep, class Period, class F>
timer after_func(std::chrono::duration<Rep, Period> d, F&& f) {
  timer t;
  // Shared, because std::function wants to copy what it holds, and f need not be copyable.
  auto shared = std::make_shared<std::decay_t<F>>(std::forward<F>(f));
  t.func_ = detail::make_func_timer(detail::to_nanoseconds(d), [shared] { (*shared)(); });
  return t;
}

/// Ticks: a channel that gives the time every d. A slow receiver misses ticks; those it gets stay
/// on the grid.
///
/// Errors/misuse: panic "non-positive interval for NewTicker", "non-positive interval for
///           Ticker.Reset"; a default-made one: stop() does nothing, reset() panics "time: Reset
///           called on uninitialized Ticker".
/// Memory:   making and each reset() synchronize before the receive of each tick.
/// Go:       time.Ticker.
class ticker {
 public:
  ticker() noexcept = default;
  template <class Rep, class Period>
  explicit ticker(std::chrono::duration<Rep, Period> d)
      : c_(detail::make_timer_channel(check_interval(detail::to_nanoseconds(d)),
                                      detail::to_nanoseconds(d))) {}
  ticker(ticker&&) noexcept = default;
  ticker& operator=(ticker&&) noexcept = default;
  ticker(const ticker&) = delete;
  ticker& operator=(const ticker&) = delete;

  [[nodiscard]] const receiver<time_point>& c() const noexcept { return c_; }

  /// No more ticks. Does not close the channel.
  void stop() noexcept;

  /// The next tick comes d from now, one that is due already never.
  template <class Rep, class Period>
  void reset(std::chrono::duration<Rep, Period> d) {
    reset_to(detail::to_nanoseconds(d));
  }

 private:
  static detail::nanotime_t check_interval(detail::nanotime_t d);
  void reset_to(detail::nanotime_t d);

  receiver<time_point> c_;
};

}  // namespace weft::inline WEFT_WORLD
WEFT_UNINSTRUMENTED_END
