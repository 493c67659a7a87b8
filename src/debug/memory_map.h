// SPDX-License-Identifier: Apache-2.0
#pragma once
// memory_map: all memory of the process that a pointer could be kept in.              Floor 6.
//
// Nothing here allocates or touches the memory that is read: it runs while every other thread is
// stopped, whatever that one was doing.

#include <weft/detail/base/config.h>

#include <cstdint>

namespace weft::inline WEFT_WORLD {
namespace debug {

struct mapping {
  std::uintptr_t start;
  std::uintptr_t end;
  bool file;             // of a file: the globals of the program and its libraries, mostly
  bool shared;           // its pages may be in memory though this process has not touched them
  bool heap;             // the C library's first heap
  bool main_stack;       // the main thread's
  bool below_no_access;  // what lies directly below cannot be accessed, or is not mapped
};

/// Calls f(arg, mapping) for what is mapped readable and writable, devices left out. False if the
/// list could not be read whole.
bool for_each_mapping(void (*f)(void* arg, const mapping& m), void* arg) noexcept;

/// Reads memory chunk by chunk through a buffer of its own.
class memory_reader {
 public:
  static constexpr std::size_t k_words = 32 * 1024;

  memory_reader() = default;
  memory_reader(const memory_reader&) = delete;
  memory_reader& operator=(const memory_reader&) = delete;
  ~memory_reader();
  /// False if memory or /proc is not to be had.
  bool prepare() noexcept;

  /// Calls f(arg, address, words, count) for the words of [from, to). Pages that this process has
  /// never touched are passed over, unless all are asked for. Only aligned words. False if
  /// something could not be read.
  bool read(std::uintptr_t from, std::uintptr_t to, bool all_pages,
            void (*f)(void* arg, std::uintptr_t at, const std::uintptr_t* words, std::size_t count),
            void* arg) noexcept;

  [[nodiscard]] const void* memory() const noexcept { return buffer_; }
  static constexpr std::size_t memory_size() noexcept { return k_words * sizeof(std::uintptr_t); }

 private:
  std::size_t touched_pages(std::uintptr_t from, std::size_t pages, bool& touched) noexcept;

  std::uintptr_t* buffer_ = nullptr;
  int pagemap_ = -1;
  // What the kernel said of the pages from `known_from_` on.
  static constexpr std::size_t k_entries = 512;
  std::uint64_t entries_[k_entries];
};

/// Calls f(arg, word) for what epoll instances of the process keep for their users. False if some
/// other place in the kernel may keep pointers that cannot be read: io_uring.
bool for_each_kernel_word(void (*f)(void* arg, std::uintptr_t word), void* arg) noexcept;

}  // namespace debug
}  // namespace weft::inline WEFT_WORLD
