// SPDX-License-Identifier: Apache-2.0
// reach.cc: see reach.h.                                                              Floor 6.
//
// Everything that is mapped is looked at, but for the stacks of candidates and the blocks of the
// heap, which are looked at when something leads to them; see reach_heap.cc.

#include "debug/reach.h"

#include "debug/goroutines.h"

#include <sys/mman.h>
#include <algorithm>
#include <cstring>

namespace weft::inline WEFT_WORLD {
namespace debug {

using namespace detail;

namespace {

// What the ABI lets a function use below its stack pointer.
constexpr std::uintptr_t k_red_zone = 128;
constexpr std::uintptr_t k_address_bits = (std::uintptr_t{1} << 48) - 1;
// What is mapped by several processes is read whole up to this size: a page may be in memory
// although this process has not touched it.
constexpr std::uintptr_t k_most_shared = std::uintptr_t{1} << 30;

std::uintptr_t address_of(const void* p) noexcept { return reinterpret_cast<std::uintptr_t>(p); }

// Stopped in the system call that waits for this word to change.
bool sleeps_on(const stopped_world::thread& t, const shared_word<std::uint32_t>& word) noexcept {
#if defined(__x86_64__)
  // The instruction is the next one, to be begun again, or the last one.
  const auto* code = reinterpret_cast<const unsigned char*>(t.registers[REG_RIP]);
  bool in_call = (code[0] == 0x0f && code[1] == 0x05) || (code[-2] == 0x0f && code[-1] == 0x05);
  return in_call && static_cast<std::uintptr_t>(t.registers[REG_RDI]) == address_of(&word);
#else
  static_cast<void>(t);
  static_cast<void>(word);
  return false;
#endif
}

}  // namespace

reach::~reach() {
  if (memory_ != nullptr) munmap(memory_, memory_size_);
}

bool reach::prepare(scheduler& s) noexcept {
  scheduler_ = &s;
  heap_known_ = heap_is_known();
  std::size_t slots = 0;
  std::size_t slabs = 0;
  s.stacks.for_each_slab([&](stack_slab& slab) {
    slots += slab.slots;
    ++slabs;
  });
  // Goroutines that run may need more before they are stopped.
  slab_capacity_ = slabs + 16;
  capacity_ = slots + 16 * (slots / std::max<std::size_t>(slabs, 1));
  edge_capacity_ = 2 * capacity_ + 65536;
  std::size_t at = 0;
  auto reserve = [&at](std::size_t bytes) {
    std::size_t place = at;
    at += (bytes + 63) & ~std::size_t{63};
    return place;
  };
  std::size_t places[] = {reserve(capacity_ * sizeof(candidate)),
                          reserve(edge_capacity_ * sizeof(edge)),
                          reserve(capacity_ * sizeof(std::uint32_t)),
                          reserve(slab_capacity_ * sizeof(range)),
                          reserve(k_most_skips * sizeof(range)),
                          reserve(k_most_heaps * sizeof(range)),
                          reserve(k_most_blocks * sizeof(std::uintptr_t)),
                          reserve(k_most_blocks * sizeof(std::uint32_t))};
  void* memory =
      mmap(nullptr, at, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) return false;
  memory_ = static_cast<char*>(memory);
  memory_size_ = at;
  all_ = reinterpret_cast<candidate*>(memory_ + places[0]);
  edges_ = reinterpret_cast<edge*>(memory_ + places[1]);
  of_slot_ = reinterpret_cast<std::uint32_t*>(memory_ + places[2]);
  slabs_ = reinterpret_cast<range*>(memory_ + places[3]);
  skips_ = reinterpret_cast<range*>(memory_ + places[4]);
  heaps_ = reinterpret_cast<range*>(memory_ + places[5]);
  blocks_ = reinterpret_cast<std::uintptr_t*>(memory_ + places[6]);
  seen_blocks_ = reinterpret_cast<std::uint32_t*>(memory_ + places[7]);
  return reader_.prepare();
}

void reach::add_edge(std::uintptr_t object, std::uint32_t owner, bool by_value) noexcept {
  if (edge_count_ == edge_capacity_) {
    mark(owner);  // no room to know better
    return;
  }
  edges_[edge_count_++] = {object, owner, by_value};
}

void reach::add_goroutine(goroutine& g, std::size_t slot) noexcept {
  of_slot_[slot] = k_none;
  if (g.status.load() != goroutine_status::waiting || g.on_cpu.load()) return;
  wait_target t = target_of(g);
  if (t.kind == wait_target::on::not_known || t.being_woken) return;
  for (std::size_t i = 0; i < t.count; ++i)
    if (look_at(*t.channel(i)).timer) return;
  auto index = static_cast<std::uint32_t>(count_++);
  of_slot_[slot] = index;
  all_[index] = {
      &g,    address_of(g.sp), address_of(g.stack_high), t.kind == wait_target::on::never, false,
      k_none};
  for (std::size_t i = 0; i < t.count; ++i) add_edge(address_of(t.channel(i)), index, true);
  if (t.object != nullptr) add_edge(address_of(t.object), index, false);
  if (t.signal != nullptr) add_edge(address_of(t.signal), index, false);
}

void reach::find_candidates() noexcept {
  std::size_t slots = 0;
  scheduler_->stacks.for_each_slab([&](stack_slab& slab) {
    std::size_t claimed = slab.claimed.load();
    if (slab_count_ == slab_capacity_ || slots + claimed > capacity_) {
      complete_ = false;  // a burst of new goroutines; what they hold is not seen
      return;
    }
    std::uintptr_t base = address_of(slab.base);
    slabs_[slab_count_++] = {base, base + slab.slots * slab.stride, slots, slab.stride};
    for (std::size_t i = 0; i < claimed; ++i)
      add_goroutine(*slab.control_block(static_cast<std::uint32_t>(i)), slots + i);
    for (std::size_t i = claimed; i < slab.slots; ++i) of_slot_[slots + i] = k_none;
    slots += slab.slots;
  });
  std::sort(slabs_, slabs_ + slab_count_,
            [](const range& a, const range& b) { return a.from < b.from; });
  std::sort(edges_, edges_ + edge_count_);
}

bool reach::add_skip(std::uintptr_t from, std::uintptr_t to) noexcept {
  if (skip_count_ == k_most_skips) return false;
  if (from < to) skips_[skip_count_++] = {from, to, 0, 0};
  return true;
}

// The stack that a worker's thread came with runs the scheduler and timers, nothing else. While a
// goroutine runs, or the worker sleeps, nothing there is anybody's but the runtime's: what it has
// of pointers is left over. And of the caller's stack what lies below `frame_` is ours.
void reach::skip_dead_stacks() noexcept {
  struct find {
    reach* self;
    std::uintptr_t sp;
    std::uintptr_t to;
    std::uintptr_t top;
  };
  // A thread that is just leaving a goroutine may say that it has none, and be on its stack still:
  // the stack pointer must be on the stack that the thread came with.
  auto skip_below = [this](std::uintptr_t sp, std::uintptr_t to, std::uintptr_t top) {
    find f{this, sp, to, top};
    for_each_mapping(
        [](void* arg, const mapping& m) {
          auto& [self, inside, end, above] = *static_cast<find*>(arg);
          if (m.start <= inside && inside <= above && above < m.end && m.below_no_access)
            self->add_skip(m.start, end);
        },
        &f);
  };
  scheduler_->for_each_processor([&](processor& p) {
    worker* w = p.owner.load();
    if (w == nullptr || w->native_top == nullptr) return;
    auto top = address_of(w->native_top);
    if (w->current.load() != &w->base) {
      skip_below(top, top, top);
      return;
    }
    world_->for_each_thread([&](const stopped_world::thread& t) {
      if (t.worker == w) skip_below(t.sp, sleeps_on(t, w->word) ? top : t.sp - k_red_zone, top);
    });
  });
  // Signal stacks keep registers of long ago.
  world_->for_each_thread(
      [this](const stopped_world::thread& t) { skip_signal_stack(t.signal_stack, t.sp); });
  auto here = address_of(__builtin_frame_address(0));
  stack_t own{};
  if (sigaltstack(nullptr, &own) == 0) skip_signal_stack(own, here);
  // What is below the caller on its own stack, which may be a small one.
  std::uintptr_t low = here - 64 * 1024;
  if (const goroutine* self = calling_goroutine(); self != nullptr)
    low = std::max(low, address_of(self->stack_low));
  if (here < frame_) add_skip(low, frame_);
}

void reach::skip_signal_stack(const stack_t& stack, std::uintptr_t sp) noexcept {
  std::uintptr_t low = address_of(stack.ss_sp);
  std::uintptr_t high = low + stack.ss_size;
  if ((stack.ss_flags & SS_DISABLE) == 0 && (sp < low || sp >= high)) add_skip(low, high);
}

std::uintptr_t reach::stopped_in(std::uintptr_t low, std::uintptr_t high) const noexcept {
  std::uintptr_t found = 0;
  world_->for_each_thread([&](const stopped_world::thread& t) {
    if (low <= t.sp && t.sp < high) found = t.sp;
  });
  return found;
}

void reach::mark(std::uint32_t i) noexcept {
  candidate& c = all_[i];
  if (c.reached) return;
  c.reached = true;
  c.next = worklist_;
  worklist_ = i;
}

// A channel's queue of waiters, at `at`, leads to their stacks: but only for who has the channel.
bool reach::is_wait_queue(std::uintptr_t at) const noexcept {
  const edge* e = std::upper_bound(edges_, edges_ + edge_count_, edge{at, 0, false});
  while (e != edges_ && !(e - 1)->by_value) --e;
  return e != edges_ && at < (e - 1)->object + sizeof(chan_core);
}

void reach::pointer_into_stack(std::uintptr_t at, std::uintptr_t value) noexcept {
  const range* slab = std::upper_bound(slabs_, slabs_ + slab_count_, value,
                                       [](std::uintptr_t v, const range& r) { return v < r.from; });
  if (slab == slabs_) return;
  --slab;
  if (value >= slab->to) return;
  std::uint32_t i = of_slot_[slab->first + (value - slab->from) / slab->stride];
  if (i == k_none || all_[i].reached) return;
  if (value >= all_[i].low && value < all_[i].high && !is_wait_queue(at)) mark(i);
}

void reach::pointer(std::uintptr_t at, std::uintptr_t value) noexcept {
  if (slab_count_ != 0 && value >= slabs_[0].from && value < slabs_[slab_count_ - 1].to)
    pointer_into_stack(at, value);
  if (edge_count_ != 0 && value >= edges_[0].object && value <= edges_[edge_count_ - 1].object) {
    const edge* const begin = edges_;
    const edge* const end = edges_ + edge_count_;
    for (const edge* e = std::lower_bound(begin, end, edge{value, 0, false});
         e != end && e->object == value; ++e) {
      if (e->by_value) mark(e->owner);
    }
  }
  pointer_into_heap(value);
}

void reach::word(std::uintptr_t at, std::uintptr_t value) noexcept {
  pointer(at, value);
  // Pointers with a tag in the bits that addresses do not use.
  if (std::uintptr_t address = value & k_address_bits; address != value) pointer(at, address);
}

void reach::words(std::uintptr_t at, const std::uintptr_t* first, std::size_t n) noexcept {
  // Primitives that lie in this memory can be reached.
  const edge* const begin = edges_;
  const edge* const end = edges_ + edge_count_;
  for (const edge* e = std::lower_bound(begin, end, edge{at, 0, false});
       e != end && e->object < at + n * sizeof(std::uintptr_t); ++e) {
    if (!e->by_value) mark(e->owner);
  }
  for (std::size_t i = 0; i < n; ++i) word(at + i * sizeof(std::uintptr_t), first[i]);
}

void reach::scan(std::uintptr_t from, std::uintptr_t to, bool all_pages) noexcept {
  if (from >= to) return;
  for (std::size_t i = 0; i < skip_count_; ++i) {
    const range skip = skips_[i];
    if (skip.to <= from || skip.from >= to) continue;
    if (skip.from > from) scan(from, skip.from, all_pages);
    scan(skip.to, to, all_pages);
    return;
  }
  bool read = reader_.read(
      from, to, all_pages,
      [](void* self, std::uintptr_t at, const std::uintptr_t* first, std::size_t n) {
        static_cast<reach*>(self)->words(at, first, n);
      },
      this);
  if (!read) complete_ = false;
}

void reach::scan_mapping(const mapping& m) noexcept {
  bool whole = m.shared && m.end - m.start <= k_most_shared;
  if (m.shared && !whole) complete_ = false;
  // Stacks of goroutines are looked at one by one.
  std::uintptr_t from = m.start;
  for (std::size_t i = 0; i < slab_count_; ++i) {
    if (slabs_[i].to <= from || slabs_[i].from >= m.end) continue;
    scan(from, slabs_[i].from, whole);
    from = slabs_[i].to;
  }
  scan(from, m.end, whole);
}

// What is alive on the stack of a goroutine that is no candidate.
void reach::scan_live_goroutine(goroutine& g) noexcept {
  std::uintptr_t low = address_of(g.stack_low);
  std::uintptr_t high = address_of(g.stack_high);
  if (low <= frame_ && frame_ < high) {
    low = frame_;
  } else if (!g.on_cpu.load() && g.status.load() != goroutine_status::blocking) {
    low = address_of(g.sp);
  } else if (std::uintptr_t sp = stopped_in(low, high); sp != 0) {
    low = std::max(low, sp - k_red_zone);
  }
  scan(low, high, false);
  scan_control_block(g);
}

// What it leads to: exceptions, goroutine_local values, labels.
void reach::scan_control_block(const goroutine& g) noexcept {
  words(address_of(&g), reinterpret_cast<const std::uintptr_t*>(&g),
        sizeof g / sizeof(std::uintptr_t));
}

void reach::scan_registers() noexcept {
  world_->for_each_thread([this](const stopped_world::thread& t) {
    // A worker that sleeps has only what is left over, as on its stack.
    const auto* w = static_cast<const worker*>(t.worker);
    if (w != nullptr && w->current.load() == &w->base && sleeps_on(t, w->word)) return;
    std::uintptr_t copy[sizeof t.registers / sizeof(std::uintptr_t)];
    std::memcpy(copy, t.registers, sizeof copy);
    for (std::uintptr_t value : copy) word(0, value);
  });
  if (!for_each_kernel_word(
          [](void* self, std::uintptr_t value) { static_cast<reach*>(self)->word(0, value); },
          this)) {
    complete_ = false;
  }
}

void reach::follow_marked() noexcept {
  for (;;) {
    if (worklist_ != k_none) {
      candidate& c = all_[worklist_];
      worklist_ = c.next;
      scan(c.low, c.high, false);
      scan_control_block(*c.g);
    } else if (scanned_ < seen_count_) {
      scan_block(seen_blocks_[scanned_++]);
    } else {
      return;
    }
  }
}

void reach::run() noexcept {
  if (!for_each_mapping(
          [](void* self, const mapping& m) { static_cast<reach*>(self)->scan_mapping(m); }, this))
    complete_ = false;
  for (std::size_t i = 0; i < slab_count_; ++i) {
    std::size_t slots = (slabs_[i].to - slabs_[i].from) / slabs_[i].stride;
    for (std::size_t k = 0; k < slots; ++k) {
      if (of_slot_[slabs_[i].first + k] != k_none) continue;
      auto& g = *reinterpret_cast<goroutine*>(slabs_[i].from + (k + 1) * slabs_[i].stride -
                                              sizeof(goroutine));
      // A slot that was never used has an untouched page: only those with a stack are of interest.
      if (g.status.load() != goroutine_status::dead) scan_live_goroutine(g);
    }
  }
  scan_registers();
  follow_marked();
}

void reach::list() noexcept {
  find_candidates();
  for (std::size_t i = 0; i < count_; ++i) all_[i].reached = true;
}

bool reach::look(const stopped_world& world, const void* frame) noexcept {
  world_ = &world;
  frame_ = address_of(frame);
  add_skip(address_of(memory_), address_of(memory_) + memory_size_);
  add_skip(address_of(reader_.memory()), address_of(reader_.memory()) + reader_.memory_size());
  add_skip(address_of(world.memory()), address_of(world.memory()) + world.memory_size());
  find_candidates();
  skip_dead_stacks();
  note_heaps();
  run();
  return complete_;
}

}  // namespace debug
}  // namespace weft::inline WEFT_WORLD
