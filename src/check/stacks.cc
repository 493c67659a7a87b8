// SPDX-License-Identifier: Apache-2.0
// stacks.cc: walking frame pointers, and naming what is found.                        Floor 6.

#include "check/stacks.h"

#include "debug/symbols.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

namespace weft::inline WEFT_WORLD {
namespace detail::checker {
namespace {

constexpr std::size_t k_most_frames = 64;

std::vector<std::uintptr_t> walk(std::uintptr_t frame, const goroutine& g) {
  std::array<std::uintptr_t, k_most_frames> out;
  std::size_t n = 0;
  auto low = reinterpret_cast<std::uintptr_t>(g.stack.low);
  auto high = reinterpret_cast<std::uintptr_t>(g.stack.high);
  while (frame >= low && frame + 16 <= high && frame % 8 == 0 && n < out.size()) {
    const auto* f = reinterpret_cast<const std::uintptr_t*>(frame);
    if (f[1] == 0) break;
    out[n++] = f[1];
    if (f[0] <= frame) break;
    frame = f[0];
  }
  return {out.begin(), out.begin() + n};
}

// Of inlined functions the name is given without namespaces: this one says whose they are.
std::string_view own_folder() {
  std::string_view path = __FILE__;
  while (path.starts_with("../")) path.remove_prefix(3);
  return path.substr(0, path.rfind('/') + 1);
}

// Not a frame of weft's, the checker's or the standard library's.
bool is_users(const debug::frame& f) {
  // A template's name has the type of its result before it, which may be one of theirs.
  std::string name = debug::plain_name(f.function);
  for (std::string_view start : {"weft::", "std::", "__tsan_", "operator new", "operator delete",
                                 "weft_stack_entry", "__gthread_"})
    if (name.starts_with(start)) return false;
  // "./": the C library's, where its debug information is installed.
  return !f.file.empty() && f.file != "?" && !f.file.starts_with("./") &&
         !f.file.starts_with("../sysdeps/") && f.file.find("include/weft/") == std::string::npos &&
         f.file.find(own_folder()) == std::string::npos &&
         f.file.find("/include/c++/") == std::string::npos;
}

std::string_view base_name(std::string_view path) {
  std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

}  // namespace

WEFT_NOINLINE std::vector<std::uintptr_t> stack_of_caller(const goroutine& g) {
  return walk(reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0)), g);
}

std::vector<std::uintptr_t> stack_from(std::uintptr_t pc, std::uintptr_t frame,
                                       const goroutine& g) {
  std::vector<std::uintptr_t> out = walk(frame, g);
  out.insert(out.begin(), pc + 1);  // it is no return address
  return out;
}

std::vector<std::uintptr_t> stack_of(const goroutine& g) {
  if (g.sp == nullptr) return {};
  // As weft_switch_stack leaves it: see src/arch.
#if defined(__x86_64__)
  constexpr std::size_t k_frame_pointer = 5;
  constexpr std::size_t k_return = 6;
#else
  constexpr std::size_t k_frame_pointer = 10;
  constexpr std::size_t k_return = 11;
#endif
  const auto* saved = static_cast<const std::uintptr_t*>(g.sp);
  std::vector<std::uintptr_t> out = walk(saved[k_frame_pointer], g);
  out.insert(out.begin(), saved[k_return]);
  return out;
}

std::vector<std::string> user_frames(const std::vector<std::uintptr_t>& stack) {
  std::vector<std::string> out;
  for (std::uintptr_t address : stack) {
    for (const debug::frame& f : debug::symbolise(address)) {
      if (!is_users(f)) continue;
      std::string line = debug::short_name(f.function);
      line += " at ";
      line += base_name(f.file);
      line += ':';
      line += std::to_string(f.line);
      out.push_back(std::move(line));
    }
  }
  return out;
}

std::string user_site(const std::vector<std::uintptr_t>& stack) {
  for (std::uintptr_t address : stack) {
    for (const debug::frame& f : debug::symbolise(address)) {
      if (!is_users(f)) continue;
      return std::string(base_name(f.file)) + ':' + std::to_string(f.line);
    }
  }
  return {};
}

}  // namespace detail::checker
}  // namespace weft::inline WEFT_WORLD
