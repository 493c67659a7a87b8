// SPDX-License-Identifier: Apache-2.0
// dwarf.cc: see dwarf.h. Versions 2 to 5, both offset sizes.                          Floor 6.

#include "debug/dwarf.h"

#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <cstring>

namespace weft::inline WEFT_WORLD {
namespace debug::dwarf {
namespace {

enum attribute_name : std::uint32_t {
  a_name = 0x03,
  a_low = 0x11,
  a_high = 0x12,
  a_origin = 0x31,
  a_artificial = 0x34,
  a_column = 0x39,
  a_line = 0x3b,
  a_declaration = 0x47,
  a_type = 0x49,
  a_ranges = 0x55,
  a_texts_base = 0x72,
  a_addresses_base = 0x73,
  a_ranges_base = 0x74,
};

enum form : std::uint32_t {
  f_address = 0x01,
  f_block2 = 0x03,
  f_block4 = 0x04,
  f_data2 = 0x05,
  f_data4 = 0x06,
  f_data8 = 0x07,
  f_text = 0x08,
  f_block = 0x09,
  f_block1 = 0x0a,
  f_data1 = 0x0b,
  f_flag = 0x0c,
  f_sdata = 0x0d,
  f_text_offset = 0x0e,
  f_udata = 0x0f,
  f_far_reference = 0x10,
  f_reference1 = 0x11,
  f_reference2 = 0x12,
  f_reference4 = 0x13,
  f_reference8 = 0x14,
  f_reference_uleb = 0x15,
  f_indirect = 0x16,
  f_section_offset = 0x17,
  f_expression = 0x18,
  f_present = 0x19,
  f_text_index = 0x1a,
  f_address_index = 0x1b,
  f_other_file4 = 0x1c,
  f_other_file_text = 0x1d,
  f_data16 = 0x1e,
  f_line_text = 0x1f,
  f_signature = 0x20,
  f_implicit = 0x21,
  f_location_index = 0x22,
  f_range_index = 0x23,
  f_other_file8 = 0x24,
  f_text_index1 = 0x25,
  f_address_index1 = 0x29,
  f_gnu_reference = 0x1f20,
  f_gnu_text = 0x1f21,
};

std::size_t bytes_of_index(std::uint64_t form, std::uint64_t first) {
  return static_cast<std::size_t>(form - first) + 1;  // 1, 2, 3 and 4
}

}  // namespace

std::uint64_t reader::fixed(std::size_t bytes) {
  if (bytes > size_ - at_) {
    at_ = size_;
    return 0;
  }
  std::uint64_t v =
      0;  // the object is the running program's, so the order is the machine's: little
  std::memcpy(&v, begin_ + at_, std::min(bytes, sizeof v));
  at_ += bytes;
  return v;
}

std::uint64_t reader::uleb() {
  std::uint64_t v = 0;
  for (unsigned shift = 0; at_ < size_; shift += 7) {
    unsigned char byte = begin_[at_++];
    if (shift < 64) v |= static_cast<std::uint64_t>(byte & 0x7fU) << shift;
    if ((byte & 0x80U) == 0) break;
  }
  return v;
}

std::int64_t reader::sleb() {
  std::uint64_t v = 0;
  unsigned shift = 0;
  while (at_ < size_) {
    unsigned char byte = begin_[at_++];
    if (shift < 64) v |= static_cast<std::uint64_t>(byte & 0x7fU) << shift;
    shift += 7;
    if ((byte & 0x80U) != 0) continue;
    if (shift < 64 && (byte & 0x40U) != 0) v |= ~std::uint64_t{0} << shift;
    break;
  }
  return static_cast<std::int64_t>(v);
}

std::string_view reader::text_at(std::uint64_t at) const {
  if (at >= size_) return {};
  const auto* text = reinterpret_cast<const char*>(begin_ + at);
  return {text, strnlen(text, size_ - static_cast<std::size_t>(at))};
}

std::string_view reader::text() {
  std::string_view t = text_at(at_);
  skip(t.size() + 1);
  return t;
}

object::~object() {
  if (file_ != nullptr) munmap(const_cast<unsigned char*>(file_), size_);
}

bool object::open(const char* path) {
  int fd = ::open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  struct stat s{};
  void* at = MAP_FAILED;
  if (fstat(fd, &s) == 0 && s.st_size > 0)
    at = mmap(nullptr, static_cast<std::size_t>(s.st_size), PROT_READ, MAP_PRIVATE, fd, 0);
  close(fd);
  if (at == MAP_FAILED) return false;
  file_ = static_cast<const unsigned char*>(at);
  size_ = static_cast<std::size_t>(s.st_size);
  if (!find_sections()) return false;
  read_units();
  return !units_.empty();
}

bool object::find_sections() {
  ElfW(Ehdr) head;
  if (size_ < sizeof head) return false;
  std::memcpy(&head, file_, sizeof head);
  if (std::memcmp(head.e_ident, ELFMAG, SELFMAG) != 0 || head.e_ident[EI_DATA] != ELFDATA2LSB)
    return false;
  auto section = [&](std::size_t i, ElfW(Shdr) & s) {
    std::size_t at = head.e_shoff + i * sizeof s;
    if (i >= head.e_shnum || at > size_ || size_ - at < sizeof s) return false;
    std::memcpy(&s, file_ + at, sizeof s);
    return s.sh_type != SHT_NOBITS && s.sh_offset <= size_ && s.sh_size <= size_ - s.sh_offset;
  };
  ElfW(Shdr) names;
  if (!section(head.e_shstrndx, names)) return false;
  reader texts(file_ + names.sh_offset, names.sh_size);
  struct {
    const char* name;
    reader* to;
  } const wanted[] = {
      {".debug_info", &info_},      {".debug_abbrev", &abbreviations_},
      {".debug_str", &texts_},      {".debug_line_str", &line_texts_},
      {".debug_addr", &addresses_}, {".debug_str_offsets", &text_offsets_},
      {".debug_ranges", &ranges_},  {".debug_rnglists", &lists_},
  };
  for (std::size_t i = 0; i < head.e_shnum; ++i) {
    ElfW(Shdr) s;
    if (!section(i, s) || (s.sh_flags & SHF_COMPRESSED) != 0) continue;
    std::string_view name = texts.text_at(s.sh_name);
    for (const auto& w : wanted)
      if (name == w.name) *w.to = reader(file_ + s.sh_offset, s.sh_size);
  }
  return info_.size() != 0 && abbreviations_.size() != 0;
}

void object::read_units() {
  reader in = info_;
  while (!in.done()) {
    unit u;
    u.offset = in.at();
    std::uint64_t length = in.fixed(4);
    if (length == 0xffffffff) {
      u.offset_size = 8;
      length = in.fixed(8);
    }
    u.end = in.at() + std::min<std::uint64_t>(length, in.size() - in.at());
    u.version = static_cast<unsigned>(in.fixed(2));
    std::uint64_t type = 1;
    if (u.version >= 5) {
      type = in.fixed(1);
      u.address_size = static_cast<unsigned>(in.fixed(1));
      u.abbreviations = in.fixed(u.offset_size);
    } else {
      u.abbreviations = in.fixed(u.offset_size);
      u.address_size = static_cast<unsigned>(in.fixed(1));
    }
    u.first = in.at();
    // 1 and 3: whole and partial units; the others are of types, or stand for other files.
    if (u.version >= 2 && u.version <= 5 && (type == 1 || type == 3)) {
      set_bases(u);
      units_.push_back(u);
    }
    in.seek(std::max<std::uint64_t>(u.end, u.first));
  }
}

const unit* object::unit_of(std::uint64_t offset) const {
  auto at = std::upper_bound(units_.begin(), units_.end(), offset,
                             [](std::uint64_t o, const unit& u) { return o < u.offset; });
  if (at == units_.begin()) return nullptr;
  --at;
  return offset >= at->first && offset < at->end ? &*at : nullptr;
}

const object::abbreviations& object::abbreviations_at(std::uint64_t offset) {
  auto [at, fresh] = known_.try_emplace(offset);
  if (!fresh) return at->second;
  reader in = abbreviations_;
  in.seek(offset);
  while (std::uint64_t code = in.uleb()) {
    abbreviation a;
    a.tag = static_cast<std::uint16_t>(in.uleb());
    a.children = in.fixed(1) != 0;
    for (;;) {
      attribute t{};
      t.name = static_cast<std::uint32_t>(in.uleb());
      t.form = static_cast<std::uint32_t>(in.uleb());
      if (t.form == f_implicit) t.constant = in.sleb();
      if (t.name == 0 && t.form == 0) break;
      a.attributes.push_back(t);
    }
    at->second.emplace(code, std::move(a));
  }
  return at->second;
}

struct object::value {
  std::uint64_t number = 0;
  std::string_view text;
  std::uint64_t form = 0;
};

// False if the form is unknown: then nobody knows where the next value begins.
bool object::read_value(const unit& u, reader& in, std::uint64_t form, std::int64_t constant,
                        value& v) {
  v = value{};
  v.form = form;
  if (read_text(u, in, form, v.text) || read_reference(u, in, form, v.number)) return true;
  switch (form) {
    case f_address:
      v.number = in.fixed(u.address_size);
      return true;
    case f_data1:
    case f_flag:
      v.number = in.fixed(1);
      return true;
    case f_data2:
      v.number = in.fixed(2);
      return true;
    case f_data4:
      v.number = in.fixed(4);
      return true;
    case f_data8:
      v.number = in.fixed(8);
      return true;
    case f_data16:
      in.skip(16);
      return true;
    case f_sdata:
      v.number = static_cast<std::uint64_t>(in.sleb());
      return true;
    case f_udata:
    case f_range_index:
    case f_location_index:
      v.number = in.uleb();
      return true;
    case f_implicit:
      v.number = static_cast<std::uint64_t>(constant);
      return true;
    case f_present:
      v.number = 1;
      return true;
    case f_address_index:
      v.number = address(u, in.uleb());
      return true;
    case f_address_index1:
    case f_address_index1 + 1:
    case f_address_index1 + 2:
    case f_address_index1 + 3:
      v.number = address(u, in.fixed(bytes_of_index(form, f_address_index1)));
      return true;
    case f_section_offset:
      v.number = in.fixed(u.offset_size);
      return true;
    case f_block1:
      in.skip(in.fixed(1));
      return true;
    case f_block2:
      in.skip(in.fixed(2));
      return true;
    case f_block4:
      in.skip(in.fixed(4));
      return true;
    case f_block:
    case f_expression:
      in.skip(in.uleb());
      return true;
    case f_indirect: {
      std::uint64_t real = in.uleb();
      return real != f_indirect && real != f_implicit && read_value(u, in, real, 0, v);
    }
    default:
      return false;
  }
}

// False if the form is not one of texts.
bool object::read_text(const unit& u, reader& in, std::uint64_t form, std::string_view& text) {
  switch (form) {
    case f_text:
      text = in.text();
      return true;
    case f_text_offset:
      text = texts_.text_at(in.fixed(u.offset_size));
      return true;
    case f_line_text:
      text = line_texts_.text_at(in.fixed(u.offset_size));
      return true;
    case f_text_index:
      text = indexed_text(u, in.uleb());
      return true;
    case f_text_index1:
    case f_text_index1 + 1:
    case f_text_index1 + 2:
    case f_text_index1 + 3:
      text = indexed_text(u, in.fixed(bytes_of_index(form, f_text_index1)));
      return true;
    case f_other_file_text:
    case f_gnu_text:
      in.skip(u.offset_size);
      return true;
    default:
      return false;
  }
}

// False if the form is not one of references; those to other files are to 0.
bool object::read_reference(const unit& u, reader& in, std::uint64_t form, std::uint64_t& to) {
  switch (form) {
    case f_reference1:
      to = u.offset + in.fixed(1);
      return true;
    case f_reference2:
      to = u.offset + in.fixed(2);
      return true;
    case f_reference4:
      to = u.offset + in.fixed(4);
      return true;
    case f_reference8:
      to = u.offset + in.fixed(8);
      return true;
    case f_reference_uleb:
      to = u.offset + in.uleb();
      return true;
    case f_far_reference:
      to = in.fixed(u.version <= 2 ? u.address_size : u.offset_size);
      return true;
    case f_signature:
    case f_other_file8:
      in.skip(8);
      return true;
    case f_other_file4:
      in.skip(4);
      return true;
    case f_gnu_reference:
      in.skip(u.offset_size);
      return true;
    default:
      return false;
  }
}

std::uint64_t object::address(const unit& u, std::uint64_t index) {
  reader in = addresses_;
  in.seek(u.addresses_base + index * u.address_size);
  return in.fixed(u.address_size);
}

std::string_view object::indexed_text(const unit& u, std::uint64_t index) {
  reader in = text_offsets_;
  in.seek(u.texts_base + index * u.offset_size);
  return texts_.text_at(in.fixed(u.offset_size));
}

// They may stand behind what needs them, so that they are read before all else.
void object::set_bases(unit& u) {
  reader in = info_;
  in.seek(u.first);
  const abbreviations& all = abbreviations_at(u.abbreviations);
  auto a = all.find(in.uleb());
  if (a == all.end()) return;
  for (const attribute& t : a->second.attributes) {
    value v;
    if (!read_value(u, in, t.form, t.constant, v)) return;
    if (t.name == a_texts_base) u.texts_base = v.number;
    if (t.name == a_addresses_base) u.addresses_base = v.number;
    if (t.name == a_ranges_base) u.ranges_base = v.number;
  }
  entry e;
  if (read(u, u.first, e)) u.low = e.low;
}

bool object::read(const unit& u, std::uint64_t offset, entry& e, std::uint64_t* next) {
  e = entry{};
  e.offset = offset;
  if (offset >= u.end) return false;
  reader in = info_;
  in.seek(offset);
  std::uint64_t code = in.uleb();
  if (next != nullptr) *next = in.at();
  if (code == 0) return true;
  const abbreviations& all = abbreviations_at(u.abbreviations);
  auto a = all.find(code);
  if (a == all.end()) return false;
  e.tag = a->second.tag;
  e.children = a->second.children;
  bool high_is_size = false;
  for (const attribute& t : a->second.attributes) {
    value v;
    if (!read_value(u, in, t.form, t.constant, v)) return false;
    if (t.name == a_high) {
      high_is_size = v.form != f_address && v.form != f_address_index &&
                     (v.form < f_address_index1 || v.form > f_address_index1 + 3);
    }
    keep(u, t.name, v, e);
  }
  if (high_is_size) e.high += e.low;
  if (next != nullptr) *next = in.at();
  return true;
}

void object::keep(const unit& u, std::uint32_t name, const value& v, entry& e) {
  switch (name) {
    case a_name:
      e.name = v.text;
      break;
    case a_low:
      e.low = v.number;
      break;
    case a_high:
      e.high = v.number;
      break;
    case a_origin:
    case a_declaration:
      e.origin = v.number;
      break;
    case a_type:
      e.type = v.number;
      break;
    case a_line:
      e.line = static_cast<std::uint32_t>(v.number);
      break;
    case a_column:
      e.column = static_cast<std::uint32_t>(v.number);
      break;
    case a_artificial:
      e.artificial = v.number != 0;
      break;
    case a_ranges: {
      e.has_ranges = true;
      e.ranges = v.number;
      if (v.form != f_range_index) break;
      reader list = lists_;
      list.seek(u.ranges_base + v.number * u.offset_size);
      e.ranges = u.ranges_base + list.fixed(u.offset_size);
      break;
    }
    default:
      break;
  }
}

std::vector<range> object::ranges(const unit& u, const entry& e) {
  std::vector<range> out;
  if (!e.has_ranges) {
    if (e.high > e.low) out.push_back({e.low, e.high});
  } else if (u.version >= 5) {
    new_ranges(u, e.ranges, out);
  } else {
    old_ranges(u, e.ranges, out);
  }
  return out;
}

void object::old_ranges(const unit& u, std::uint64_t at, std::vector<range>& out) {
  reader in = ranges_;
  in.seek(at);
  const std::uint64_t rebase = u.address_size == 8 ? ~std::uint64_t{0} : 0xffffffffU;
  std::uint64_t base = u.low;
  while (!in.done()) {
    std::uint64_t low = in.fixed(u.address_size);
    std::uint64_t high = in.fixed(u.address_size);
    if (low == 0 && high == 0) return;
    if (low == rebase) {
      base = high;
    } else {
      out.push_back({base + low, base + high});
    }
  }
}

void object::new_ranges(const unit& u, std::uint64_t at, std::vector<range>& out) {
  reader in = lists_;
  in.seek(at);
  std::uint64_t base = u.low;
  while (!in.done()) {
    std::uint64_t low = 0;
    std::uint64_t high = 0;
    switch (in.fixed(1)) {
      case 1:
        base = address(u, in.uleb());
        continue;
      case 2:
        low = address(u, in.uleb());
        high = address(u, in.uleb());
        break;
      case 3:
        low = address(u, in.uleb());
        high = low + in.uleb();
        break;
      case 4:
        low = base + in.uleb();
        high = base + in.uleb();
        break;
      case 5:
        base = in.fixed(u.address_size);
        continue;
      case 6:
        low = in.fixed(u.address_size);
        high = in.fixed(u.address_size);
        break;
      case 7:
        low = in.fixed(u.address_size);
        high = low + in.uleb();
        break;
      default:
        return;  // 0: the end
    }
    out.push_back({low, high});
  }
}

}  // namespace debug::dwarf
}  // namespace weft::inline WEFT_WORLD
