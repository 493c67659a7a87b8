// SPDX-License-Identifier: Apache-2.0
// dwarf.cc: see dwarf.h. Versions 3 to 5, both offset sizes.                          Floor 6.
// size: one format, whose parts mean nothing apart; the table of its forms alone takes 50 lines.

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

// How a value is read: what its number means, and how many bytes it has.
enum class meaning : std::uint8_t {
  unknown,
  nothing,  // passed over
  number,
  block,  // the number is that of the bytes that follow, which are passed over
  implicit,
  present,
  indirect,
  text,
  text_offset,
  line_text,
  text_index,
  address,
  address_index,
  range_index,
  reference,
  far_reference,
};

namespace {

enum attribute_name : std::uint32_t {
  a_name = 0x03,
  a_lines = 0x10,
  a_low = 0x11,
  a_high = 0x12,
  a_folder = 0x1b,
  a_origin = 0x31,
  a_artificial = 0x34,
  a_column = 0x39,
  a_line = 0x3b,
  a_declaration = 0x47,
  a_type = 0x49,
  a_ranges = 0x55,
  a_call_file = 0x58,
  a_call_line = 0x59,
  a_texts_base = 0x72,
  a_addresses_base = 0x73,
  a_ranges_base = 0x74,
};

constexpr std::int8_t k_uleb = 0;
constexpr std::int8_t k_sleb = -1;
constexpr std::int8_t k_offset = -2;
constexpr std::int8_t k_address = -3;
constexpr std::int8_t k_none = -4;

struct layout {
  meaning is;
  std::int8_t size;
};

// By DWARF's number of the form.
constexpr layout k_forms[] = {
    {meaning::unknown, k_none},
    {meaning::address, k_address},
    {meaning::unknown, k_none},
    {meaning::block, 2},
    {meaning::block, 4},
    {meaning::number, 2},
    {meaning::number, 4},
    {meaning::number, 8},
    {meaning::text, k_none},
    {meaning::block, k_uleb},
    {meaning::block, 1},
    {meaning::number, 1},
    {meaning::number, 1},
    {meaning::number, k_sleb},
    {meaning::text_offset, k_offset},
    {meaning::number, k_uleb},
    {meaning::far_reference, k_offset},
    {meaning::reference, 1},
    {meaning::reference, 2},
    {meaning::reference, 4},
    {meaning::reference, 8},
    {meaning::reference, k_uleb},
    {meaning::indirect, k_uleb},
    {meaning::number, k_offset},
    {meaning::block, k_uleb},
    {meaning::present, k_none},
    {meaning::text_index, k_uleb},
    {meaning::address_index, k_uleb},
    {meaning::nothing, 4},
    {meaning::nothing, k_offset},
    {meaning::nothing, 16},
    {meaning::line_text, k_offset},
    {meaning::nothing, 8},
    {meaning::implicit, k_none},
    {meaning::number, k_uleb},
    {meaning::range_index, k_uleb},
    {meaning::nothing, 8},
    {meaning::text_index, 1},
    {meaning::text_index, 2},
    {meaning::text_index, 3},
    {meaning::text_index, 4},
    {meaning::address_index, 1},
    {meaning::address_index, 2},
    {meaning::address_index, 3},
    {meaning::address_index, 4},
};
constexpr std::uint64_t k_implicit_form = 0x21;
// GNU's, of what `dwz` has moved to another file.
constexpr std::uint64_t k_gnu_reference = 0x1f20;
constexpr std::uint64_t k_gnu_text = 0x1f21;

layout layout_of(std::uint64_t form) {
  if (form == k_gnu_reference || form == k_gnu_text) return {meaning::nothing, k_offset};
  return form < std::size(k_forms) ? k_forms[form] : k_forms[0];
}

std::uint64_t read_number(reader& in, const unit& u, std::int8_t size) {
  switch (size) {
    case k_uleb:
      return in.uleb();
    case k_sleb:
      return static_cast<std::uint64_t>(in.sleb());
    case k_offset:
      return in.fixed(u.offset_size);
    case k_address:
      return in.fixed(u.address_size);
    case k_none:
      return 0;
    default:
      return in.fixed(static_cast<std::size_t>(size));
  }
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
      {".debug_line", &lines_},
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
    if (u.version >= 3 && u.version <= 5 && (type == 1 || type == 3)) {
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
      if (t.form == k_implicit_form) t.constant = in.sleb();
      if (t.name == 0 && t.form == 0) break;
      a.attributes.push_back(t);
    }
    at->second.emplace(code, std::move(a));
  }
  return at->second;
}

// False if the form is unknown: then nobody knows where the next value begins.
bool object::read_value(const unit& u, reader& in, std::uint64_t form, std::int64_t constant,
                        value& v) {
  layout l = layout_of(form);
  v = value{read_number(in, u, l.size), {}, l.is};
  switch (l.is) {
    case meaning::unknown:
      return false;
    case meaning::block:
      in.skip(v.number);
      break;
    case meaning::implicit:
      v.number = static_cast<std::uint64_t>(constant);
      break;
    case meaning::present:
      v.number = 1;
      break;
    case meaning::text:
      v.text = in.text();
      break;
    case meaning::text_offset:
      v.text = texts_.text_at(v.number);
      break;
    case meaning::line_text:
      v.text = line_texts_.text_at(v.number);
      break;
    case meaning::text_index:
      v.text = indexed_text(u, v.number);
      break;
    case meaning::address_index:
      v.number = address(u, v.number);
      break;
    case meaning::reference:
      v.number += u.offset;
      break;
    case meaning::nothing:
      v.number = 0;
      break;
    case meaning::indirect: {
      std::uint64_t real = v.number;
      layout inner = layout_of(real);
      return inner.is != meaning::indirect && inner.is != meaning::implicit &&
             read_value(u, in, real, 0, v);
    }
    default:
      break;
  }
  return true;
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
    if (t.name == a_folder) u.folder = v.text;
    if (t.name == a_lines) {
      u.lines = v.number;
      u.has_lines = true;
    }
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
      high_is_size = v.is != meaning::address && v.is != meaning::address_index;
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
    case a_call_file:
      e.call_file = static_cast<std::uint32_t>(v.number);
      break;
    case a_call_line:
      e.call_line = static_cast<std::uint32_t>(v.number);
      break;
    case a_artificial:
      e.artificial = v.number != 0;
      break;
    case a_ranges: {
      e.has_ranges = true;
      e.ranges = v.number;
      if (v.is != meaning::range_index) break;
      reader list = lists_;
      list.seek(u.ranges_base + v.number * u.offset_size);
      e.ranges = u.ranges_base + list.fixed(u.offset_size);
      break;
    }
    default:
      break;
  }
}

}  // namespace debug::dwarf
}  // namespace weft::inline WEFT_WORLD
