// SPDX-License-Identifier: Apache-2.0
#pragma once
// goroutines: the state and the stack of every goroutine, read while they stand still. Floor 6.

#include "debug/symbols.h"
#include "runtime/labels.h"
#include "runtime/running_stacks.h"
#include "runtime/scheduler.h"
#include "runtime/stack_samples.h"

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace weft::inline WEFT_WORLD {
namespace debug {

struct goroutine_state {
  std::uint64_t id = 0;
  std::uint64_t parent_id = 0;  // 0: started by a plain thread
  std::uintptr_t creator = 0;   // return address of the go() that made it
  bool running = false;         // on a processor, or inside a blocking call
  detail::goroutine_status status{};
  detail::wait_reason why{};
  std::int64_t parked_at = 0;
  std::string name;
  detail::label_pairs labels;
  detail::stack_sample stack;  // empty if it is running and not to be had, or nearly used up
};

/// The goroutine that calls, or null.
detail::goroutine* calling_goroutine() noexcept;

/// All about one, while the world is frozen; within the budget, also the stack of one that runs.
/// False if it has ended.
bool read_goroutine(detail::goroutine& g, bool is_self, goroutine_state& out,
                    detail::ask_budget* budget = nullptr);

/// The frames of a stack, as in a dump: functions, files and lines.
std::string stack_text(const detail::stack_sample& s);
/// "created by f in goroutine 1", and where; empty if that is not known.
std::string creator_text(const goroutine_state& g);

/// Calls f for the caller's own goroutine first, then for all by number. No goroutine is switched
/// to meanwhile, so that f sees one moment; those that run go on computing. f must neither park
/// nor throw away time. The stack of one that runs is asked of its thread, which takes a signal,
/// and a little while.
enum class running_stacks : bool { left_out, asked_for };
void for_each_goroutine(const std::function<void(const goroutine_state&)>& f,
                        running_stacks running = running_stacks::left_out);

/// Where it was created, without arguments; nothing if a plain thread did.
std::optional<frame> creation_site(const goroutine_state& g);

using detail::reason_text;

}  // namespace debug
}  // namespace weft::inline WEFT_WORLD
