// SPDX-License-Identifier: Apache-2.0
// scopes.cc: see scopes.h.                                                            Floor 6.
//
// Of each unit of the program that is asked for, the skeleton is kept: namespaces, classes and
// functions, which of them stands in which, and where the code of functions lies.

#include "debug/scopes.h"

#include "debug/dwarf.h"

#include <link.h>
#include <algorithm>
#include <cstring>
#include <memory>
#include <mutex>
#include <string_view>
#include <unordered_map>

namespace weft::inline WEFT_WORLD {
namespace debug {
namespace {

using namespace dwarf;

constexpr std::uint32_t k_none = ~std::uint32_t{0};
constexpr int k_max_depth = 32;  // of types in types, and of references from entry to entry

struct scope {
  std::uint64_t offset;
  std::uint32_t parent;  // its index in the skeleton
  std::uint16_t tag;
};

struct skeleton {
  struct code {
    range where;
    std::uint32_t scope;
  };
  std::vector<scope> scopes;  // in the order of the file: by offset
  std::vector<code> codes;

  [[nodiscard]] std::uint32_t at(std::uint64_t offset) const {
    auto s = std::lower_bound(scopes.begin(), scopes.end(), offset,
                              [](const scope& a, std::uint64_t o) { return a.offset < o; });
    return s != scopes.end() && s->offset == offset ? static_cast<std::uint32_t>(s - scopes.begin())
                                                    : k_none;
  }
};

bool is_class(std::uint16_t tag) { return tag == t_class || tag == t_structure || tag == t_union; }

bool is_scope(std::uint16_t tag) {
  return is_class(tag) || tag == t_namespace || tag == t_function || tag == t_inlined ||
         tag == t_block || tag == t_enumeration;
}

class program {
 public:
  bool open(const char* path) {
    if (!object_.open(path)) return false;
    for (const unit& u : object_.units()) {
      entry e;
      if (!object_.read(u, u.first, e)) continue;
      for (const range& r : object_.ranges(u, e))
        if (r.low != 0) units_.push_back({r, &u});  // 0: the linker left it out
    }
    return true;
  }

  std::vector<std::string> names(std::uint64_t pc) {
    std::vector<std::string> out;
    const unit* u = unit_at(pc);
    if (u == nullptr) return out;
    for (std::uint64_t function : functions_at(*u, pc)) {
      out.push_back(name_of(function, 0) + parameters(declaration(function)) +
                    (is_const(declaration(function)) ? " const" : ""));
    }
    return out;
  }

  // In the innermost function the line of the code, in each other one that where it calls the next.
  std::vector<source_line> lines(std::uint64_t pc) {
    std::vector<source_line> out;
    const unit* u = unit_at(pc);
    if (u == nullptr) return out;
    const line_table& table = lines_of(*u);
    const row* r = table.find(pc);
    auto add = [&](std::uint32_t file, std::uint32_t line) {
      out.push_back(
          {file < table.files.size() ? table.files[file] : std::string(), static_cast<int>(line)});
    };
    add(r == nullptr ? k_none : r->file, r == nullptr ? 0 : r->line);
    for (std::uint64_t function : functions_at(*u, pc)) {
      entry e;
      if (!object_.read(*u, function, e) || e.tag != t_inlined) break;
      add(e.call_file, e.call_line);
    }
    return out;
  }

 private:
  const unit* unit_at(std::uint64_t pc) const {
    const unit* u = nullptr;
    for (const auto& [where, of] : units_)
      if (pc >= where.low && pc < where.high) u = of;
    return u;
  }

  // Innermost first: their entries.
  std::vector<std::uint64_t> functions_at(const unit& u, std::uint64_t pc) {
    const skeleton& s = skeleton_of(u);
    std::vector<std::uint64_t> chain;  // outermost first, as they stand in the file
    for (const skeleton::code& c : s.codes) {
      if (pc < c.where.low || pc >= c.where.high) continue;
      if (s.scopes[c.scope].tag == t_function) chain.clear();
      chain.push_back(s.scopes[c.scope].offset);
    }
    std::reverse(chain.begin(), chain.end());
    return chain;
  }

  const line_table& lines_of(const unit& u) {
    auto [at, fresh] = lines_.try_emplace(&u);
    if (fresh) at->second = object_.lines(u);
    return at->second;
  }

  const skeleton& skeleton_of(const unit& u) {
    auto [at, fresh] = skeletons_.try_emplace(&u);
    if (fresh) build(u, at->second);
    return at->second;
  }

  void build(const unit& u, skeleton& s) {
    std::vector<std::uint32_t> open;  // for each list of children that is open, what it stands in
    std::uint64_t next = u.first;
    entry e;
    while (next < u.end && object_.read(u, next, e, &next)) {
      if (e.tag == 0) {
        if (open.size() <= 1) break;
        open.pop_back();
        continue;
      }
      std::uint32_t in = open.empty() ? k_none : open.back();
      if (is_scope(e.tag)) {
        auto index = static_cast<std::uint32_t>(s.scopes.size());
        s.scopes.push_back({e.offset, in, e.tag});
        if (e.tag == t_function || e.tag == t_inlined)
          for (const range& r : object_.ranges(u, e)) s.codes.push_back({r, index});
        in = index;
      }
      if (e.children) open.push_back(in);
    }
  }

  bool read(std::uint64_t offset, entry& e, std::uint64_t* next = nullptr) {
    const unit* u = object_.unit_of(offset);
    return u != nullptr && object_.read(*u, offset, e, next);
  }

  // Where the function or class is declared, which is what has its name and stands in its scope.
  std::uint64_t declaration(std::uint64_t offset) {
    entry e;
    for (int i = 0; i < k_max_depth && read(offset, e) && e.origin != 0; ++i) offset = e.origin;
    return offset;
  }

  // With the scopes before it.
  std::string name_of(std::uint64_t offset, int depth) {
    offset = declaration(offset);
    const unit* u = object_.unit_of(offset);
    entry e;
    if (u == nullptr || depth > k_max_depth || !object_.read(*u, offset, e)) return {};
    const skeleton& s = skeleton_of(*u);
    std::uint32_t i = s.at(offset);
    std::string before;
    for (std::uint32_t p = i == k_none ? k_none : s.scopes[i].parent; p != k_none;
         p = s.scopes[p].parent) {
      if (s.scopes[p].tag == t_block) continue;
      before = name_of(s.scopes[p].offset, depth + 1) + "::";
      break;
    }
    if (!e.name.empty()) return before.append(e.name);
    if (e.tag == t_namespace) return before + "(anonymous namespace)";
    if (i != k_none && is_class(e.tag) && call_operator(*u, offset) != 0)
      return before + lambda(*u, s, i);
    return before + "{unnamed}";
  }

  // The first operator() among the members of a class; 0 if there is none.
  std::uint64_t call_operator(const unit& u, std::uint64_t offset) {
    entry e;
    std::uint64_t next = 0;
    if (!object_.read(u, offset, e, &next) || !e.children) return 0;
    for (int depth = 1; depth > 0 && object_.read(u, next, e, &next);) {
      if (e.tag == 0) {
        --depth;
        continue;
      }
      if (depth == 1 && e.tag == t_function && e.name.substr(0, 10) == "operator()")
        return e.offset;
      if (e.children) ++depth;
    }
    return 0;
  }

  // Numbered as g++ numbers their symbols: all of a function, in the order of the text.
  std::string lambda(const unit& u, const skeleton& s, std::uint32_t which) {
    entry own;
    object_.read(u, s.scopes[which].offset, own);
    std::uint32_t function = function_around(s, which);
    int number = 1;
    for (std::uint32_t i = 0; i < s.scopes.size(); ++i) {
      if (i == which || !is_class(s.scopes[i].tag) || function_around(s, i) != function) continue;
      entry other;
      if (!object_.read(u, s.scopes[i].offset, other) || !other.name.empty()) continue;
      bool earlier = other.line != own.line       ? other.line < own.line
                     : other.column != own.column ? other.column < own.column
                                                  : i < which;
      if (!earlier) continue;
      if (call_operator(u, other.offset) != 0) ++number;
    }
    return "{lambda" + parameters(call_operator(u, own.offset)) + "#" + std::to_string(number) +
           "}";
  }

  static std::uint32_t function_around(const skeleton& s, std::uint32_t i) {
    std::uint32_t p = s.scopes[i].parent;
    while (p != k_none && s.scopes[p].tag == t_block) p = s.scopes[p].parent;
    return p;
  }

  std::string parameters(std::uint64_t function) {
    std::string out = "(";
    entry e;
    std::uint64_t next = 0;
    if (read(function, e, &next) && e.children) {
      for (int depth = 1; depth > 0 && read(next, e, &next);) {
        if (e.tag == 0) {
          --depth;
          continue;
        }
        if (depth == 1 && e.tag == t_parameter && !e.artificial) {
          if (out.size() > 1) out += ", ";
          out += type_name(e.type, 0);
        }
        if (e.children) ++depth;
      }
    }
    return out + ")";
  }

  // Whether it is a member that is called for constants: its first parameter says so.
  bool is_const(std::uint64_t function) {
    entry e;
    std::uint64_t next = 0;
    if (!read(function, e, &next) || !e.children) return false;
    do {
      if (!read(next, e, &next) || e.children || e.tag == 0) return false;
    } while (e.tag != t_parameter);
    if (!e.artificial || !read(e.type, e)) return false;
    if (e.tag == t_const && !read(e.type, e)) return false;
    return e.tag == t_pointer && read(e.type, e) && e.tag == t_const;
  }

  std::string type_name(std::uint64_t offset, int depth) {
    entry e;
    if (offset == 0) return "void";
    if (depth > k_max_depth || !read(offset, e)) return "?";
    switch (e.tag) {
      case t_pointer:
        return type_name(e.type, depth + 1) + "*";
      case t_reference:
        return type_name(e.type, depth + 1) + "&";
      case t_rvalue_reference:
        return type_name(e.type, depth + 1) + "&&";
      case t_const:
        return type_name(e.type, depth + 1) + " const";
      case t_volatile:
        return type_name(e.type, depth + 1) + " volatile";
      case t_typedef:
        return type_name(e.type, depth + 1);
      case t_class:
      case t_structure:
      case t_union:
      case t_enumeration:
        return name_of(offset, depth + 1);
      default:
        return e.name.empty() ? "?" : std::string(e.name);
    }
  }

  object object_;
  std::vector<std::pair<range, const unit*>> units_;
  std::unordered_map<const unit*, skeleton> skeletons_;
  std::unordered_map<const unit*, line_table> lines_;
};

struct place {
  std::uintptr_t pc;
  std::uintptr_t base;
  std::string path;
};

int find_place(dl_phdr_info* object, std::size_t, void* data) {
  auto& p = *static_cast<place*>(data);
  for (int i = 0; i < object->dlpi_phnum; ++i) {
    const ElfW(Phdr)& h = object->dlpi_phdr[i];
    std::uintptr_t start = object->dlpi_addr + h.p_vaddr;
    if (h.p_type != PT_LOAD || p.pc < start || p.pc - start >= h.p_memsz) continue;
    bool own = object->dlpi_name == nullptr || object->dlpi_name[0] == '\0';
    p.path = own ? "/proc/self/exe" : object->dlpi_name;
    p.base = object->dlpi_addr;
    return 1;
  }
  return 0;
}

std::mutex g_guard;  // guards the programs that have been read; no goroutine is switched under it

struct located {
  program* in;       // null: it has no debug information that can be read
  std::uint64_t pc;  // relative to where it was loaded
};

// Under the lock.
located locate(std::uintptr_t pc) {
  place p{pc, 0, {}};
  if (dl_iterate_phdr(find_place, &p) == 0) return {nullptr, pc};
  // Never destroyed: a program may be dying while another thread reports.
  static auto& known = *new std::unordered_map<std::string, std::unique_ptr<program>>;
  auto [at, fresh] = known.try_emplace(p.path);
  if (fresh) {
    auto read = std::make_unique<program>();
    if (read->open(p.path.c_str())) at->second = std::move(read);
  }
  return {at->second.get(), pc - p.base};
}

}  // namespace

std::vector<std::string> scoped_names(std::uintptr_t pc) {
  std::scoped_lock hold(g_guard);
  const located l = locate(pc);
  return l.in != nullptr ? l.in->names(l.pc) : std::vector<std::string>{};
}

std::vector<source_line> source_lines(std::uintptr_t pc) {
  std::scoped_lock hold(g_guard);
  const located l = locate(pc);
  return l.in != nullptr ? l.in->lines(l.pc) : std::vector<source_line>{};
}

}  // namespace debug
}  // namespace weft::inline WEFT_WORLD
