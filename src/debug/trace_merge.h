// SPDX-License-Identifier: Apache-2.0
#pragma once
// trace_merge: the records of all threads in the order of time, and who the goroutines are.
// Floor 6.

#include "runtime/goroutine.h"
#include "runtime/trace_buffer.h"

#include <algorithm>
#include <string>
#include <unordered_map>
#include <vector>

namespace weft::inline WEFT_WORLD {
namespace debug {

/// Calls f(record, thread) for each record between contents.from and .to. Records of one thread
/// stay in their order. Returns how many there were beyond `to`, of which some are missing.
template <class F>
std::uint64_t for_each_record(const detail::trace::contents& all, F&& f);

/// A goroutine as it was when the recording was written.
struct goroutine_now {
  std::uint64_t id = 0;
  std::uint64_t parent = 0;
  std::uintptr_t creator = 0;
  std::string name;
  detail::goroutine_status status{};
  detail::wait_reason why{};
  std::int64_t parked_at = 0;
};

/// What a session has recorded, and the goroutines that lived shortly before the end of it: of one
/// that has no record there, this is what it did all the time.
struct recording {
  std::vector<goroutine_now> living;
  std::int64_t living_at = 0;
  detail::trace::contents records;
};
recording take_recording(detail::trace::session s);

/// One thread's records, in order, over its chunks.
class thread_records {
 public:
  explicit thread_records(std::vector<const detail::trace::chunk_copy*> chunks)
      : chunks_(std::move(chunks)) {
    next();
  }
  [[nodiscard]] bool at_end() const { return ended_; }
  [[nodiscard]] const detail::trace::record& current() const { return record_; }
  [[nodiscard]] const detail::trace::thread_info& thread() const { return chunks_[0]->thread; }
  void next();

 private:
  std::vector<const detail::trace::chunk_copy*> chunks_;
  std::size_t chunk_ = 0;
  std::size_t word_ = 0;
  bool ended_ = false;
  detail::trace::record record_;
};

std::vector<thread_records> by_thread(const detail::trace::contents& all);

template <class F>
std::uint64_t for_each_record(const detail::trace::contents& all, F&& f) {
  std::vector<thread_records> threads = by_thread(all);
  auto later = [](const thread_records* a, const thread_records* b) {
    return a->current().time > b->current().time;
  };
  std::vector<thread_records*> heap;
  for (thread_records& t : threads)
    if (!t.at_end()) heap.push_back(&t);
  std::make_heap(heap.begin(), heap.end(), later);
  std::uint64_t beyond = 0;
  while (!heap.empty()) {
    std::pop_heap(heap.begin(), heap.end(), later);
    thread_records& t = *heap.back();
    const detail::trace::record& r = t.current();
    if (r.time > all.to) {
      ++beyond;
    } else if (r.time >= all.from) {
      f(r, t.thread());
    }
    t.next();
    if (t.at_end()) {
      heap.pop_back();
    } else {
      std::push_heap(heap.begin(), heap.end(), later);
    }
  }
  return beyond;
}

}  // namespace debug
}  // namespace weft::inline WEFT_WORLD
