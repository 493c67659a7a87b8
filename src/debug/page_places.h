// SPDX-License-Identifier: Apache-2.0
#pragma once
// page_places: a stack in one line, for the live page.                                Floor 6.

#include "debug/goroutines.h"

#include <map>
#include <string>
#include <string_view>

namespace weft::inline WEFT_WORLD {
namespace debug {

/// "transfer()" and "main::{lambda#1}", of a function's whole name.
std::string short_function(std::string_view full);

/// "transfer() server.cc:31".
std::string short_place(const frame& f);

/// Weft's own and the standard library's: which of their functions waits says nothing.
bool is_library(const std::string& function);

/// Looks each address up once.
class page_places {
 public:
  /// The innermost frame of the program's own; "?" if there is none.
  const std::string& of(const detail::stack_sample& s);

 private:
  symbol_cache symbols_;
  std::map<std::uintptr_t, std::string> known_;
};

}  // namespace debug
}  // namespace weft::inline WEFT_WORLD
