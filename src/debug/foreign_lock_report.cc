// SPDX-License-Identifier: Apache-2.0
// foreign_lock_report.cc: a goroutine parks with a pthread mutex.                     Floor 6.

#include <weft/debug/lock_order.h>

#include "debug/goroutines.h"
#include "runtime/foreign_locks.h"

#include <cstdio>
#include <mutex>
#include <ostream>
#include <set>

namespace weft::inline WEFT_WORLD {
namespace debug {

using namespace detail;

std::string foreign_lock::text() const {
  std::string all = "goroutine " + std::to_string(goroutine);
  if (!name.empty()) all += " [" + name + "]";
  return all + " parks (" + reason + ") while it holds a mutex of the C++ standard library or of " +
         "pthreads, " + mutex + ", locked at:\n" + held_at + "it parks at:\n" + stack;
}

std::ostream& operator<<(std::ostream& out, const foreign_lock& l) { return out << l.text(); }

namespace {

struct foreign_reports {
  std::mutex lock;  // guards the rest
  std::set<void*> places;
  std::function<void(const foreign_lock&)> handler;
};

foreign_reports& reports() {
  static auto* r = new foreign_reports;
  return *r;
}

}  // namespace

void on_foreign_lock(std::function<void(const foreign_lock&)> handler) {
  foreign_reports& r = reports();
  const std::lock_guard hold(r.lock);
  r.handler = std::move(handler);
  r.places.clear();
}

#if WEFT_SEES_FOREIGN_LOCKS
namespace {

void report(goroutine& g, wait_reason why, foreign_locks::entry held) {
  std::function<void(const foreign_lock&)> handler;
  {
    foreign_reports& r = reports();
    const std::lock_guard hold(r.lock);
    if (!r.places.insert(held.at).second) return;
    handler = r.handler;
  }
  foreign_lock found;
  found.goroutine = g.id;
  if (g.name != nullptr) found.name = g.name;
  found.reason = reason_text(why);
  char text[32];
  std::snprintf(text, sizeof text, "%p", static_cast<const void*>(held.mutex));
  found.mutex = text;
  stack_sample at;
  at.pcs[0] = reinterpret_cast<std::uintptr_t>(held.at);
  at.count = 1;
  found.held_at += stack_text(at);
  stack_sample here;
  static_cast<void>(capture_stack(here));
  found.stack += stack_text(here);
  if (handler) {
    handler(found);
  } else {
    std::fputs(("weft: " + found.text()).c_str(), stderr);
  }
}

}  // namespace
#endif

}  // namespace debug

#if WEFT_SEES_FOREIGN_LOCKS
namespace detail {

void report_foreign_lock(goroutine& g, wait_reason why) noexcept {
  // The report locks and unlocks mutexes itself.
  const foreign_locks held = g.foreign;
  for (unsigned i = 0; i < held.count; ++i) debug::report(g, why, held.held[i]);
}

}  // namespace detail
#endif
}  // namespace weft::inline WEFT_WORLD
