// SPDX-License-Identifier: Apache-2.0
#pragma once
// switch: in place of src/arch/switch.h: what stands for stacks, see machine.cc.

#include <weft/detail/base/config.h>

namespace weft::inline WEFT_WORLD {
namespace detail::arch {

using arrive_fn = void (*)(void* arg);

void weft_switch_stack(void** from, void* to, arrive_fn arrive, void* arg) noexcept;
void* make_stack(void* top, void (*entry)(void*), void* arg) noexcept;

}  // namespace detail::arch
}  // namespace weft::inline WEFT_WORLD
