// SPDX-License-Identifier: Apache-2.0
#pragma once
// scopes: the full names of functions that have no symbol.                            Floor 6.
//
// g++ gives no linkage name to what is local to one file: lambdas in main, in static functions and
// in members of unnamed namespaces, and those functions themselves. The debug information then has
// "operator()" and no more; what it stands in says the rest.

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

}  // namespace debug
}  // namespace weft::inline WEFT_WORLD
