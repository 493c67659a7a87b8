// SPDX-License-Identifier: Apache-2.0
#pragma once
// thread_party: a plain OS thread as something that parks.                            Floor 3.

#include <weft/detail/runtime/park.h>

namespace weft::inline WEFT_WORLD {
namespace detail {

struct thread_party : party {
  thread_party() noexcept : party(party_kind::thread) {}
  shared_word<std::uint32_t> woken{0};
  bool counted = false;  // in scheduler::blocked_threads; written by the parker before commit
};

/// The calling thread's own. Also for workers inside blocking().
thread_party& this_thread_party() noexcept;
void park_thread(thread_party& t, wait_reason why, commit_fn commit, void* arg) noexcept;
void unpark_thread(thread_party& t) noexcept;
void yield_thread() noexcept;

}  // namespace detail
}  // namespace weft::inline WEFT_WORLD
