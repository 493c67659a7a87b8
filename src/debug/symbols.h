// SPDX-License-Identifier: Apache-2.0
#pragma once
// symbols: from a code address to functions, files and lines.                         Floor 6.

#include <weft/detail/base/config.h>

#include <cstdint>
#include <string>
#include <vector>

namespace weft::inline WEFT_WORLD {
namespace debug {

struct frame {
  std::string function;  // demangled, without weft's inline namespace
  std::string file;
  int line = 0;
  std::uintptr_t offset = 0;  // of the address in the function
};

/// The frames at a return address, innermost inlined function first; never empty.
std::vector<frame> symbolise(std::uintptr_t return_address);

/// True for frames of the runtime's inside, which dumps leave out.
bool is_internal(const frame& f);

}  // namespace debug
}  // namespace weft::inline WEFT_WORLD
