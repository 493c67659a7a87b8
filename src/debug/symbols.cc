// SPDX-License-Identifier: Apache-2.0
// symbols.cc: libbacktrace, which reads the program's own debug information.          Floor 6.

#include "debug/symbols.h"

#include <backtrace.h>
#include <cxxabi.h>
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <initializer_list>
#include <string_view>

namespace weft::inline WEFT_WORLD {
namespace debug {
namespace {

void ignore_error(void*, const char*, int) {}

backtrace_state* state() {
  static backtrace_state* s = backtrace_create_state(nullptr, 1, ignore_error, nullptr);
  return s;
}

void erase_all(std::string& text, std::string_view what) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at))
    text.erase(at, what.size());
}

std::string readable(const char* symbol) {
  int status = 0;
  char* demangled = abi::__cxa_demangle(symbol, nullptr, nullptr, &status);
  std::string name = demangled != nullptr ? demangled : symbol;
  std::free(demangled);
  for (std::string_view world : {"in_run::", "in_race::", "in_check::"}) erase_all(name, world);
  erase_all(name, "[abi:cxx11]");  // it says how the result is laid out
  // Parts that the compiler split off or specialised belong to the same function.
  if (std::size_t clone = name.find(" [clone"); clone != std::string::npos) name.erase(clone);
  // Of an inlined lambda the debug information gives no more than this.
  if (name == "operator()") name = "{lambda}::operator()()";
  if (name.find('(') == std::string::npos) name.append("()");
  return name;
}

struct lookup {
  std::vector<frame> frames;
  std::uintptr_t start = 0;
  const char* symbol = nullptr;
};

int on_line(void* data, std::uintptr_t, const char* file, int line, const char* function) {
  auto& l = *static_cast<lookup*>(data);
  if (function == nullptr && file == nullptr) return 0;
  frame f;
  if (function != nullptr) f.function = readable(function);
  if (file != nullptr) f.file = file;
  f.line = line;
  l.frames.push_back(std::move(f));
  return 0;
}

void on_symbol(void* data, std::uintptr_t, const char* name, std::uintptr_t start, std::uintptr_t) {
  auto& l = *static_cast<lookup*>(data);
  l.symbol = name;
  l.start = start;
}

bool starts_with_any(std::string_view name, std::initializer_list<std::string_view> prefixes) {
  return std::any_of(prefixes.begin(), prefixes.end(),
                     [&](std::string_view p) { return name.substr(0, p.size()) == p; });
}

bool contains_any(std::string_view text, std::initializer_list<std::string_view> parts) {
  return std::any_of(parts.begin(), parts.end(),
                     [&](std::string_view p) { return text.find(p) != std::string_view::npos; });
}

// The qualified name without return type: what follows the last space that stands outside of all
// brackets before the arguments begin.
std::string_view unqualified(std::string_view name) {
  std::size_t begin = 0;
  int depth = 0;
  for (std::size_t i = 0; i < name.size(); ++i) {
    char c = name[i];
    if (depth == 0 && c == '(') break;
    if (c == '<' || c == '{' || c == '(') ++depth;
    if (c == '>' || c == '}' || c == ')') --depth;
    if (depth == 0 && c == ' ') begin = i + 1;
  }
  return name.substr(begin);
}

}  // namespace

std::vector<frame> symbolise(std::uintptr_t return_address) {
  // The call is what stands before the address it returns to.
  std::uintptr_t pc = return_address - 1;
  lookup l;
  if (state() != nullptr) {
    backtrace_pcinfo(state(), pc, on_line, ignore_error, &l);
    backtrace_syminfo(state(), pc, on_symbol, ignore_error, &l);
  }
  if (l.frames.empty()) {
    frame f;
    char text[32];
    std::snprintf(text, sizeof text, "0x%zx", static_cast<std::size_t>(pc));
    f.function = readable(text);
    l.frames.push_back(std::move(f));
  }
  // The outermost has a symbol, which says more than the debug information.
  if (l.symbol != nullptr) l.frames.back().function = readable(l.symbol);
  for (frame& f : l.frames) {
    if (f.function.empty()) f.function.append("?()");
    if (f.file.empty()) f.file.push_back('?');
    f.offset = l.start != 0 ? return_address - l.start : 0;
  }
  return std::move(l.frames);
}

bool is_plumbing(const frame& f) {
  std::string_view name = unqualified(f.function);
  if (starts_with_any(name, {"weft::go<", "weft::run<", "weft::wait_group::go<",
                             "weft::wait_group::task<", "weft::detail::closure<", "std::__invoke",
                             "std::invoke", "std::apply", "std::__apply"})) {
    return true;
  }
  if (contains_any(f.file, {"/weft/go.h", "/weft/debug/"})) return true;
  // What runs the function given to wait_group::go.
  if (contains_any(f.file, {"/weft/wait_group.h"}) && contains_any(name, {"operator()", "go<"}))
    return true;
  return contains_any(f.file, {"/include/c++/"}) &&
         contains_any(name, {"invoke", "apply", "__apply_impl"});
}

bool is_internal(const frame& f) {
  std::string_view name = unqualified(f.function);
  if (starts_with_any(name, {"weft::detail::", "weft::park_in(", "weft_switch_stack",
                             "weft_stack_entry", "weft::debug::", "std::terminate",
                             "__cxxabiv1::", "__cxa_", "_Unwind_", "__restore_rt", "abort"})) {
    return true;
  }
  if (contains_any(f.file, {"/weft/detail/", "/src/runtime/", "/src/debug/"})) return true;
  // The slow halves of what the header has.
  if (starts_with_any(name, {"weft::shared_mutex::"}) &&
      contains_any(name, {"::lock_shared_slow", "::end_drain", "::drain", "::admit_readers",
                          "::undo_add", "::leave_to_readers"})) {
    return true;
  }
  return is_plumbing(f);
}

std::string plain_name(std::string_view function) {
  // The type that a conversion operator gives stands behind a space, too.
  bool conversion = function.find("operator ") != std::string_view::npos;
  std::string name(conversion ? function : unqualified(function));
  erase_all(name, "(anonymous namespace)::");
  return name;
}

}  // namespace debug
}  // namespace weft::inline WEFT_WORLD
