// SPDX-License-Identifier: Apache-2.0
#pragma once
// trace: what ran when, who woke whom, and why it waited, for the Perfetto viewer.    Floor 6.

#include <weft/detail/base/config.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <memory>
#include <string>
#include <string_view>

WEFT_UNINSTRUMENTED_BEGIN
namespace weft::inline WEFT_WORLD {
namespace debug {

struct trace_options {
  /// Memory for what happens; a switch of goroutines takes 32 bytes. When it is full the trace ends
  /// there: it keeps its beginning.
  std::size_t max_bytes = std::size_t{64} << 20;
};

/// What became of a trace.
struct trace_summary {
  std::uint64_t events = 0;   // written
  std::uint64_t dropped = 0;  // for want of memory; the trace says so, too
  std::chrono::nanoseconds length{0};
};

/// Begins to record goroutines, wake-ups, steals, timers, blocking calls, and the program's own
/// regions, tasks and messages.
///
/// Blocks:   no.
/// Errors/misuse: std::system_error device_or_resource_busy while a trace is on; std::bad_alloc.
/// Memory:   no edge, neither here nor in anything else of this header.
/// Callable from: goroutine | plain thread
/// Cost:     while on, about 0.1 us for each switch, wake-up, creation and end of a goroutine; no
///           lock but once in 16 KiB of records.
/// Go:       runtime/trace.Start.
void start_trace(trace_options options = {});

/// Ends the trace and writes it: a file that ui.perfetto.dev opens.
///
/// Errors/misuse: std::logic_error if no trace is on; what the stream throws; for a path,
///           std::system_error if it cannot be written. The trace has ended in either case.
/// Callable from: goroutine | plain thread
/// Cost:     some microseconds an event, and about 150 bytes of output.
/// Go:       runtime/trace.Stop.
trace_summary stop_trace(std::ostream& out);
trace_summary stop_trace(const std::string& path);

/// Is a trace on? The flight recorder does not count.
bool tracing() noexcept;

struct flight_recorder_options {
  /// Events of this last stretch of time are kept ...
  std::chrono::nanoseconds min_age = std::chrono::seconds(10);
  /// ... as far as they fit; this bound wins.
  std::size_t max_bytes = std::size_t{10} << 20;
  /// If not empty: written here when the process dies of a panic or a fatal error.
  std::string at_death{};
  /// If set: asked every `interval` on a thread of the library's own; the first time it says true,
  /// the recording is written to `when_true`. It must neither block nor park for long.
  std::function<bool()> when{};
  std::chrono::milliseconds interval{100};
  std::string when_true{};
};

/// Keeps the last stretch of the execution in memory, and writes it when something has gone wrong.
/// One at a time may be started; a trace may be on as well.
///
/// Lifetime: its destructor stops it.
/// Callable from: goroutine | plain thread
/// Go:       runtime/trace.FlightRecorder; at_death and when are additions.
class flight_recorder {
 public:
  explicit flight_recorder(flight_recorder_options options = {});
  flight_recorder(const flight_recorder&) = delete;
  flight_recorder& operator=(const flight_recorder&) = delete;
  ~flight_recorder();

  /// Errors/misuse: std::system_error device_or_resource_busy if one is started already, or no
  /// thread
  ///           can be had; std::bad_alloc; std::invalid_argument if `when` has no path to write to.
  void start();

  /// Forgets what has been recorded. Returns after a call of `when` that is going on.
  void stop() noexcept;

  [[nodiscard]] bool enabled() const noexcept;

  /// Writes the recording as it is now, and goes on recording.
  ///
  /// Errors/misuse: as stop_trace().
  trace_summary write_to(std::ostream& out);
  trace_summary write_to(const std::string& path);

  /// True once `when` has said so and the file has been written.
  [[nodiscard]] bool triggered() const noexcept;

 private:
  struct state;
  std::unique_ptr<state> state_;
};

/// A logical operation that may go through many goroutines, from here to the end of the scope.
/// Keeps no memory; without a trace it does nothing.
///
/// Callable from: goroutine | plain thread
/// Go:       runtime/trace.Task; here it is passed by reference, not in a context.
class trace_task {
 public:
  explicit trace_task(std::string_view name) noexcept : trace_task(name, 0) {}
  trace_task(const trace_task& parent, std::string_view name) noexcept
      : trace_task(name, parent.id_) {}
  trace_task(const trace_task&) = delete;
  trace_task& operator=(const trace_task&) = delete;
  ~trace_task();

  /// A message in this task's lane. Names and messages are cut after 240 bytes.
  void log(std::string_view category, std::string_view message) const noexcept;

 private:
  friend class trace_region;
  trace_task(std::string_view name, std::uint64_t parent) noexcept;
  std::uint64_t id_;
};

/// A stretch of the calling goroutine, or thread, to the end of the scope. Regions of a goroutine
/// nest.
///
/// Callable from: goroutine | plain thread
/// Go:       runtime/trace.StartRegion.
class trace_region {
 public:
  explicit trace_region(std::string_view name) noexcept : trace_region(name, 0) {}
  trace_region(const trace_task& task, std::string_view name) noexcept
      : trace_region(name, task.id_) {}
  trace_region(const trace_region&) = delete;
  trace_region& operator=(const trace_region&) = delete;
  ~trace_region();

 private:
  trace_region(std::string_view name, std::uint64_t task) noexcept;
};

/// A message of the calling goroutine.
///
/// Callable from: goroutine | plain thread
/// Go:       runtime/trace.Log.
void trace_log(std::string_view category, std::string_view message) noexcept;

}  // namespace debug
}  // namespace weft::inline WEFT_WORLD
WEFT_UNINSTRUMENTED_END
