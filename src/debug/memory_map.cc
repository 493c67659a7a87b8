// SPDX-License-Identifier: Apache-2.0
// memory_map.cc: see memory_map.h.                                                    Floor 6.

#include "debug/memory_map.h"

#include "os/pages.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#if WEFT_HAS_ASAN
#include <sanitizer/asan_interface.h>
#endif

namespace weft::inline WEFT_WORLD {
namespace debug {

using namespace detail;

namespace {

// A file of /proc, line by line, without the heap.
class line_reader {
 public:
  explicit line_reader(const char* path) noexcept : fd_(open(path, O_RDONLY | O_CLOEXEC)) {}
  line_reader(const line_reader&) = delete;
  line_reader& operator=(const line_reader&) = delete;
  ~line_reader() {
    if (fd_ >= 0) close(fd_);
  }
  [[nodiscard]] bool failed() const noexcept { return fd_ < 0 || failed_; }

  /// The next line without its end; null after the last. The rest of one too long is left out.
  const char* next() noexcept {
    std::size_t length = 0;
    for (;;) {
      if (at_ == end_ && !fill()) {
        if (length == 0) return nullptr;
        break;
      }
      char c = buffer_[at_++];
      if (c == '\n') break;
      if (length + 1 < sizeof line_) line_[length++] = c;
    }
    line_[length] = '\0';
    return line_;
  }

 private:
  bool fill() noexcept {
    if (fd_ < 0) return false;
    ssize_t n = ::read(fd_, buffer_, sizeof buffer_);
    if (n < 0) failed_ = true;
    at_ = 0;
    end_ = n > 0 ? static_cast<std::size_t>(n) : 0;
    return end_ != 0;
  }

  int fd_;
  bool failed_ = false;
  std::size_t at_ = 0;
  std::size_t end_ = 0;
  char buffer_[4096];
  char line_[512];
};

bool starts_with(const char* text, const char* with) noexcept {
  return std::strncmp(text, with, std::strlen(with)) == 0;
}

// What a device maps may change by being read.
bool is_device(const char* path) noexcept {
  return starts_with(path, "/dev/") && !starts_with(path, "/dev/shm/") &&
         !starts_with(path, "/dev/zero") && !starts_with(path, "/dev/hugepages/");
}

// AddressSanitizer's notes on other memory: 16 TiB in which nothing is kept.
bool is_shadow([[maybe_unused]] const mapping& m) noexcept {
#if WEFT_HAS_ASAN
  std::size_t scale = 0;
  std::size_t offset = 0;
  __asan_get_shadow_mapping(&scale, &offset);
  constexpr std::uintptr_t k_end = std::uintptr_t{1} << 47;
  return m.start >= offset && m.end <= offset + (k_end >> scale);
#else
  return false;
#endif
}

}  // namespace

bool for_each_mapping(void (*f)(void* arg, const mapping& m), void* arg) noexcept {
  line_reader lines("/proc/self/maps");
  std::uintptr_t last_accessible = 0;
  while (const char* line = lines.next()) {
    // start-end perms offset device inode path
    char* at = nullptr;
    mapping m{};
    m.start = std::strtoull(line, &at, 16);
    if (*at != '-') return false;
    m.end = std::strtoull(at + 1, &at, 16);
    const char* mode = at + 1;
    bool readable = mode[0] == 'r';
    bool accessible = readable || mode[1] == 'w';
    const char* rest = mode + 4;
    for (int field = 0; field < 3; ++field) {
      while (*rest == ' ') ++rest;
      while (*rest != ' ' && *rest != '\0') ++rest;
    }
    while (*rest == ' ') ++rest;
    m.file = *rest == '/';
    m.shared = mode[3] == 's';
    m.heap = starts_with(rest, "[heap]");
    m.main_stack = starts_with(rest, "[stack]");
    m.below_no_access = last_accessible != m.start;
    if (accessible) last_accessible = m.end;
    // Read-only memory without a file was written once, and may be still of use.
    bool wanted = readable && (mode[1] == 'w' || *rest == '\0' || m.heap);
    if (wanted && !is_device(rest) && !is_shadow(m)) f(arg, m);
  }
  return !lines.failed();
}

memory_reader::~memory_reader() {
  if (buffer_ != nullptr) munmap(buffer_, memory_size());
  if (pagemap_ >= 0) close(pagemap_);
}

bool memory_reader::prepare() noexcept {
  void* memory =
      mmap(nullptr, memory_size(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return false;
  buffer_ = static_cast<std::uintptr_t*>(memory);
  pagemap_ = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
  return pagemap_ >= 0;
}

// How many pages from `from` on, `pages` at most, are alike: `touched`, that is in memory or
// swapped out, or not. Zero if that cannot be told.
std::size_t memory_reader::touched_pages(std::uintptr_t from, std::size_t pages,
                                         bool& touched) noexcept {
  std::size_t n = std::min(pages, k_entries);
  auto where = static_cast<off_t>(from / os::page_size() * sizeof(std::uint64_t));
  ssize_t got = pread(pagemap_, entries_, n * sizeof(std::uint64_t), where);
  if (got < static_cast<ssize_t>(sizeof(std::uint64_t))) return 0;
  n = static_cast<std::size_t>(got) / sizeof(std::uint64_t);
  // Bit 63: in memory, 62: swapped out, 58: a guard, which cannot be read.
  auto is_touched = [](std::uint64_t entry) {
    return (entry >> 62) != 0 && ((entry >> 58) & 1) == 0;
  };
  touched = is_touched(entries_[0]);
  std::size_t alike = 1;
  while (alike < n && is_touched(entries_[alike]) == touched) ++alike;
  return alike;
}

bool memory_reader::read(std::uintptr_t from, std::uintptr_t to, bool all_pages,
                         void (*f)(void* arg, std::uintptr_t at, const std::uintptr_t* words,
                                   std::size_t count),
                         void* arg) noexcept {
  constexpr std::uintptr_t k_align = sizeof(std::uintptr_t);
  from = (from + k_align - 1) & ~(k_align - 1);
  to &= ~(k_align - 1);
  std::uintptr_t page = os::page_size();
  bool all = true;
  while (from < to) {
    bool touched = all_pages;
    std::size_t alike = (to + page - 1) / page - from / page;
    if (!all_pages) alike = touched_pages(from, alike, touched);
    if (alike == 0) return false;
    std::uintptr_t until = std::min(to, (from / page + alike) * page);
    while (touched && from < until) {
      std::size_t bytes = std::min<std::size_t>(until - from, memory_size());
      iovec local{buffer_, bytes};
      iovec remote{reinterpret_cast<void*>(from), bytes};
      ssize_t got = process_vm_readv(getpid(), &local, 1, &remote, 1, 0);
      if (got < static_cast<ssize_t>(k_align)) {
        all = false;  // a hole in a file, or a page that has gone bad: the rest may be readable
        from += std::min<std::uintptr_t>(page - from % page, until - from);
        continue;
      }
      f(arg, from, buffer_, static_cast<std::size_t>(got) / k_align);
      from += static_cast<std::uintptr_t>(got) & ~(k_align - 1);
    }
    from = until;
  }
  return all;
}

bool for_each_kernel_word(void (*f)(void* arg, std::uintptr_t word), void* arg) noexcept {
  int dir = open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (dir < 0) return false;
  bool all = true;
  alignas(8) char buffer[4096];
  for (;;) {
    long n = syscall(SYS_getdents64, dir, buffer, sizeof buffer);
    if (n <= 0) {
      close(dir);
      return n == 0 && all;
    }
    for (long at = 0; at < n;) {
      // inode (8), offset (8), length (2), type (1), name
      const char* name = buffer + at + 19;
      std::uint16_t length = 0;
      std::memcpy(&length, buffer + at + 16, sizeof length);
      at += length;
      if (name[0] < '0' || name[0] > '9') continue;
      char target[64];
      ssize_t got = readlinkat(dir, name, target, sizeof target - 1);
      target[got > 0 ? got : 0] = '\0';
      if (starts_with(target, "anon_inode:[io_uring]")) all = false;
      if (!starts_with(target, "anon_inode:[eventpoll]")) continue;
      char path[64];
      std::snprintf(path, sizeof path, "/proc/self/fdinfo/%s", name);
      line_reader lines(path);
      while (const char* line = lines.next())
        if (const char* data = std::strstr(line, "data:"))
          f(arg, std::strtoull(data + 5, nullptr, 16));
      if (lines.failed()) all = false;
    }
  }
}

}  // namespace debug
}  // namespace weft::inline WEFT_WORLD
