// SPDX-License-Identifier: Apache-2.0
// random.cc: splitmix64 (G. Steele et al., OOPSLA 2014), seeded per thread.           Floor 1.

#include "os/random.h"

#include "os/clock.h"

namespace weft::inline WEFT_WORLD {
namespace detail::os {
namespace {

thread_local std::uint64_t t_state = 0;

}  // namespace

// Never inlined: the address of t_state must not be kept across a switch of stacks.
WEFT_NOINLINE std::uint32_t random_u32() noexcept {
  std::uint64_t* state = &t_state;
  asm volatile("" : "+r"(state));
  if (*state == 0) {
    *state = static_cast<std::uint64_t>(monotonic_now()) ^ reinterpret_cast<std::uintptr_t>(state);
  }
  std::uint64_t z = *state += 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return static_cast<std::uint32_t>(z >> 32);
}

}  // namespace detail::os
}  // namespace weft::inline WEFT_WORLD
