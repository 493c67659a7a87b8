// SPDX-License-Identifier: Apache-2.0
#pragma once
// page_data: what the live page /debug/weft shows, and what it says of it.            Floor 6.

#include <weft/detail/runtime/park.h>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace weft::inline WEFT_WORLD {
namespace debug {

/// So many goroutines do the same.
struct page_count {
  std::string what;
  std::uint64_t count = 0;
};

/// Goroutines that were created in one place, and what they are doing.
struct page_site {
  std::string place;  // "main() server.cc:31", or the name if they have one
  std::uint64_t count = 0;
  std::vector<page_count> doing;  // reason and place, most frequent first
};

/// Goroutines that wait in one place.
struct page_wait {
  detail::wait_reason why{};
  std::string place;
  std::string site;  // where most of them were created
  std::uint64_t count = 0;
  std::int64_t oldest_ns = 0;
  std::int64_t newest_ns = 0;
  std::array<std::uint64_t, 4> by_age{};  // quarters of oldest_ns, the latest first
};

struct page_processor {
  unsigned index = 0;
  std::uint64_t goroutine = 0;  // that runs; 0: none
  bool asleep = false;
  std::int64_t slept_ns = 0;  // in all
  double busy = 0;            // of the last moment, 0 to 1
  std::uint64_t queued = 0;
  std::uint64_t steals = 0;
};

/// A line at which others had to wait for a lock, from the mutex profile.
struct page_contention {
  std::string place;
  std::int64_t count = 0;
  std::int64_t delay_ns = 0;
};

/// In a ring: `from` waits for `what`, which `to` holds (0: a plain thread).
struct page_edge {
  std::uint64_t from = 0;
  std::string from_place;
  std::string what;
  std::uint64_t to = 0;
};

/// Goroutines that wait for one object in one place.
struct page_waiters {
  std::string place;
  std::string reason;
  std::uint64_t count = 0;
  std::uint64_t id = 0;  // of one of them
  std::int64_t oldest_ns = 0;
};

/// Something that goroutines wait for: a lock and who holds it, a channel, ...
struct page_object {
  std::string what;         // "mutex 0x55d0c0"
  std::uint64_t alike = 1;  // so many with the same goroutines waiting, of which this is one
  bool is_lock = false;
  bool on_ring = false;
  std::uint64_t holder = 0;  // 0: not known
  std::string holder_place;  // empty if it runs
  std::string holder_state;
  std::uint64_t waiting = 0;
  std::vector<page_waiters> waiters;  // the most first
};

/// Worst first.
enum class page_level : std::uint8_t { bad, warning, good };

/// One thing to say, in words.
struct page_finding {
  page_level level{};
  std::string title;
  std::string detail;
};

class page_places;

/// What find_deadlocks() finds: each ring as its edges.
std::vector<page_edge> rings_of_locks();

/// What goroutines wait for: what is on a ring first, then locks, then what has most waiters.
std::vector<page_object> waited_objects(page_places& places);

struct page_data {
  std::string program;
  std::int64_t pid = 0;
  std::int64_t now_ns = 0;  // CLOCK_MONOTONIC
  unsigned procs = 0;
  std::uint64_t goroutines = 0;
  std::uint64_t started = 0;
  std::uint64_t parks = 0;
  std::uint64_t steals = 0;
  std::uint64_t stuck_stretches = 0;
  std::vector<page_count> states;
  std::vector<page_site> sites;
  std::vector<page_wait> waits;
  std::vector<page_processor> processors;
  std::vector<std::uint64_t> latency;  // [i]: waits of at least 2^i ns for a processor
  bool contention_on = false;
  std::vector<page_contention> contention;
  std::vector<page_edge> rings;
  std::vector<page_object> graph;
  std::vector<page_finding> findings;  // worst first, never empty
};

/// Looks at the process. Never from a worker; takes some 50 ms, and a few microseconds a goroutine.
page_data collect_page();

/// What is wrong, if anything.
std::vector<page_finding> judge(const page_data& d);

/// As one JSON document.
std::string to_json(const page_data& d);

/// The page: a document of its own, which asks for the JSON again and again.
extern const char* const k_page_html;

}  // namespace debug
}  // namespace weft::inline WEFT_WORLD
