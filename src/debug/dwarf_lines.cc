// SPDX-License-Identifier: Apache-2.0
// dwarf_lines.cc: which line the code at an address is of.                            Floor 6.
//
// A unit's table is a program that makes rows of ascending addresses, in sequences: DWARF 5, 6.2.

#include "debug/dwarf.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace weft::inline WEFT_WORLD {
namespace debug::dwarf {
namespace {

enum content : std::uint8_t { c_path = 1, c_folder = 2 };

using sequence = std::vector<row>;

// What the opcodes of one table mean.
struct machine {
  unsigned first_special = 0;
  std::vector<std::uint8_t> operands;  // of each standard opcode
  std::uint64_t shortest = 1;          // instruction
  std::int64_t line_base = 0;
  std::uint64_t line_range = 1;
  unsigned address_size = 8;

  std::vector<sequence> run(reader& in, std::uint64_t end) const;

 private:
  struct registers {
    std::uint64_t address = 0;
    std::uint64_t file = 1;
    std::int64_t line = 1;
  };
  void special(registers& r, unsigned op) const {
    r.address += op / line_range * shortest;
    r.line += line_base + static_cast<std::int64_t>(op % line_range);
  }
  void standard(reader& in, unsigned op, registers& r) const;
};

void machine::standard(reader& in, unsigned op, registers& r) const {
  switch (op) {
    case 2:
      r.address += in.uleb() * shortest;
      break;
    case 3:
      r.line += in.sleb();
      break;
    case 4:
      r.file = in.uleb();
      break;
    case 8:
      r.address += (255 - first_special) / line_range * shortest;
      break;
    case 9:
      r.address += in.fixed(2);
      break;
    default:
      for (unsigned n = op <= operands.size() ? operands[op - 1] : 0; n > 0; --n) in.uleb();
      break;
  }
}

std::vector<sequence> machine::run(reader& in, std::uint64_t end) const {
  std::vector<sequence> out;
  sequence rows;
  registers r;
  auto make_row = [&](std::int64_t line) {
    rows.push_back(
        {r.address, static_cast<std::uint32_t>(r.file), static_cast<std::uint32_t>(line)});
  };
  while (in.at() < end) {
    auto op = static_cast<unsigned>(in.fixed(1));
    if (op >= first_special) {
      special(r, op - first_special);
      make_row(r.line);
    } else if (op == 1) {
      make_row(r.line);
    } else if (op == 0) {
      std::uint64_t next = in.uleb();
      next += in.at();
      std::uint64_t extended = in.fixed(1);
      if (extended == 1) {
        make_row(0);
        out.push_back(std::exchange(rows, {}));
        r = {};
      } else if (extended == 2) {
        r.address = in.fixed(address_size);
      }
      in.seek(next);
    } else {
      standard(in, op, r);
    }
  }
  return out;
}

std::string joined(std::string_view folder, std::string_view name) {
  std::string out(name.substr(0, 1) == "/" ? "" : folder);
  if (!out.empty()) out += '/';
  return out.append(name);
}

// Up to version 4: folders, the unit's own being the one that is left out, and files.
void old_files(reader& in, std::string_view own, line_table& out) {
  std::vector<std::string_view> folders = {own};
  for (std::string_view f = in.text(); !f.empty(); f = in.text()) folders.push_back(f);
  out.files.emplace_back();  // they are counted from 1
  for (std::string_view f = in.text(); !f.empty(); f = in.text()) {
    std::uint64_t folder = in.uleb();
    in.uleb();
    in.uleb();
    out.files.push_back(joined(folder < folders.size() ? folders[folder] : "", f));
  }
}

}  // namespace

const row* line_table::find(std::uint64_t pc) const {
  auto after = std::upper_bound(rows.begin(), rows.end(), pc,
                                [](std::uint64_t at, const row& r) { return at < r.address; });
  if (after == rows.begin()) return nullptr;
  const row& r = *std::prev(after);
  return r.line == 0 ? nullptr : &r;
}

// From version 5 on both lists are tables whose columns are named.
void object::new_files(const unit& u, reader& in, line_table& out) {
  std::vector<std::string> folders;
  for (std::vector<std::string>* list : {&folders, &out.files}) {
    std::vector<std::pair<std::uint64_t, std::uint64_t>> columns(in.fixed(1));
    for (auto& [name, form] : columns) {
      name = in.uleb();
      form = in.uleb();
    }
    for (std::uint64_t n = in.uleb(); n > 0 && !in.done(); --n) {
      std::string_view path;
      std::uint64_t folder = 0;
      for (auto [name, form] : columns) {
        value v;
        if (!read_value(u, in, form, 0, v)) return;
        if (name == c_path) path = v.text;
        if (name == c_folder) folder = v.number;
      }
      bool known = list != &folders && folder < folders.size();
      list->push_back(joined(known ? folders[folder] : "", path));
    }
  }
}

line_table object::lines(const unit& u) {
  line_table out;
  if (!u.has_lines) return out;
  reader in = lines_;
  in.seek(u.lines);
  unit own = u;  // the table has a version and a size of offsets of its own
  own.offset_size = 4;
  std::uint64_t length = in.fixed(4);
  if (length == 0xffffffff) {
    own.offset_size = 8;
    length = in.fixed(8);
  }
  const std::uint64_t end = in.at() + std::min<std::uint64_t>(length, in.size() - in.at());
  own.version = static_cast<unsigned>(in.fixed(2));
  if (own.version < 2 || own.version > 5) return out;
  if (own.version == 5) in.skip(2);
  const std::uint64_t rest = in.fixed(own.offset_size);
  const std::uint64_t program = in.at() + rest;
  machine m;
  m.address_size = u.address_size;
  m.shortest = in.fixed(1);
  if (own.version >= 4) in.skip(1);  // operations in an instruction: one, on all that weft runs on
  in.skip(1);                        // every row counts, also where no breakpoint should be
  const auto base = static_cast<std::int64_t>(in.fixed(1));
  m.line_base = base < 0x80 ? base : base - 0x100;
  m.line_range = std::max<std::uint64_t>(in.fixed(1), 1);
  m.first_special = static_cast<unsigned>(in.fixed(1));
  for (unsigned i = 1; i < m.first_special; ++i)
    m.operands.push_back(static_cast<std::uint8_t>(in.fixed(1)));
  if (own.version == 5) {
    new_files(own, in, out);
  } else {
    old_files(in, u.folder, out);
  }
  in.seek(program);
  std::vector<sequence> sequences = m.run(in, end);
  std::sort(sequences.begin(), sequences.end(), [](const sequence& a, const sequence& b) {
    return a.front().address < b.front().address;
  });
  for (const sequence& s : sequences) {
    if (s.front().address == 0) continue;  // the linker left it out
    out.rows.insert(out.rows.end(), s.begin(), s.end());
  }
  return out;
}

}  // namespace debug::dwarf
}  // namespace weft::inline WEFT_WORLD
