// SPDX-License-Identifier: Apache-2.0
#pragma once
// dwarf: as much of an object's debug information as names and lines of functions need. Floor 6.
//
// The file is mapped and read where it is asked. Whatever is not understood (compressed sections,
// split files, forms unknown) reads as if it were not there. Called by scopes.cc, under its lock.

#include <weft/detail/base/config.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace weft::inline WEFT_WORLD {
namespace debug::dwarf {

enum tag : std::uint16_t {
  t_class = 0x02,
  t_enumeration = 0x04,
  t_parameter = 0x05,
  t_block = 0x0b,
  t_pointer = 0x0f,
  t_reference = 0x10,
  t_structure = 0x13,
  t_typedef = 0x16,
  t_union = 0x17,
  t_inlined = 0x1d,
  t_const = 0x26,
  t_function = 0x2e,
  t_volatile = 0x35,
  t_namespace = 0x39,
  t_rvalue_reference = 0x42,
};

// Bytes of a section. What lies past the end reads as 0, and the reader is then at the end.
class reader {
 public:
  reader() = default;
  reader(const unsigned char* begin, std::size_t size) : begin_(begin), size_(size) {}

  [[nodiscard]] std::size_t at() const { return at_; }
  [[nodiscard]] bool done() const { return at_ >= size_; }
  [[nodiscard]] std::size_t size() const { return size_; }
  void seek(std::uint64_t at) { at_ = at < size_ ? static_cast<std::size_t>(at) : size_; }
  void skip(std::uint64_t n) { at_ = n < size_ - at_ ? at_ + static_cast<std::size_t>(n) : size_; }

  std::uint64_t fixed(std::size_t bytes);
  std::uint64_t uleb();
  std::int64_t sleb();
  std::string_view text();
  [[nodiscard]] std::string_view text_at(std::uint64_t at) const;

 private:
  const unsigned char* begin_ = nullptr;
  std::size_t size_ = 0;
  std::size_t at_ = 0;
};

struct unit {
  std::uint64_t offset = 0;  // of its header in .debug_info
  std::uint64_t first = 0;   // of its first entry
  std::uint64_t end = 0;
  std::uint64_t abbreviations = 0;
  std::uint64_t texts_base = 0;
  std::uint64_t addresses_base = 0;
  std::uint64_t ranges_base = 0;
  std::uint64_t low = 0;    // what its ranges are relative to
  std::uint64_t lines = 0;  // where its table begins in .debug_line
  std::string_view folder;  // that it was compiled in
  bool has_lines = false;
  unsigned version = 0;
  unsigned offset_size = 4;
  unsigned address_size = 8;
};

// What of an entry is looked at.
struct entry {
  std::uint64_t offset = 0;
  std::uint64_t origin = 0;  // its abstract origin, or its declaration
  std::uint64_t type = 0;
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  std::uint64_t ranges = 0;
  std::string_view name;
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  std::uint32_t call_file = 0;  // of a function that is inlined: where it is called
  std::uint32_t call_line = 0;
  std::uint16_t tag = 0;  // 0: the end of a list of children
  bool children = false;
  bool artificial = false;
  bool has_ranges = false;
};

struct range {
  std::uint64_t low;
  std::uint64_t high;
};

// From its address on, to the next row, the code is of this line.
struct row {
  std::uint64_t address;
  std::uint32_t file;
  std::uint32_t line;  // 0: there is no code
};

struct line_table {
  std::vector<std::string> files;  // by DWARF's number
  std::vector<row> rows;           // by address

  [[nodiscard]] const row* find(std::uint64_t pc) const;
};

enum class meaning : std::uint8_t;

class object {
 public:
  object() = default;
  object(const object&) = delete;
  object& operator=(const object&) = delete;
  ~object();

  /// Maps the file; false if it has no debug information that can be read.
  bool open(const char* path);

  [[nodiscard]] const std::vector<unit>& units() const { return units_; }
  /// The unit that an entry belongs to; null if there is none.
  [[nodiscard]] const unit* unit_of(std::uint64_t offset) const;

  /// The entry at an offset. `next`, if given, is where the next one begins. False at the end of
  /// the unit, and where something cannot be read.
  bool read(const unit& u, std::uint64_t offset, entry& e, std::uint64_t* next = nullptr);

  /// Where the code of an entry lies.
  std::vector<range> ranges(const unit& u, const entry& e);

  /// Empty if there is none.
  line_table lines(const unit& u);

 private:
  struct value {
    std::uint64_t number = 0;
    std::string_view text;
    meaning is{};
  };
  struct attribute {
    std::uint32_t name;
    std::uint32_t form;
    std::int64_t constant;
  };
  struct abbreviation {
    std::uint16_t tag = 0;
    bool children = false;
    std::vector<attribute> attributes;
  };
  using abbreviations = std::map<std::uint64_t, abbreviation>;

  bool find_sections();
  void read_units();
  const abbreviations& abbreviations_at(std::uint64_t offset);
  bool read_value(const unit& u, reader& in, std::uint64_t form, std::int64_t constant, value& v);
  void keep(const unit& u, std::uint32_t name, const value& v, entry& e);
  void set_bases(unit& u);
  std::uint64_t address(const unit& u, std::uint64_t index);
  std::string_view indexed_text(const unit& u, std::uint64_t index);
  void old_ranges(const unit& u, std::uint64_t at, std::vector<range>& out);
  void new_ranges(const unit& u, std::uint64_t at, std::vector<range>& out);
  void new_files(const unit& u, reader& in, line_table& out);

  const unsigned char* file_ = nullptr;
  std::size_t size_ = 0;
  reader info_, abbreviations_, texts_, line_texts_, text_offsets_, addresses_, ranges_, lists_,
      lines_;
  std::map<std::uint64_t, abbreviations> known_;
  std::vector<unit> units_;
};

}  // namespace debug::dwarf
}  // namespace weft::inline WEFT_WORLD
