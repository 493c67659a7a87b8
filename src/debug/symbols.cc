// SPDX-License-Identifier: Apache-2.0
// symbols.cc: libbacktrace, which reads the program's own debug information.          Floor 6.

#include "debug/symbols.h"

#include "debug/scopes.h"

#include <backtrace.h>
#include <cxxabi.h>
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <initializer_list>
#include <mutex>
#include <string_view>
#include <unordered_map>

namespace weft::inline WEFT_WORLD {
namespace debug {
namespace {

// How many addresses are remembered. A program blocks and starts goroutines in far fewer places.
constexpr std::size_t k_max_known = std::size_t{1} << 16;

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
  erase_all(name, "(anonymous namespace)::");
  erase_all(name, "[abi:cxx11]");  // it says how the result is laid out
  // Parts that the compiler split off or specialised belong to the same function.
  if (std::size_t clone = name.find(" [clone"); clone != std::string::npos) name.erase(clone);
  if (name.find('(') == std::string::npos) name.append("()");
  return name;
}

struct lookup {
  std::vector<frame> frames;
  std::vector<std::string> unscoped;  // for each, its name if that lacks the scope; else empty
  bool scoped = false;                // their scopes have been found
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
  bool mangled = function == nullptr || (function[0] == '_' && function[1] == 'Z');
  l.unscoped.emplace_back(mangled ? "" : function);
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

// Where a bracket's counterpart stands; the end of the text if nowhere.
std::size_t closing(std::string_view text, std::size_t at) {
  int depth = 0;
  for (std::size_t i = at; i < text.size(); ++i) {
    char c = text[i];
    if (c == '>' && i > 0 && text[i - 1] == '-') continue;
    if (c == '<' || c == '(' || c == '{') ++depth;
    if ((c == '>' || c == ')' || c == '}') && --depth == 0) return i;
  }
  return text.size();
}

// The length of the operator's sign that the text begins with.
std::size_t operator_sign(std::string_view text) {
  for (std::string_view sign :
       {"()", "[]", "<=>", "<<=", ">>=", "->*", "<<", ">>", "<=", ">=", "->", "<", ">"})
    if (text.substr(0, sign.size()) == sign) return sign.size();
  return 0;
}

std::string without_templates(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '<') {
      i = closing(text, i);
    } else {
      out += text[i];
    }
  }
  return out;
}

// The length of what follows the parameters of a member function.
std::size_t qualifiers(std::string_view text) {
  for (std::string_view q : {" const &&", " const&&", " const &", " const&", " const", " &&", " &"})
    if (text.substr(0, q.size()) == q) return q.size();
  return 0;
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

bool is_call(std::string_view name) { return name.substr(0, 10) == "operator()"; }

// libbacktrace (of GCC 12) finds nothing behind a function that two units claim, such as a member
// of a template of which the linker kept one: it takes the unit that claims it, and looks no
// further back if that ends before the address.
void add_unknown(lookup& l, std::uintptr_t pc) {
  if (!l.frames.empty()) return;
  const std::vector<std::string> names = scoped_names(pc);
  if (names.empty()) return;
  std::vector<source_line> lines = source_lines(pc);
  lines.resize(names.size());
  for (std::size_t i = 0; i < names.size(); ++i) {
    l.frames.push_back(
        {.function = readable(names[i].c_str()), .file = lines[i].file, .line = lines[i].line});
    l.unscoped.emplace_back();
  }
}

// Puts before names what they stand in, which is all that tells one lambda from another.
void add_scopes(lookup& l, std::uintptr_t pc) {
  if (std::all_of(l.unscoped.begin(), l.unscoped.end(), [](auto& s) { return s.empty(); })) return;
  std::vector<std::string> full = scoped_names(pc);
  l.scoped = full.size() == l.frames.size();
  for (std::size_t i = 0; i < l.frames.size(); ++i) {
    const std::string& name = l.unscoped[i];
    if (name.empty()) continue;
    if (l.scoped && full[i].find(name) != std::string::npos)
      l.frames[i].function = readable(full[i].c_str());
    // With -g1 clang does not say what it stands in.
    if (is_call(l.frames[i].function)) {
      std::string file = l.frames[i].file.substr(l.frames[i].file.rfind('/') + 1);
      l.frames[i].function = "{lambda in " + file + "}::operator()()";
    }
  }
}

std::vector<frame> look_up(std::uintptr_t return_address) {
  // The call is what stands before the address it returns to.
  std::uintptr_t pc = return_address - 1;
  lookup l;
  if (state() != nullptr) {
    backtrace_pcinfo(state(), pc, on_line, ignore_error, &l);
    add_unknown(l, pc);
    add_scopes(l, pc);
    backtrace_syminfo(state(), pc, on_symbol, ignore_error, &l);
  }
  if (l.frames.empty()) {
    frame f;
    char text[32];
    std::snprintf(text, sizeof text, "0x%zx", static_cast<std::size_t>(pc));
    f.function = readable(text);
    l.frames.push_back(std::move(f));
  }
  // The outermost has a symbol, which says more than the debug information; but where a lambda is
  // called and where it is inlined it must have one name.
  bool lambda = !l.unscoped.empty() && is_call(l.unscoped.back()) &&
                l.frames.back().function.find("}::operator()") != std::string::npos;
  if (l.symbol != nullptr && !(lambda && l.scoped)) l.frames.back().function = readable(l.symbol);
  for (frame& f : l.frames) {
    if (f.function.empty()) f.function.append("?()");
    if (f.file.empty()) f.file.push_back('?');
    f.offset = l.start != 0 ? return_address - l.start : 0;
  }
  return std::move(l.frames);
}

}  // namespace

std::vector<frame> symbolise(std::uintptr_t return_address) {
  static std::mutex guard;  // guards `known`; no goroutine is switched while it is held
  // Never destroyed: a program may be dying while another thread reports.
  static auto& known = *new std::unordered_map<std::uintptr_t, std::vector<frame>>;
  {
    std::scoped_lock hold(guard);
    if (auto at = known.find(return_address); at != known.end()) return at->second;
  }
  std::vector<frame> frames = look_up(return_address);
  std::scoped_lock hold(guard);
  if (known.size() < k_max_known) known.emplace(return_address, frames);
  return frames;
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
  return std::string(conversion ? function : unqualified(function));
}

std::string short_name(std::string_view function) {
  std::string name = plain_name(function);
  std::string_view text = name;
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    constexpr std::string_view k_operator = "operator";
    constexpr std::string_view k_lambda = "{lambda(";
    if (text.substr(i, k_operator.size()) == k_operator) {
      std::size_t length = k_operator.size() + operator_sign(text.substr(i + k_operator.size()));
      out += text.substr(i, length);
      i += length;
    } else if (text.substr(i, k_lambda.size()) == k_lambda) {
      std::size_t end = closing(text, i + k_lambda.size() - 1);
      std::string_view parameters = text.substr(i + k_lambda.size(), end - i - k_lambda.size());
      out += "{lambda";
      if (!parameters.empty()) out.append("(").append(without_templates(parameters)).append(")");
      i = end + 1;
    } else if (text[i] == '<' || text[i] == '(') {
      bool parameters = text[i] == '(';
      i = closing(text, i) + 1;
      if (parameters && i < text.size()) i += qualifiers(text.substr(i));
    } else {
      out += text[i++];
    }
  }
  while (!out.empty() && out.back() == ' ') out.pop_back();
  // A lambda in a lambda.
  for (std::size_t at = 0; (at = out.find("}::operator()::", at)) != std::string::npos;)
    out.erase(at + 1, std::string_view("::operator()").size());
  return out.empty() ? name : out;
}

}  // namespace debug
}  // namespace weft::inline WEFT_WORLD
