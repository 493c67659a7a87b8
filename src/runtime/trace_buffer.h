// SPDX-License-Identifier: Apache-2.0
#pragma once
// trace_buffer: where the records of the execution trace lie until somebody reads them. Floor 3.
//
// Each thread writes into a chunk of its own, without a lock. Chunks come from a bounded store that
// two sessions may share: a trace, which keeps its beginning when the memory is full, and the
// flight recorder, which keeps the end.
//
//   free --taken by a thread--> open --full--> closed --the recorder needs memory--> free
//                                 (pinned while the trace wants it: not taken for the recorder)
//
// INV-1 an open chunk belongs to one thread, which alone appends to it; `used` publishes.
// INV-2 a thread touches chunks only between enter() and leave(); stop() has memory released only
//       once no thread is in between (Dekker: busy | the state word, asymmetric fences).
// INV-3 what contents says is complete is: of every thread, each record between from and to.

#include <weft/detail/base/atomic.h>
#include <weft/detail/os/lock.h>

#include <cstdint>
#include <string_view>
#include <vector>

namespace weft::inline WEFT_WORLD {
namespace detail::trace {

/// What happened. `a`, `b` and `c` of a record are named behind it; ids are those of goroutines, 0
/// is the scheduler or a plain thread. `detail` says more in some.
enum class kind : std::uint8_t {
  created,          // a: id, b: its creator, c: return address of go(); text: name
  ended,            // a: id, c: as created; text: name
  switched,         // a: id that leaves, b: id that comes; detail: how_left()
  woken,            // a: id, b: waker; detail: what it had waited for
  blocking_began,   // a: id
  blocking_ended,   // a: id
  thread_parked,    // a: the thread's party; detail: reason
  thread_woken,     // a: the thread's party, b: waker
  thread_resumed,   // a: the thread's party
  stole,            // a: index of the processor robbed, b: how many goroutines
  timer_fired,      // a: when it was due
  processor_stuck,  // a: index of the processor, b: since when
  region_began,     // a: id or 0, b: task; text: name
  region_ended,     // a: id or 0
  task_began,       // a: id or 0, b: task, c: parent task; text: name
  task_ended,       // a: id or 0, b: task
  logged,           // a: id or 0, b: task; text: category, NUL, message
};

inline constexpr std::uint16_t k_no_processor = 0xffff;
inline constexpr std::size_t k_max_text = 240;
// Of a record without c and text.
inline constexpr std::size_t k_header_words = 4;

/// One record, as written and as read.
struct record {
  kind what{};
  std::uint8_t detail = 0;
  std::uint16_t processor = k_no_processor;
  std::int64_t time = 0;  // CLOCK_MONOTONIC
  std::uint64_t a = 0;
  std::uint64_t b = 0;
  std::uint64_t c = 0;
  std::string_view text;  // cut after k_max_text bytes
};

/// Whose records they are.
struct thread_info {
  std::uint32_t number = 0;  // no two threads of a process have the same
  std::int32_t tid = 0;
  bool worker = false;
  char name[16] = {};
};

/// Which of the two sessions.
enum class session : std::uint8_t { trace = 1, recorder = 2 };

/// What a chunk held when it was copied.
struct chunk_copy {
  thread_info thread;
  std::uint64_t serial = 0;  // rises over a thread's chunks
  std::vector<std::uint64_t> words;
};

struct contents {
  std::vector<chunk_copy> chunks;
  std::int64_t from = 0;      // complete from here ...
  std::int64_t to = 0;        // ... to here
  std::uint64_t dropped = 0;  // records there was no room for since the session began
};

/// Appends a record to the calling thread's chunk, if a session is on; the time is filled in here.
/// Parks: no. Allocates: no. Stack: any. Holds: no lock of rank leaf.
void append(record r) noexcept;

/// Begins a session with so many bytes of memory. False if it is on already. Throws bad_alloc.
bool start(session s, std::size_t bytes);

/// A copy of what has been recorded for a session that is on. Any thread; the others go on.
contents copy(session s);

/// Ends a session. False if it was not on.
bool stop(session s) noexcept;
bool is_on(session s) noexcept;

/// Reads the record at words[at] and moves `at` behind it. False at the end.
bool read(const std::vector<std::uint64_t>& words, std::size_t& at, record& r) noexcept;

/// A thread is about to write its first record, or a worker starts: gives it a number.
void register_thread(bool worker) noexcept;

}  // namespace detail::trace
}  // namespace weft::inline WEFT_WORLD
