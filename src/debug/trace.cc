// SPDX-License-Identifier: Apache-2.0
// trace.cc: the public face of the execution trace.                                   Floor 6.

#include <weft/debug/trace.h>

#include "debug/trace_file.h"
#include "debug/trace_lanes.h"
#include "runtime/scheduler.h"
#include "runtime/trace_points.h"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <stdexcept>
#include <system_error>

namespace weft::inline WEFT_WORLD {
namespace debug {

using detail::trace::kind;
using detail::trace::record;
using detail::trace::session;

namespace {

// Task 0 is none.
detail::shared_word<std::uint64_t> g_next_task{1};

bool traced() noexcept { return detail::probed(detail::probe::trace); }

void write(kind what, std::uint64_t b, std::uint64_t c, std::string_view text) noexcept {
  record r;
  r.what = what;
  r.a = detail::trace::current_id();
  r.b = b;
  r.c = c;
  r.text = text;
  detail::trace::append(r);
}

void write_message(std::uint64_t task, std::string_view category,
                   std::string_view message) noexcept {
  char text[detail::trace::k_max_text];
  std::size_t head = std::min(category.size(), sizeof text - 1);
  std::size_t rest = std::min(message.size(), sizeof text - 1 - head);
  category.copy(text, head);
  text[head] = '\0';
  message.copy(text + head + 1, rest);
  write(kind::logged, task, 0, {text, head + 1 + rest});
}

}  // namespace

trace_summary write_trace_file(const recording& r, const std::string& path) {
  std::ofstream out(path, std::ios::binary);
  trace_summary summary;
  if (out) summary = write_trace(r, out);
  out.close();
  if (!out)
    throw std::system_error(errno != 0 ? errno : EIO, std::generic_category(),
                            "weft: cannot write the trace to " + path);
  return summary;
}

namespace {

recording end_trace() {
  recording all = take_recording(session::trace);
  if (!detail::trace::stop(session::trace)) throw std::logic_error("weft: no trace is on");
  return all;
}

}  // namespace

void start_trace(trace_options options) {
  if (!detail::trace::start(session::trace, options.max_bytes))
    throw std::system_error(std::make_error_code(std::errc::device_or_resource_busy),
                            "weft: a trace is on already");
}

trace_summary stop_trace(std::ostream& out) { return write_trace(end_trace(), out); }
trace_summary stop_trace(const std::string& path) { return write_trace_file(end_trace(), path); }

bool tracing() noexcept { return detail::trace::is_on(session::trace); }

trace_task::trace_task(std::string_view name, std::uint64_t parent) noexcept
    // [TC-1] relaxed: only to be unlike the others.
    : id_(g_next_task.fetch_add(1, detail::relaxed)) {
  if (traced()) write(kind::task_began, id_, parent, name);
}

trace_task::~trace_task() {
  if (traced()) write(kind::task_ended, id_, 0, {});
}

void trace_task::log(std::string_view category, std::string_view message) const noexcept {
  if (traced()) write_message(id_, category, message);
}

trace_region::trace_region(std::string_view name, std::uint64_t task) noexcept {
  if (traced()) write(kind::region_began, task, 0, name);
}

trace_region::~trace_region() {
  if (traced()) write(kind::region_ended, 0, 0, {});
}

void trace_log(std::string_view category, std::string_view message) noexcept {
  if (traced()) write_message(0, category, message);
}

}  // namespace debug
}  // namespace weft::inline WEFT_WORLD
