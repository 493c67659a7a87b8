// SPDX-License-Identifier: Apache-2.0
#pragma once
// thread_party: a plain OS thread as something that parks.                            Floor 3.

#include <weft/detail/runtime/park.h>

namespace weft::inline WEFT_WORLD {
namespace detail {

struct thread_party : party {
  thread_party() noexcept : party(party_kind::thread) {}
  shared_word<std::uint32_t> woken{0};
  // What it is parked for, while it is on the list of parked threads.
  wait_reason why = wait_reason::none;
  commit_fn commit = nullptr;
  void* commit_arg = nullptr;
  const void* frame = nullptr;  // where: on a goroutine's stack, inside blocking()
  long tid = 0;
  char* stack_low = nullptr;  // the thread's stack, or null where that cannot be known
  char* stack_high = nullptr;
  thread_party* next_parked = nullptr;
  thread_party* prev_parked = nullptr;

  bool counted = false;  // in scheduler::blocked_threads; written by the parker before commit
};

/// The calling thread's own. Also for workers inside blocking().
thread_party& this_thread_party() noexcept;
void park_thread(thread_party& t, wait_reason why, commit_fn commit, void* arg) noexcept;
void unpark_thread(thread_party& t) noexcept;
void yield_thread() noexcept;

/// Calls f(thread_party&) for every thread that is parked. None of them goes on meanwhile.
void for_each_parked_thread(void (*f)(thread_party& t, void* arg), void* arg);

}  // namespace detail
}  // namespace weft::inline WEFT_WORLD
