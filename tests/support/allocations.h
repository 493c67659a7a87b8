// SPDX-License-Identifier: Apache-2.0
#pragma once
// How often this program has called operator new. Only in binaries that link allocations.cc.

namespace weft_test {

long allocations() noexcept;

}  // namespace weft_test
