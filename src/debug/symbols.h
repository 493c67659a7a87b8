// SPDX-License-Identifier: Apache-2.0
#pragma once
// symbols: from a code address to functions, files and lines.                         Floor 6.

#include <weft/detail/base/config.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace weft::inline WEFT_WORLD {
namespace debug {

struct frame {
  std::string function;  // demangled, without weft's inline namespace and unnamed ones
  std::string file;
  int line = 0;
  std::uintptr_t offset = 0;  // of the address in the function
};

/// The frames at a return address, innermost inlined function first; never empty. The
/// debug information is read once for an address.
std::vector<frame> symbolise(std::uintptr_t return_address);

/// True for frames of the runtime's inside, which dumps leave out.
bool is_internal(const frame& f);

/// True for frames between the start of a goroutine and the function that it was given.
bool is_plumbing(const frame& f);

/// The name without the type that the function returns.
std::string plain_name(std::string_view function);

/// What a table has room for: no parameters and no template arguments either, but those that tell
/// one lambda from another: "app::handle::{lambda(int)#1}::operator()".
std::string short_name(std::string_view function);

/// Nothing is known of the address.
inline bool is_unknown(const frame& f) { return f.line == 0 && f.function.rfind("0x", 0) == 0; }

/// Looks each address up once.
class symbol_cache {
 public:
  const std::vector<frame>& at(std::uintptr_t return_address) {
    auto [at, fresh] = known_.try_emplace(return_address);
    if (fresh) at->second = symbolise(return_address);
    return at->second;
  }

 private:
  std::unordered_map<std::uintptr_t, std::vector<frame>> known_;
};

}  // namespace debug
}  // namespace weft::inline WEFT_WORLD
