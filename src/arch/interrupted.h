// SPDX-License-Identifier: Apache-2.0
#pragma once
// interrupted: where a signal has interrupted its thread.                             Floor 1.

#include <weft/detail/base/config.h>

#include <ucontext.h>
#include <cstdint>

namespace weft::inline WEFT_WORLD {
namespace detail::arch {

struct interrupted {
  std::uintptr_t pc;
  std::uintptr_t sp;

  /// `context` is a signal handler's third argument.
  explicit interrupted(const void* context) noexcept {
    const auto& machine = static_cast<const ucontext_t*>(context)->uc_mcontext;
#if defined(__x86_64__)
    pc = static_cast<std::uintptr_t>(machine.gregs[REG_RIP]);
    sp = static_cast<std::uintptr_t>(machine.gregs[REG_RSP]);
#elif defined(__aarch64__)
    pc = machine.pc;
    sp = machine.sp;
#else
#error "weft: no register names for this processor"
#endif
  }
};

}  // namespace detail::arch
}  // namespace weft::inline WEFT_WORLD
