// SPDX-License-Identifier: Apache-2.0
// sanitizer.cc: AddressSanitizer's and ThreadSanitizer's fiber interfaces.             Floor 3.

#include "runtime/sanitizer.h"

#if WEFT_HAS_ASAN

#include "runtime/worker.h"

#include <pthread.h>

namespace weft::inline WEFT_WORLD {
namespace detail::sanitizer {

void describe_thread_stack(goroutine& base) noexcept {
  pthread_attr_t attr;
  void* low = nullptr;
  std::size_t size = 0;
  if (pthread_getattr_np(pthread_self(), &attr) != 0) return;
  pthread_attr_getstack(&attr, &low, &size);
  pthread_attr_destroy(&attr);
  base.stack_low = static_cast<char*>(low);
  base.stack_high = base.stack_low + size;
}

void start_switch(goroutine& from, goroutine& to) noexcept {
  // A goroutine that ends gives its fake stack up; the null says so.
  bool ends = from.status.load(relaxed) == goroutine_status::dead;  // [SN-1] relaxed: own.
  void** keep = ends && from.entry != nullptr ? nullptr : &from.sanitizer_state;
  __sanitizer_start_switch_fiber(keep, to.stack_low,
                                 static_cast<std::size_t>(to.stack_high - to.stack_low));
}

void finish_switch() noexcept {
  goroutine* me = current_worker()->current.load(relaxed);  // [SN-2] relaxed: own.
  __sanitizer_finish_switch_fiber(me->sanitizer_state, nullptr, nullptr);
}

}  // namespace detail::sanitizer
}  // namespace weft::inline WEFT_WORLD

#endif

#if WEFT_RACE

#include <weft/detail/os/lock.h>

#include <sanitizer/tsan_interface.h>
#include <sys/mman.h>
#include <cstdio>

extern "C" {
bool weft_race_renew_pages(void* start, unsigned long bytes);
void __tsan_func_entry(void* caller);
void __tsan_func_exit();
}

namespace weft::inline WEFT_WORLD {
namespace detail::sanitizer {

namespace {

// ThreadSanitizer maps two areas for every fiber: its shadow stack when it is made, a part of its
// trace when it first runs. Made alternately, no two of them can share a mapping, and the kernel
// allows 65 530 mappings. So, whenever there are more fibers than ever before, a batch of fibers is
// made, run and destroyed again: the first areas leave one large hole behind, the second ones
// are kept by ThreadSanitizer for the next fibers.
class fiber_areas {
 public:
  void add_one() noexcept {
    lock_scope hold(lock_);
    if (++live_ <= prepared_) return;
    prepare(k_batch);
    prepared_ += k_batch;
  }
  void remove_one() noexcept {
    lock_scope hold(lock_);
    --live_;
  }

 private:
  static constexpr std::size_t k_batch = 512;

  static void prepare(std::size_t n) noexcept {
    void* batch[k_batch];
    void* self = __tsan_get_current_fiber();
    for (std::size_t i = 0; i < n; ++i) batch[i] = __tsan_create_fiber(0);
    for (std::size_t i = 0; i < n; ++i) {
      __tsan_switch_to_fiber(batch[i], __tsan_switch_to_fiber_no_sync);
      __tsan_func_entry(nullptr);
      __tsan_func_exit();
    }
    __tsan_switch_to_fiber(self, __tsan_switch_to_fiber_no_sync);
    for (std::size_t i = 0; i < n; ++i) __tsan_destroy_fiber(batch[i]);
  }

  lock lock_{lock_rank::leaf};  // guards the rest
  std::size_t live_ = 0;
  std::size_t prepared_ = 1024;  // few enough for any limit
};

constinit fiber_areas g_areas;

}  // namespace

// Every goroutine is a fiber of ThreadSanitizer, and every fiber one goroutine's: one that is used
// again would pass the clock of the dead one on (E4). The switches make no edge.

void describe_thread_stack(goroutine& base) noexcept {
  base.sanitizer_state = __tsan_get_current_fiber();
}

void start_switch(goroutine&, goroutine& to) noexcept {
  __tsan_switch_to_fiber(to.sanitizer_state, __tsan_switch_to_fiber_no_sync);
}

void renew_stack(goroutine& g) noexcept {
  if (g.has_run) {
    auto bytes = static_cast<std::size_t>(g.stack_high - g.stack_low);
    if (weft_race_renew_pages(g.stack_low, bytes)) madvise(g.stack_low, bytes, MADV_NOHUGEPAGE);
  }
  g.has_run = true;
}

void begin_goroutine(goroutine& g) noexcept {
  g_areas.add_one();
  g.sanitizer_state = __tsan_create_fiber(0);  // E3
  char name[64];
  std::snprintf(name, sizeof name, g.name != nullptr ? "goroutine %llu %s" : "goroutine %llu",
                static_cast<unsigned long long>(g.id), g.name);
  __tsan_set_fiber_name(g.sanitizer_state, name);
}

void end_goroutine(goroutine& g) noexcept {
  g.self.before.drop();
  g.self.after.drop();
  __tsan_destroy_fiber(g.sanitizer_state);
  g_areas.remove_one();
  g.sanitizer_state = nullptr;
}

}  // namespace detail::sanitizer
}  // namespace weft::inline WEFT_WORLD

#endif
