// SPDX-License-Identifier: Apache-2.0
#pragma once
// switch: moving a thread from one stack to another.                                  Floor 1.

#include <weft/detail/base/config.h>

#include <cstdint>

namespace weft::inline WEFT_WORLD {
namespace detail::arch {

/// What runs first on the stack switched to.
using arrive_fn = void (*)(void* arg);

// Saves the callee-saved registers on this stack, stores the stack pointer in *from, moves to
// `to` (a value stored so, or made by make_stack), restores that stack's registers, calls
// arrive(arg) and jumps to where it left off. Registers first: what arrive() saves of them may lie
// for ever in a slot that a new goroutine's frames do not write, where find_leaks() takes it for a
// pointer. Floating-point control words are not touched: they belong to the thread. Ends in a jump,
// not a return, for the return address predictor is useless here anyhow; callers should tail-call.
extern "C" void weft_switch_stack(void** from, void* to, arrive_fn arrive, void* arg) noexcept;

// The first code of a new stack: calls the function and argument that make_stack left.
extern "C" void weft_stack_entry();

/// Lays out a fresh stack below `top` so that switching to it calls entry(arg), which must never
/// return. Unwinding stops there cleanly.
inline void* make_stack(void* top, void (*entry)(void*), void* arg) noexcept {
  auto aligned = reinterpret_cast<std::uintptr_t>(top) & ~std::uintptr_t{15};
#if defined(__x86_64__)
  // 7 words as weft_switch_stack pops them: r15 r14 r13 r12 rbx rbp, return address; then zeros.
  // 9 in all, for a saved stack pointer is 8 modulo 16.
  auto* sp = reinterpret_cast<std::uintptr_t*>(aligned) - 9;
  sp[0] = 0;
  sp[1] = 0;
  sp[2] = reinterpret_cast<std::uintptr_t>(entry);
  sp[3] = reinterpret_cast<std::uintptr_t>(arg);
  sp[4] = 0;
  sp[5] = 0;
  sp[6] = reinterpret_cast<std::uintptr_t>(&weft_stack_entry);
  sp[7] = 0;
  sp[8] = 0;
#elif defined(__aarch64__)
  // 20 words: x19..x28, x29 x30, d8..d15.
  auto* sp = reinterpret_cast<std::uintptr_t*>(aligned) - 20;
  for (int i = 0; i < 20; ++i) sp[i] = 0;
  sp[0] = reinterpret_cast<std::uintptr_t>(entry);
  sp[1] = reinterpret_cast<std::uintptr_t>(arg);
  sp[11] = reinterpret_cast<std::uintptr_t>(&weft_stack_entry);
#else
#error "weft: no context switch for this processor; add src/arch/switch_<cpu>.S"
#endif
  return sp;
}

}  // namespace detail::arch
}  // namespace weft::inline WEFT_WORLD
