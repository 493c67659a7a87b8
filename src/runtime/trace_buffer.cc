// SPDX-License-Identifier: Apache-2.0
// trace_buffer.cc: see trace_buffer.h.                                                Floor 3.
//
// The words of a chunk are relaxed atomics: readers copy it while its thread appends to it. Their
// meaning is in trace_record.cc.

#include "runtime/trace_buffer.h"

#include <weft/detail/runtime/probes.h>

#include "os/asymmetric_fence.h"
#include "os/clock.h"
#include "os/pages.h"

#include <pthread.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <algorithm>
#include <cstring>
#include <memory>
#include <new>

namespace weft::inline WEFT_WORLD {
namespace detail::trace {
namespace {

constexpr std::size_t k_chunk_bytes = 16 * 1024;
[[maybe_unused]] constexpr std::size_t k_max_record = k_header_words + 1 + (k_max_text + 7) / 8;

enum class chunk_state : std::uint8_t { free, open, closed };

struct chunk {
  // Guarded by the store's lock.
  chunk* next = nullptr;      // free list, or closed ones in the order of closing
  chunk* all_next = nullptr;  // immutable once it is on the list of all
  chunk_state state = chunk_state::free;
  bool pinned = false;  // the trace wants it
  bool unseen = false;  // begun while the trace was on, and not for it
  thread_info thread;
  std::uint64_t serial = 0;
  // Owned by the thread; read under the lock when closed.
  std::int64_t last = 0;
  shared_word<std::uint32_t> records{0};
  // [TB-1] release-store; pairs with the acquire-load [TB-2]. Publishes: the words below.
  shared_word<std::uint32_t> used{0};

  static constexpr std::size_t k_words = (k_chunk_bytes - 128) / 8;
  shared_word<std::uint64_t> words[k_words];
};
static_assert(sizeof(chunk) <= k_chunk_bytes);

struct writer {
  shared_word<std::uint32_t> busy{0};
  chunk* open = nullptr;  // owned by the thread; by stop() while no session is on
  std::uint32_t generation = 0;
  thread_info info;
  writer* next = nullptr;  // all registered ones; guarded by g_registry
  bool ended = false;
};

// Held by start(), copy() and stop() from end to end. Only its holder writes g_on.
lock g_sessions{lock_rank::chan};
// Guards g_writers, g_next_number, and `open` of a thread that ends. Taken before the store's lock,
// hence not of the same rank.
lock g_registry{lock_rank::stacks};
writer* g_writers = nullptr;
std::uint32_t g_next_number = 0;

// {sessions:2, generation:30}: a thread whose chunk is of another generation begins a new one.
shared_word<std::uint32_t> g_on{0};
constexpr std::uint32_t k_sessions = 3;
constexpr std::uint32_t k_generation = 4;

struct slab {
  void* start;
  std::size_t bytes;
  std::size_t used;  // chunks are made as they are needed, so that no memory is touched before
  slab* next;
};

/// All chunks there are.
struct store {
  lock guard{lock_rank::leaf};  // guards the rest
  chunk* all = nullptr;
  chunk* free_list = nullptr;
  chunk* closed_first = nullptr;
  chunk* closed_last = nullptr;
  std::uint64_t next_serial = 1;
  std::uint32_t pins_left = 0;  // chunks the trace may still have
  std::uint64_t trace_dropped = 0;
  std::uint64_t recorder_dropped = 0;
  std::int64_t trace_began = 0;
  std::int64_t trace_full = 0;  // when the trace first lacked room; 0: never
  std::int64_t recorder_began = 0;
  std::int64_t recorder_lost = 0;  // the last thing the recorder has forgotten
  std::size_t bytes[2] = {};       // of memory that the trace, the recorder have brought in
  slab* slabs = nullptr;
};
store g_store;

constexpr std::uint32_t bit(session s) noexcept { return static_cast<std::uint32_t>(s); }

thread_local constinit writer t_writer;

// Trivially destructible as t_writer is, it can be asked at any time; this one tells the end.
struct thread_end {
  bool armed = false;
  ~thread_end();
};
thread_local thread_end t_end;

WEFT_NOINLINE writer& this_writer() noexcept {
  writer* w = &t_writer;
  asm volatile("" : "+r"(w));
  return *w;
}

void close_locked(chunk& c) noexcept {
  c.state = chunk_state::closed;
  c.next = nullptr;
  (g_store.closed_last != nullptr ? g_store.closed_last->next : g_store.closed_first) = &c;
  g_store.closed_last = &c;
  // [TB-10] relaxed: a count.
  if (c.unseen) g_store.trace_dropped += c.records.load(relaxed);
}

// The recorder's oldest chunk that the trace does not want.
chunk* take_oldest_locked() noexcept {
  if ((g_on.load() & bit(session::recorder)) == 0) return nullptr;
  chunk* before = nullptr;
  for (chunk* c = g_store.closed_first; c != nullptr; before = c, c = c->next) {
    if (c->pinned) continue;
    (before != nullptr ? before->next : g_store.closed_first) = c->next;
    if (g_store.closed_last == c) g_store.closed_last = before;
    g_store.recorder_lost = std::max(g_store.recorder_lost, c->last);
    return c;
  }
  return nullptr;
}

// Memory for a chunk that has not been made yet, or null.
void* carve_locked() noexcept {
  for (slab* s = g_store.slabs; s != nullptr; s = s->next) {
    if (s->used + k_chunk_bytes > s->bytes) continue;
    s->used += k_chunk_bytes;
    return static_cast<char*>(s->start) + s->used - k_chunk_bytes;
  }
  return nullptr;
}

chunk* take_chunk(writer& w, std::int64_t now) noexcept {
  chunk* c = nullptr;
  void* memory = nullptr;
  bool traced = false;
  bool pin = false;
  {
    lock_scope hold(g_store.guard);
    if (w.open != nullptr) close_locked(*w.open);
    w.open = nullptr;
    traced = (g_on.load() & bit(session::trace)) != 0;
    pin = traced && g_store.pins_left != 0;
    if (traced && !pin && g_store.trace_full == 0) g_store.trace_full = now;
    c = g_store.free_list;
    if (c != nullptr) g_store.free_list = c->next;
    if (c == nullptr) memory = carve_locked();
    if (c == nullptr && memory == nullptr) c = take_oldest_locked();
    if (c == nullptr && memory == nullptr) return nullptr;
    if (pin) --g_store.pins_left;
  }
  // Touches its pages for the first time: not under the lock.
  if (memory != nullptr) c = new (memory) chunk;
  lock_scope hold(g_store.guard);
  if (memory != nullptr) {
    c->all_next = g_store.all;
    g_store.all = c;
  }
  c->pinned = pin;
  c->unseen = traced && !pin;
  c->state = chunk_state::open;
  c->thread = w.info;
  c->serial = g_store.next_serial++;
  c->last = 0;
  c->records.store(0, relaxed);  // [TB-3] relaxed: guarded by the store's lock.
  c->used.store(0, relaxed);
  w.open = c;
  return c;
}

void count_drop(std::int64_t now) noexcept {
  lock_scope hold(g_store.guard);
  std::uint32_t on = g_on.load();
  if ((on & bit(session::trace)) != 0) {
    ++g_store.trace_dropped;
    if (g_store.trace_full == 0) g_store.trace_full = now;
  }
  if ((on & bit(session::recorder)) != 0) {
    ++g_store.recorder_dropped;
    g_store.recorder_lost = std::max(g_store.recorder_lost, now);
  }
}

// Owner only, between enter and leave.
void put(chunk& c, std::uint32_t at, const record& r, std::size_t n) noexcept {
  std::uint64_t head = static_cast<std::uint64_t>(r.what) | std::uint64_t{r.detail} << 8 |
                       std::uint64_t{r.processor} << 16 | std::uint64_t{n} << 32 |
                       std::uint64_t{r.text.size()} << 40;
  // [TB-4] relaxed: published by [TB-1].
  c.words[at].store(head, relaxed);
  c.words[at + 1].store(static_cast<std::uint64_t>(r.time), relaxed);
  c.words[at + 2].store(r.a, relaxed);
  c.words[at + 3].store(r.b, relaxed);
  if (n > k_header_words) c.words[at + 4].store(r.c, relaxed);  // [TB-4] again.
  for (std::size_t i = k_header_words + 1; i < n; ++i) {
    std::uint64_t word = 0;
    std::size_t from = (i - k_header_words - 1) * 8;
    std::memcpy(&word, r.text.data() + from, std::min<std::size_t>(8, r.text.size() - from));
    c.words[at + i].store(word, relaxed);  // [TB-4] again.
  }
  // [TB-1] again: the record is whole.
  c.used.store(static_cast<std::uint32_t>(at + n), release);
}

void append_to_own(writer& w, record& r, std::uint32_t on) noexcept {
  r.time = os::monotonic_now();
  std::size_t n = k_header_words;
  if (r.c != 0 || !r.text.empty()) n += 1 + (r.text.size() + 7) / 8;
  chunk* c = w.open;
  // [TB-5] relaxed: own.
  std::uint32_t at = c != nullptr ? c->used.load(relaxed) : 0;
  if (c == nullptr || at + n > chunk::k_words || w.generation != on / k_generation) {
    c = take_chunk(w, r.time);
    w.generation = on / k_generation;
    at = 0;
  }
  if (c == nullptr) {
    count_drop(r.time);
    return;
  }
  put(*c, at, r, n);
  // [TB-11] relaxed: own counter.
  c->records.store(c->records.load(relaxed) + 1, relaxed);
  c->last = r.time;
}

}  // namespace

WEFT_NOINLINE void register_thread(bool worker) noexcept {
  writer& w = this_writer();
  if (w.info.number != 0 || w.ended) return;
  w.info.worker = worker;
  w.info.tid = static_cast<std::int32_t>(syscall(SYS_gettid));
  pthread_getname_np(pthread_self(), w.info.name, sizeof w.info.name);
  if (!worker) t_end.armed = true;  // workers never end
  lock_scope hold(g_registry);
  w.info.number = ++g_next_number;
  w.next = g_writers;
  g_writers = &w;
}

namespace {

thread_end::~thread_end() {
  writer& w = this_writer();
  w.ended = true;
  if (!armed) return;
  lock_scope hold(g_registry);
  writer** link = &g_writers;
  while (*link != &w) link = &(*link)->next;
  *link = w.next;
  lock_scope hold_store(g_store.guard);
  if (w.open != nullptr) close_locked(*w.open);
  w.open = nullptr;
}

}  // namespace

void append(record r) noexcept {
  writer& w = this_writer();
  if (WEFT_UNLIKELY(w.info.number == 0)) register_thread(false);
  if (WEFT_UNLIKELY(w.ended)) return;
  if (r.text.size() > k_max_text) {
    // Not within a character of UTF-8.
    std::size_t n = k_max_text;
    while (n != 0 && (static_cast<unsigned char>(r.text[n]) & 0xc0) == 0x80) --n;
    r.text = r.text.substr(0, n);
  }
  w.busy.store(1, relaxed);  // [TB-6] relaxed: ordered by the fence; see INV-2.
  os::fence_light();
  // [TB-7] relaxed: ordered by the fence; what start() wrote is read under the store's lock.
  std::uint32_t on = g_on.load(relaxed);
  if ((on & k_sessions) != 0) append_to_own(w, r, on);
  // [TB-8] release-store; pairs with the acquire-load [TB-9] in wait_for_writers().
  w.busy.store(0, release);
}

bool is_on(session s) noexcept { return (g_on.load() & bit(s)) != 0; }

namespace {

// Returns once every thread acts upon the value of g_on. Holds: g_sessions.
void wait_for_writers() noexcept {
  os::fence_heavy();
  lock_scope hold(g_registry);
  for (writer* w = g_writers; w != nullptr; w = w->next) {
    // [TB-9] acquire-load; pairs with the release-store [TB-8]: what it wrote is seen.
    while (w->busy.load(acquire) != 0) sched_yield();
  }
}

template <class F>
void for_each_chunk(chunk* first, F&& f) {
  for (chunk* c = first; c != nullptr; c = c->all_next) f(*c);
}

// Memory that one session has brought in stays until both have ended: the other may be using it.
// Holds: g_sessions.
void provide(session s, std::size_t wanted) {
  std::size_t& had = g_store.bytes[s == session::trace ? 0 : 1];
  std::size_t bytes = (std::max(wanted, 4 * k_chunk_bytes) / k_chunk_bytes) * k_chunk_bytes;
  if (bytes <= had) return;
  bytes -= had;
  auto fresh = std::make_unique<slab>();
  void* start = os::reserve_pages(bytes);
  if (start == nullptr) throw std::bad_alloc();
  lock_scope hold(g_store.guard);
  *fresh = {start, bytes, 0, g_store.slabs};
  g_store.slabs = fresh.release();
  had += bytes;
}

// Holds: g_sessions; no thread is writing, and none will.
void release_store() noexcept {
  {
    lock_scope hold(g_registry);
    for (writer* w = g_writers; w != nullptr; w = w->next) w->open = nullptr;
  }
  lock_scope hold(g_store.guard);
  g_store.all = g_store.free_list = nullptr;
  g_store.closed_first = g_store.closed_last = nullptr;
  while (slab* s = g_store.slabs) {
    g_store.slabs = s->next;
    os::release_pages(s->start, s->bytes);
    delete s;
  }
  g_store.bytes[0] = g_store.bytes[1] = 0;
}

void begin_locked(session s, std::size_t bytes) noexcept {
  std::int64_t now = os::monotonic_now();
  if (s == session::trace) {
    g_store.trace_began = now;
    g_store.trace_full = 0;
    g_store.trace_dropped = 0;
    g_store.pins_left =
        static_cast<std::uint32_t>(std::max(bytes, 4 * k_chunk_bytes) / k_chunk_bytes);
  } else {
    g_store.recorder_began = now;
    g_store.recorder_lost = 0;
    g_store.recorder_dropped = 0;
  }
}

}  // namespace

bool start(session s, std::size_t bytes) {
  lock_scope one(g_sessions);
  std::uint32_t on = g_on.load();
  if ((on & bit(s)) != 0) return false;
  provide(s, bytes);
  {
    lock_scope hold(g_store.guard);
    begin_locked(s, bytes);
    g_on.store((on | bit(s)) + k_generation);
  }
  set_probe(probe::trace, true);
  return true;
}

bool stop(session s) noexcept {
  lock_scope one(g_sessions);
  std::uint32_t on = g_on.load();
  if ((on & bit(s)) == 0) return false;
  on &= ~bit(s);
  if ((on & k_sessions) == 0) set_probe(probe::trace, false);
  g_on.store(on);
  wait_for_writers();
  if ((on & k_sessions) == 0) {
    release_store();
  } else if (s == session::trace) {
    lock_scope hold(g_store.guard);
    for_each_chunk(g_store.all, [](chunk& c) { c.pinned = c.unseen = false; });
  }
  return true;
}

contents copy(session s) {
  lock_scope one(g_sessions);
  contents all;
  if ((g_on.load() & bit(s)) == 0) return all;
  bool trace = s == session::trace;
  all.to = os::monotonic_now();
  chunk* first = nullptr;
  {
    lock_scope hold(g_store.guard);
    first = g_store.all;
  }
  for_each_chunk(first, [&](chunk& c) {
    chunk_copy mine;
    mine.words.reserve(chunk::k_words);
    {
      lock_scope hold(g_store.guard);
      if (c.state == chunk_state::free) return;
      // [TB-12] relaxed: a count; closed chunks have been counted.
      if (c.unseen && c.state == chunk_state::open) all.dropped += c.records.load(relaxed);
      if (trace && !c.pinned) return;
      mine.thread = c.thread;
      mine.serial = c.serial;
      // [TB-2] acquire-load; pairs with the release-store [TB-1].
      std::uint32_t used = c.used.load(acquire);
      // [TB-13] relaxed: published by [TB-1]; not reused while the lock is held.
      for (std::uint32_t i = 0; i < used; ++i) mine.words.push_back(c.words[i].load(relaxed));
    }
    all.chunks.push_back(std::move(mine));
  });
  lock_scope hold(g_store.guard);
  all.dropped = trace ? all.dropped + g_store.trace_dropped : g_store.recorder_dropped;
  all.from =
      trace ? g_store.trace_began : std::max(g_store.recorder_began, g_store.recorder_lost + 1);
  if (trace && g_store.trace_full != 0) all.to = std::min(all.to, g_store.trace_full);
  return all;
}

}  // namespace detail::trace
}  // namespace weft::inline WEFT_WORLD
