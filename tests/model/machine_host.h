// SPDX-License-Identifier: Apache-2.0
#pragma once
// machine_host: what the runtime in a model needs of the checker under it. Goroutines of the
// checker are threads to the one and goroutines to the other, so that neither sees the other's.

#include <cstdint>

namespace weft_model::host {

/// A lock of the runtime, of which lock_model.cc has the grains: here it is taken in one step by
/// somebody who finds it free, and let go in another.
class mutex {
 public:
  void lock() noexcept;
  void unlock() noexcept;

 private:
  std::uint64_t run_ = 0;  // the execution that the rest is of
  bool held_ = false;
  const void* released_ = nullptr;
};

/// Which thread is calling: by the order in which they were started.
unsigned thread() noexcept;
/// The time: with each look of a thread at it, more passes than a search of the runtime takes.
std::int64_t now() noexcept;
/// A new execution: time begins.
void begin() noexcept;
/// The execution has failed.
[[noreturn]] void fail(const char* text) noexcept;
/// The other threads, which are asleep, need not wake up any more.
void leave_others() noexcept;

}  // namespace weft_model::host
