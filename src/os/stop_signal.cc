// SPDX-License-Identifier: Apache-2.0
// stop_signal.cc: see stop_signal.h.                                                  Floor 1.

#include "os/stop_signal.h"

#include <csignal>

namespace weft::inline WEFT_WORLD {
namespace detail::os {
namespace {

bool is_default(int signal) noexcept {
  struct sigaction now{};
  return sigaction(signal, nullptr, &now) == 0 && (now.sa_flags & SA_SIGINFO) == 0 &&
         now.sa_handler == SIG_DFL;
}

}  // namespace

int stop_signal() noexcept {
  // From the end: programs take those from SIGRTMIN on.
  static const int chosen = [] {
    for (int s = SIGRTMAX - 1; s > SIGRTMIN; --s)
      if (is_default(s)) return s;
    return 0;
  }();
  return chosen;
}

}  // namespace detail::os
}  // namespace weft::inline WEFT_WORLD
