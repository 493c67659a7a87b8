// SPDX-License-Identifier: Apache-2.0
#pragma once
// scopes: the full names of functions that have no symbol, and their lines.           Floor 6.
//
// g++ gives no linkage name to what is local to one file: lambdas in main, in static functions and
// in members of unnamed namespaces, and those functions themselves. The debug information then has
// "operator()" and no more; what it stands in says the rest. The lines are for what libbacktrace
// does not find.

#include <weft/detail/base/config.h>

#include <cstdint>
#include <string>
#include <vector>

namespace weft::inline WEFT_WORLD {
namespace debug {

/// The functions that an address is in, innermost inlined first, with their scopes, in the
/// demangler's spelling: "main::{lambda(int)#1}::operator()(int)". Empty if the program has no
/// debug information that says so.
std::vector<std::string> scoped_names(std::uintptr_t pc);

struct source_line {
  std::string file;  // as the compiler was given it; empty: unknown
  int line;          // 0: unknown
};

/// For each of these functions the line that the address is of, and for those that another one is
/// inlined into the line of that call. There may be one more, of what surrounds them all.
std::vector<source_line> source_lines(std::uintptr_t pc);

}  // namespace debug
}  // namespace weft::inline WEFT_WORLD
