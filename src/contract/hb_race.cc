// SPDX-License-Identifier: Apache-2.0
// hb_race.cc: edges as ThreadSanitizer's clocks.                                      Floor 2.
//
// Source: the mapping of contract.md 1.6. Of ThreadSanitizer's public operations, a release store
// on an atomic overwrites the clock kept under its address, and __tsan_release merges into it.

#include <weft/detail/contract/hb.h>
#include <weft/detail/os/lock.h>

#include <sanitizer/tsan_interface.h>
#include <sanitizer/tsan_interface_atomic.h>
#include <new>
#include <unordered_map>

extern "C" {
void AnnotateIgnoreReadsBegin(const char* file, int line);
void AnnotateIgnoreReadsEnd(const char* file, int line);
void __tsan_func_entry(void* caller);
void __tsan_func_exit();
void __tsan_read_range_pc(void* address, unsigned long size, void* pc);
void __tsan_write_range_pc(void* address, unsigned long size, void* pc);
}

namespace weft::inline WEFT_WORLD {
namespace detail::hb {
namespace {

void store_clock(unsigned char& at) noexcept {
  __tsan_atomic8_store(reinterpret_cast<volatile __tsan_atomic8*>(&at), 0,
                       __tsan_memory_order_release);
}

// A fiber that knows of nothing: made before main, when nothing has been released yet.
struct nobody {
  lock in_use{lock_rank::leaf};  // one thread at a time may be on a fiber
  void* fiber = __tsan_create_fiber(0);
};
nobody& the_nobody() noexcept {
  alignas(nobody) static char memory[sizeof(nobody)];
  static nobody* const made = ::new (memory) nobody;
  return *made;
}
[[gnu::constructor]] void make_nobody() { the_nobody(); }

}  // namespace

void cell::start() noexcept { store_clock(at_); }

void release(cell& c) noexcept { store_clock(c.at_); }
void release_merge(cell& c) noexcept { __tsan_release(&c.at_); }
void acquire(cell& c) noexcept { __tsan_acquire(&c.at_); }

void moving_cell::drop() noexcept {
  shared_clock* clock = clock_;
  clock_ = nullptr;
  // [HB-1] acq_rel; pairs with [HB-1] of the other owners and with [HB-3]: the last one frees.
  if (clock == nullptr || clock->refs.fetch_sub(1, acq_rel) != 1) return;
  unseen([&] { delete clock; });
}

void moving_cell::take_over(const moving_cell& other) noexcept {
  shared_clock* clock = other.clock_;
  if (clock == clock_) return;
  // [HB-2] relaxed: `other` owns the clock meanwhile.
  if (clock != nullptr) clock->refs.fetch_add(1, relaxed);
  drop();
  clock_ = clock;
}

void release(moving_cell& c) noexcept {
  // Others may have taken the old clock over: leave it to them.
  // [HB-3] acquire; pairs with the release half of [HB-1].
  if (c.clock_ == nullptr || c.clock_->refs.load(detail::acquire) != 1) {
    c.drop();
    // NOLINTNEXTLINE(bugprone-unhandled-exception-at-new): without a clock nothing goes on
    unseen([&] { c.clock_ = new shared_clock; });  // an allocation counts as a write, too
  }
  store_clock(c.clock_->at);
}

void acquire(moving_cell& c) noexcept {
  if (c.clock_ != nullptr) __tsan_acquire(&c.clock_->at);
}

void read(const void* address, std::size_t size) noexcept {
  __tsan_read_range_pc(const_cast<void*>(address), size, __builtin_return_address(0));
}

void write(const void* address, std::size_t size) noexcept {
  __tsan_write_range_pc(const_cast<void*>(address), size, __builtin_return_address(0));
}

other_clock::other_clock(origin from) noexcept : own_(__tsan_get_current_fiber()) {
  if (from == origin::nobody) {
    nobody& n = the_nobody();
    lock_scope hold(n.in_use);
    __tsan_switch_to_fiber(n.fiber, __tsan_switch_to_fiber_no_sync);
    borrowed_ = __tsan_create_fiber(0);
    __tsan_switch_to_fiber(borrowed_, __tsan_switch_to_fiber_no_sync);
  } else {
    borrowed_ = __tsan_create_fiber(0);
    __tsan_switch_to_fiber(borrowed_, __tsan_switch_to_fiber_no_sync);
  }
}

other_clock::~other_clock() {
  __tsan_switch_to_fiber(own_, __tsan_switch_to_fiber_no_sync);
  __tsan_destroy_fiber(borrowed_);
}

struct slot_cells::table {
  std::unordered_map<std::size_t, moving_cell> cells;
};

slot_cells::~slot_cells() { delete cells_; }

moving_cell& slot_cells::at(std::size_t i) noexcept {
  // NOLINTNEXTLINE(bugprone-unhandled-exception-at-new): without a clock nothing goes on
  if (cells_ == nullptr) cells_ = new table;
  return cells_->cells[i];
}

// Despite their names these two are about reads and writes.
unseen_scope::unseen_scope() noexcept { AnnotateIgnoreReadsBegin(__FILE__, __LINE__); }
unseen_scope::~unseen_scope() { AnnotateIgnoreReadsEnd(__FILE__, __LINE__); }

api_frame::api_frame(void* caller) noexcept { __tsan_func_entry(caller); }
api_frame::~api_frame() { __tsan_func_exit(); }

}  // namespace detail::hb
}  // namespace weft::inline WEFT_WORLD
