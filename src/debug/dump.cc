// SPDX-License-Identifier: Apache-2.0
// dump.cc: all goroutines in the text format of Go's dumps.                           Floor 6.

#include <weft/debug.h>

#include "debug/goroutines.h"
#include "debug/profile.h"
#include "debug/symbols.h"
#include "os/clock.h"
#include "runtime/fatal.h"

#include <unistd.h>
#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <ostream>
#include <vector>

namespace weft::inline WEFT_WORLD {
namespace debug {
namespace {

using namespace detail;

constexpr std::size_t k_shown_frames = 100;  // as Go

std::string header(const goroutine_state& g) {
  std::string state;
  if (g.running) {
    state = g.status == goroutine_status::blocking ? "syscall" : "running";
  } else {
    state = g.status == goroutine_status::waiting ? reason_text(g.why) : "runnable";
  }
  if (!g.running && g.status == goroutine_status::waiting) {
    std::int64_t minutes = (os::monotonic_now() - g.parked_at) / 60'000'000'000;
    if (g.parked_at != 0 && minutes >= 1) state += ", " + std::to_string(minutes) + " minutes";
  }
  if (!g.name.empty()) state += ", name: " + g.name;
  if (!g.labels.empty()) state += " labels:" + labels_text(g.labels);
  return "goroutine " + std::to_string(g.id) + " [" + state + "]:\n";
}

void append_frame(std::string& out, const frame& f) {
  char place[64];
  std::snprintf(place, sizeof place, ":%d +0x%" PRIxPTR "\n", f.line, f.offset);
  out += f.function + "\n\t" + f.file + place;
}

}  // namespace

std::string stack_text(const stack_sample& s) {
  std::string out;
  bool top = true;
  std::size_t count = std::min(s.count, k_shown_frames);
  for (std::size_t i = 0; i < count; ++i) {
    for (const frame& f : symbolise(s.pcs[i])) {
      // What has no name at the top is the C++ runtime's way from a throw to here.
      if (is_internal(f) || (top && f.line == 0)) continue;
      top = false;
      append_frame(out, f);
    }
  }
  if (s.count >= k_shown_frames) out += "...additional frames elided...\n";
  return out;
}

std::string creator_text(const goroutine_state& g) {
  std::optional<frame> f = creation_site(g);
  if (!f) return {};
  f->function += " in goroutine " + std::to_string(g.parent_id);
  std::string out = "created by ";
  append_frame(out, *f);
  return out;
}

namespace {

std::string text_of(const goroutine_state& g) {
  std::string text = header(g);
  if (g.stack.count != 0) {
    text += stack_text(g.stack);
  } else if (g.running) {
    text += "\tgoroutine running on other thread; stack unavailable\n";
  } else {
    text += "\tstack nearly exhausted; not unwound\n";
  }
  text += creator_text(g);
  return text + '\n';
}

}  // namespace

void dump_goroutines(std::ostream& out) {
  std::string all;
  for_each_goroutine([&](const goroutine_state& g) { all += text_of(g); },
                     running_stacks::asked_for);
  out << all;
}

}  // namespace debug

namespace detail {

// Takes gdb's script into the program: see src/debug/gdb.
extern "C" const std::size_t weft_gdb_layout[];
[[gnu::used]] const std::size_t* const k_gdb_layout = weft_gdb_layout;

void write_goroutines(int fd) noexcept {
  try {
    debug::for_each_goroutine(
        [fd](const debug::goroutine_state& g) {
          std::string text = debug::text_of(g);
          const char* from = text.data();
          std::size_t left = text.size();
          while (left != 0) {
            ssize_t n = write(fd, from, left);
            if (n <= 0) return;
            from += n;
            left -= static_cast<std::size_t>(n);
          }
        },
        debug::running_stacks::asked_for);
  } catch (...) {
    static_cast<void>(!write(fd, "(out of memory)\n", 16));
  }
}

}  // namespace detail
}  // namespace weft::inline WEFT_WORLD
