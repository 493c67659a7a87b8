// SPDX-License-Identifier: Apache-2.0
// The switch of stacks, from the inside.
#include "arch/switch.h"

#include <gtest/gtest.h>

#include <array>
#include <cstddef>

namespace weft_test {
namespace {

namespace arch = weft::detail::arch;

struct journey {
  void* home = nullptr;
  void* away = nullptr;
  std::uintptr_t seen = 0;  // the register that has the new stack's argument
  int arrivals = 0;
};

void arrive(void* arg) {
  std::uintptr_t seen = 0;
#if defined(__x86_64__)
  asm volatile("movq %%r12, %0" : "=r"(seen));
#elif defined(__aarch64__)
  asm volatile("mov %0, x20" : "=r"(seen));
#endif
  auto& j = *static_cast<journey*>(arg);
  if (j.arrivals++ == 0) j.seen = seen;
}

void there_and_back(void* arg) {
  auto& j = *static_cast<journey*>(arg);
  for (;;) arch::weft_switch_stack(&j.away, j.home, arrive, &j);
}

void go_and_return(journey& j) { arch::weft_switch_stack(&j.home, j.away, arrive, &j); }

// What arrive() saves of the registers may stay in the new stack's frames for ever: it must be that
// stack's own, or find_leaks() takes it for a way to who was left.
TEST(Switch, OnArrivalTheRegistersAreTheNewStacks) {
  if (WEFT_HAS_ASAN) GTEST_SKIP() << "AddressSanitizer must be told of switches";
  alignas(16) static std::array<std::byte, 64 * 1024> stack;
  journey j;
  j.away = arch::make_stack(stack.data() + stack.size(), there_and_back, &j);
  go_and_return(j);
  EXPECT_EQ(j.arrivals, 2);
  EXPECT_EQ(j.seen, reinterpret_cast<std::uintptr_t>(&j));
  go_and_return(j);
  EXPECT_EQ(j.arrivals, 4);
}

}  // namespace
}  // namespace weft_test
