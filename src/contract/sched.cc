// SPDX-License-Identifier: Apache-2.0
// sched.cc: the production answers to what the contract leaves open.                  Floor 2.

#include <weft/detail/contract/sched.h>

#include "os/random.h"

namespace weft::inline WEFT_WORLD {
namespace detail::sched {

// Multiply-shift range reduction (D. Lemire, 2016): the bias is below 2^-32 * n.
unsigned choose(unsigned n) noexcept {
  return static_cast<unsigned>((std::uint64_t{os::random_u32()} * n) >> 32);
}

}  // namespace detail::sched
}  // namespace weft::inline WEFT_WORLD
