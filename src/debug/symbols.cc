// SPDX-License-Identifier: Apache-2.0
// symbols.cc: libbacktrace, which reads the program's own debug information.          Floor 6.

#include "debug/symbols.h"

#include <backtrace.h>
#include <cstdio>
#include <cstdlib>
#include <cxxabi.h>

namespace weft::inline WEFT_WORLD {
namespace debug {
namespace {

void ignore_error(void*, const char*, int) {}

backtrace_state* state() {
  static backtrace_state* s = backtrace_create_state(nullptr, 1, ignore_error, nullptr);
  return s;
}

void erase_all(std::string& text, const char* what, std::size_t length) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at))
    text.erase(at, length);
}

std::string readable(const char* symbol) {
  int status = 0;
  char* demangled = abi::__cxa_demangle(symbol, nullptr, nullptr, &status);
  std::string name = demangled != nullptr ? demangled : symbol;
  std::free(demangled);
  erase_all(name, "in_run::", 8);
  if (name.find('(') == std::string::npos) name += "()";
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

bool starts_with_any(const std::string& name, std::initializer_list<const char*> prefixes) {
  for (const char* p : prefixes)
    if (name.rfind(p, 0) == 0) return true;
  return false;
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
    f.function = l.symbol != nullptr ? readable(l.symbol) : std::string(text) + "()";
    f.file = "?";
    l.frames.push_back(std::move(f));
  }
  for (frame& f : l.frames) {
    if (f.function.empty()) f.function = l.symbol != nullptr ? readable(l.symbol) : "?()";
    if (f.file.empty()) f.file = "?";
    f.offset = l.start != 0 ? return_address - l.start : 0;
  }
  return std::move(l.frames);
}

bool is_internal(const frame& f) {
  std::string name = f.function;
  // A template's name is preceded by its return type.
  if (std::size_t at = name.find(' '); at != std::string::npos && at < name.find('(') &&
                                       at < name.find('<') && name.rfind("operator", 0) != 0) {
    name.erase(0, at + 1);
  }
  return starts_with_any(
      name, {"weft::detail::", "weft::go<", "weft::run<", "weft::wait_group::go<", "weft::wait_group::task<", "weft_stack_entry", "weft_switch_stack",
             "std::__invoke", "std::invoke", "std::apply", "std::__apply", "std::terminate",
             "__cxxabiv1::", "__cxa_", "_Unwind_", "__restore_rt", "abort", "raise",
             "void std::__invoke", "decltype(auto) std::apply", "constexpr decltype(auto) std::",
             "decltype(auto) std::__apply"});
}

}  // namespace debug
}  // namespace weft::inline WEFT_WORLD
