// SPDX-License-Identifier: Apache-2.0
// failures.cc: how an execution fails, and where.                                     Floor 6.
//
// Once an exception comes to the bottom of a goroutine its stack is gone. So the C++ library's
// function that throws is found here first, while an execution is put down for a report.

#include "check/c_library.h"
#include "check/describe.h"
#include "check/engine.h"
#include "check/stacks.h"

#include <cxxabi.h>
#include <exception>
#include <optional>

namespace weft::inline WEFT_WORLD {
namespace detail::checker {
namespace {

// libstdc++'s exception_ptr is the address of the exception, and no more.
const void* current_exception_address() {
  const std::exception_ptr handled = std::current_exception();
  static_assert(sizeof handled == sizeof(void*));
  return *reinterpret_cast<void* const*>(&handled);
}

}  // namespace

std::optional<std::string> text_of_current_exception() {
  try {
    throw;
  } catch (const std::exception& e) {
    return e.what();
  } catch (...) {
    return std::nullopt;
  }
}

void engine::forget_failure() {
  message.clear();
  details.clear();
  mismatch.clear();
  failed = {};
  failed_at.clear();
  failing_ = false;
  thrown_.clear();
}

void engine::fail(outcome why, std::string text) {
  working_ = true;
  result_ = why;
  if (!failing_) {
    message = std::move(text);
    note_failure({});
  }
  goroutine& from = current_ == nullptr ? root_ : *current_;
  if (&from == &root_) {  // before the first goroutine ran, or in a timer
    std::terminate();
  }
  switch_to(from, root_);
  __builtin_unreachable();
}

void engine::fail_with_exception() {
  working_ = true;
  fail_where_thrown("panic: " +
                    text_of_current_exception().value_or("an exception that is no std::exception"));
}

void engine::fail_where_thrown(std::string text) {
  working_ = true;
  if (record && !failing_) {
    const void* thrown = current_exception_address();
    for (auto& [exception, where] : thrown_)
      if (thrown != nullptr && exception == thrown) failed = where;
  }
  fail(outcome::failure, std::move(text));
}

void engine::look_at_count() {
  if (counts_are_points || never_again) return;
  counts_looked_at = true;
  fail(outcome::unprepared, {});
}

void engine::fail_soon(std::string text, std::string_view more) {
  if (failing_) return;
  const own_work here(*this);
  message = std::move(text);
  if (more.find('\n') != std::string_view::npos) details = more;
  note_failure({});
  failing_ = true;
}

// What is known of the place already, stays.
void engine::note_failure(access_site where) {
  if (failed.who != k_nobody || current_ == nullptr || current_ == &root_ || in_timer_) return;
  failed = std::move(where);
  failed.who = current_->id;
  failed.step = steps_taken();
  if (record && failed.stack.empty()) failed.stack = stack_of_caller(*current_);
}

void engine::note_throw(const void* exception) {
  const own_work here(*this);
  access_site where;
  where.who = current_->id;
  where.step = steps_taken();
  where.stack = stack_of_caller(*current_);
  thrown_.emplace_back(exception, std::move(where));
}

// Stacks are not used again before the execution ends, so that nothing else can be there.
void engine::note_gone(const goroutine& g) noexcept {
  for (std::uint32_t i = 1; i < objects.size(); ++i) {
    object& o = objects[i];
    auto* at = static_cast<const char*>(o.address);
    if (at < g.stack.low || at >= g.stack.high || o.gone != k_nobody) continue;
    o.gone = g.id;
    any_gone_ = true;
  }
}

// Is what the operation is about to do for an object that was destroyed with a stack?
void engine::refuse_gone(const goroutine& g) {
  const std::uint32_t number = g.next.object;
  if (number == 0 || g.next.kind == pending::offers || seam::g_fine) return;
  const std::uint16_t owner = objects[number].gone;
  if (owner == k_nobody) return;
  fail(outcome::failure, "misuse: " + std::string(word_for(g.next.what)) + object_name(number) +
                             " after the end of " + name_of(*this, owner) +
                             ", on whose stack it was");
}

}  // namespace detail::checker
}  // namespace weft::inline WEFT_WORLD

namespace c = weft::detail::checker::c_library;
using weft::detail::checker::engine;

namespace __cxxabiv1 {

// Weak: a C++ library that is linked statically has its own, and is not asked.
extern "C" __attribute__((weak)) void __cxa_throw(void* exception, std::type_info* type,
                                                  void (*destroy)(void*)) {
  static auto* const real = c::real<decltype(__cxa_throw)>("__cxa_throw");
  engine* e = engine::of_program();
  if (e != nullptr && e->record) e->note_throw(exception);
  real(exception, type, destroy);
  __builtin_unreachable();
}

}  // namespace __cxxabiv1
