// SPDX-License-Identifier: Apache-2.0
// futex.cc: raw system calls; errors of futex are all "look again", so none is reported. Floor 1.

#include "os/futex.h"

#include <linux/futex.h>
#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <cerrno>
#include <climits>
#include <ctime>

namespace weft::inline WEFT_WORLD {
namespace detail::os {

namespace {

// ThreadSanitizer keeps a signal until the thread that it came to calls one of the functions that
// it intercepts; syscall() is none.
void let_kept_signals_through([[maybe_unused]] long result) noexcept {
#if WEFT_RACE
  if (result != 0 && errno == EINTR) usleep(0);
#endif
}

}  // namespace

void futex_wait(shared_word<std::uint32_t>& word, std::uint32_t expected) noexcept {
  long result = syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, expected, nullptr, nullptr, 0);
  let_kept_signals_through(result);
}

bool futex_wait_for(shared_word<std::uint32_t>& word, std::uint32_t expected,
                    std::int64_t nanoseconds) noexcept {
  constexpr std::int64_t k_second = 1'000'000'000;
  timespec wait{};
  wait.tv_sec = static_cast<time_t>(nanoseconds / k_second);
  wait.tv_nsec = static_cast<long>(nanoseconds % k_second);
  long result = syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, expected, &wait, nullptr, 0);
  bool timed_out = result != 0 && errno == ETIMEDOUT;
  let_kept_signals_through(result);
  return !timed_out;
}

void futex_wake(shared_word<std::uint32_t>& word, int count) noexcept {
  syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, count, nullptr, nullptr, 0);
}

bool membarrier_init() noexcept {
  return syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) == 0;
}

void membarrier() noexcept { syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0); }

}  // namespace detail::os
}  // namespace weft::inline WEFT_WORLD
