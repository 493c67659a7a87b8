// SPDX-License-Identifier: Apache-2.0
// profile_proto.cc: profiles in pprof's format, profile.proto, gzip-ed.               Floor 6.
//
// Functions, files and lines are resolved here, so that whoever reads the file needs neither the
// program nor its debug information. The fields are those of github.com/google/pprof/proto.

#include "debug/profile.h"
#include "debug/symbols.h"

#include <elf.h>
#include <link.h>
#include <unistd.h>
#include <zlib.h>
#include <algorithm>
#include <cstring>
#include <map>
#include <protozero/pbf_builder.hpp>
#include <stdexcept>

namespace weft::inline WEFT_WORLD {
namespace debug {
namespace {

enum class profile_field : protozero::pbf_tag_type {
  sample_type = 1,
  sample = 2,
  mapping = 3,
  location = 4,
  function = 5,
  string_table = 6,
  time_nanos = 9,
  duration_nanos = 10,
  period_type = 11,
  period = 12,
};
enum class value_type_field : protozero::pbf_tag_type { type = 1, unit = 2 };
enum class sample_field : protozero::pbf_tag_type { location_id = 1, value = 2, label = 3 };
enum class label_field : protozero::pbf_tag_type { key = 1, str = 2 };
enum class mapping_field : protozero::pbf_tag_type {
  id = 1,
  start = 2,
  limit = 3,
  offset = 4,
  filename = 5,
  build_id = 6,
  has_functions = 7,
  has_filenames = 8,
  has_line_numbers = 9,
  has_inline_frames = 10,
};
enum class location_field : protozero::pbf_tag_type {
  id = 1,
  mapping_id = 2,
  address = 3,
  line = 4
};
enum class line_field : protozero::pbf_tag_type { function_id = 1, line = 2 };
enum class function_field : protozero::pbf_tag_type {
  id = 1,
  name = 2,
  system_name = 3,
  filename = 4,
};

template <class Field>
using builder = protozero::pbf_builder<Field>;

// A piece of code in memory, and the file it comes from.
struct code_range {
  std::uintptr_t start;
  std::uintptr_t limit;
  std::uintptr_t offset;
  std::string file;
  std::string build_id;
};

std::string build_id_of(const dl_phdr_info& object) {
  for (int i = 0; i < object.dlpi_phnum; ++i) {
    const ElfW(Phdr)& h = object.dlpi_phdr[i];
    if (h.p_type != PT_NOTE) continue;
    const char* at = reinterpret_cast<const char*>(object.dlpi_addr + h.p_vaddr);
    const char* end = at + h.p_memsz;
    while (static_cast<std::size_t>(end - at) >= sizeof(ElfW(Nhdr))) {
      ElfW(Nhdr) note;
      std::memcpy(&note, at, sizeof note);
      const char* name = at + sizeof note;
      const char* bytes = name + ((note.n_namesz + 3U) & ~3U);
      if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 &&
          std::memcmp(name, "GNU", 4) == 0) {
        std::string hex;
        for (const char* b = bytes; b != bytes + note.n_descsz; ++b) {
          hex += "0123456789abcdef"[static_cast<unsigned char>(*b) >> 4];
          hex += "0123456789abcdef"[static_cast<unsigned char>(*b) & 15];
        }
        return hex;
      }
      at = bytes + ((note.n_descsz + 3U) & ~3U);
    }
  }
  return {};
}

std::string own_path() {
  char path[4096];
  ssize_t n = readlink("/proc/self/exe", path, sizeof path);
  return n > 0 ? std::string(path, static_cast<std::size_t>(n)) : std::string("program");
}

int add_object(dl_phdr_info* object, std::size_t, void* data) {
  auto& ranges = *static_cast<std::vector<code_range>*>(data);
  bool program = object->dlpi_name == nullptr || object->dlpi_name[0] == '\0';
  std::string file = program ? own_path() : object->dlpi_name;
  std::string id = build_id_of(*object);
  for (int i = 0; i < object->dlpi_phnum; ++i) {
    const ElfW(Phdr)& h = object->dlpi_phdr[i];
    if (h.p_type != PT_LOAD || (h.p_flags & PF_X) == 0) continue;
    std::uintptr_t start = object->dlpi_addr + h.p_vaddr;
    ranges.push_back({start, start + h.p_memsz, h.p_offset, file, id});
  }
  return 0;
}

class encoder {
 public:
  explicit encoder(const profile& p) : p_(p), out_(buffer_) {
    string_id("");
    dl_iterate_phdr(add_object, &ranges_);
  }

  std::string encode() {
    for (const value_type& t : p_.types) add_value_type(profile_field::sample_type, t);
    for (const profile_sample& s : p_.samples) add_sample(s);
    for (std::size_t i = 0; i < ranges_.size(); ++i) add_mapping(i + 1, ranges_[i]);
    if (p_.time_ns != 0) out_.add_int64(profile_field::time_nanos, p_.time_ns);
    if (p_.duration_ns != 0) out_.add_int64(profile_field::duration_nanos, p_.duration_ns);
    add_value_type(profile_field::period_type, p_.period_type);
    out_.add_int64(profile_field::period, p_.period);
    for (const std::string* s : strings_) out_.add_string(profile_field::string_table, *s);
    return std::move(buffer_);
  }

 private:
  std::int64_t string_id(std::string_view text) {
    auto [at, fresh] =
        string_ids_.try_emplace(std::string(text), static_cast<std::int64_t>(strings_.size()));
    if (fresh) strings_.push_back(&at->first);
    return at->second;
  }

  void add_value_type(profile_field field, const value_type& t) {
    std::int64_t type = string_id(t.type);
    std::int64_t unit = string_id(t.unit);
    builder<value_type_field> b(out_, field);
    b.add_int64(value_type_field::type, type);
    b.add_int64(value_type_field::unit, unit);
  }

  void add_sample(const profile_sample& s) {
    std::vector<std::uint64_t> locations;
    for (std::uintptr_t pc : s.pcs)
      if (std::uint64_t id = location_id(pc, p_.whole_stacks)) locations.push_back(id);
    if (locations.empty()) {
      for (std::uintptr_t pc : s.pcs)
        if (std::uint64_t id = location_id(pc, true)) locations.push_back(id);
    }
    std::vector<std::pair<std::int64_t, std::int64_t>> labels;
    labels.reserve(s.labels.size());
    for (const auto& [key, value] : s.labels) labels.emplace_back(string_id(key), string_id(value));
    builder<sample_field> b(out_, profile_field::sample);
    b.add_packed_uint64(sample_field::location_id, locations.begin(), locations.end());
    b.add_packed_int64(sample_field::value, s.values.begin(), s.values.end());
    for (auto [key, value] : labels) {
      builder<label_field> l(b, sample_field::label);
      l.add_int64(label_field::key, key);
      l.add_int64(label_field::str, value);
    }
  }

  // 0 if the location has nothing to show.
  std::uint64_t location_id(std::uintptr_t pc, bool whole) {
    auto [at, fresh] = location_ids_.try_emplace({pc, whole}, 0);
    if (!fresh) return at->second;
    std::vector<std::pair<std::uint64_t, int>> lines;
    bool known = true;
    for (const frame& f : symbols_.at(pc)) {
      if (is_unknown(f)) {
        known = false;  // pprof shows the address
      } else if (whole ? !is_plumbing(f) : !is_internal(f)) {
        lines.emplace_back(function_id(f), f.line);
      }
    }
    if (lines.empty() && known) return 0;
    at->second = ++locations_;
    builder<location_field> b(out_, profile_field::location);
    b.add_uint64(location_field::id, at->second);
    if (std::size_t m = mapping_of(pc - 1)) b.add_uint64(location_field::mapping_id, m);
    b.add_uint64(location_field::address, pc - 1);
    for (auto [function, line] : lines) {
      builder<line_field> l(b, location_field::line);
      l.add_uint64(line_field::function_id, function);
      l.add_int64(line_field::line, line);
    }
    return at->second;
  }

  std::uint64_t function_id(const frame& f) {
    std::uint64_t next = function_ids_.size() + 1;
    auto [at, fresh] = function_ids_.try_emplace({f.function, f.file}, next);
    if (!fresh) return at->second;
    // Given two names, pprof shows the first and cuts nothing off, as it would off operator().
    std::int64_t name = string_id(short_name(f.function));
    std::int64_t full = string_id(plain_name(f.function));
    std::int64_t file = string_id(f.file);
    builder<function_field> b(out_, profile_field::function);
    b.add_uint64(function_field::id, next);
    b.add_int64(function_field::name, name);
    b.add_int64(function_field::system_name, full);
    b.add_int64(function_field::filename, file);
    return next;
  }

  std::size_t mapping_of(std::uintptr_t address) const {
    for (std::size_t i = 0; i < ranges_.size(); ++i)
      if (address >= ranges_[i].start && address < ranges_[i].limit) return i + 1;
    return 0;
  }

  void add_mapping(std::size_t id, const code_range& r) {
    std::int64_t file = string_id(r.file);
    std::int64_t build_id = string_id(r.build_id);
    builder<mapping_field> b(out_, profile_field::mapping);
    b.add_uint64(mapping_field::id, id);
    b.add_uint64(mapping_field::start, r.start);
    b.add_uint64(mapping_field::limit, r.limit);
    b.add_uint64(mapping_field::offset, r.offset);
    b.add_int64(mapping_field::filename, file);
    b.add_int64(mapping_field::build_id, build_id);
    for (mapping_field f : {mapping_field::has_functions, mapping_field::has_filenames,
                            mapping_field::has_line_numbers, mapping_field::has_inline_frames})
      b.add_bool(f, true);
  }

  const profile& p_;
  std::string buffer_;
  builder<profile_field> out_;
  std::vector<code_range> ranges_;
  symbol_cache symbols_;
  std::map<std::string, std::int64_t> string_ids_;
  std::vector<const std::string*> strings_;
  std::map<std::pair<std::uintptr_t, bool>, std::uint64_t> location_ids_;
  std::uint64_t locations_ = 0;
  std::map<std::pair<std::string, std::string>, std::uint64_t> function_ids_;
};

std::string compress(const std::string& text) {
  constexpr int k_gzip = 16;  // added to the window's size: gzip's header instead of zlib's
  z_stream z{};
  if (deflateInit2(&z, Z_BEST_SPEED, Z_DEFLATED, MAX_WBITS + k_gzip, 8, Z_DEFAULT_STRATEGY) != Z_OK)
    throw std::runtime_error("weft: cannot compress a profile");
  std::string out(deflateBound(&z, static_cast<uLong>(text.size())), '\0');
  // zlib does not write to its input.
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  z.avail_in = static_cast<uInt>(text.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  int result = deflate(&z, Z_FINISH);
  out.resize(z.total_out);
  deflateEnd(&z);
  if (result != Z_STREAM_END) throw std::runtime_error("weft: cannot compress a profile");
  return out;
}

}  // namespace

std::string encode(const profile& p) { return compress(encoder(p).encode()); }

}  // namespace debug
}  // namespace weft::inline WEFT_WORLD
