// SPDX-License-Identifier: Apache-2.0
#pragma once
// stop_world: holding every other thread of the process for a while.                  Floor 6.
//
// For a look at all memory at one instant. A signal whose action is the default one is borrowed;
// its handler notes the thread's registers and waits. Between hold() and release() nothing may be
// allocated and no lock be taken that another thread may have: it may have been stopped anywhere.

#include <weft/detail/base/atomic.h>

#include <sys/ucontext.h>
#include <csignal>
#include <cstdint>

namespace weft::inline WEFT_WORLD {
namespace debug {

class stopped_world {
 public:
  struct thread {
    detail::shared_word<long> tid{0};
    detail::shared_word<bool> stopped{false};
    const void* worker = nullptr;  // if it is one of the runtime's
    std::uintptr_t sp = 0;
    stack_t signal_stack;  // not in use but by the handler, unless sp is in it
    gregset_t registers;
  };

  stopped_world() = default;
  stopped_world(const stopped_world&) = delete;
  stopped_world& operator=(const stopped_world&) = delete;
  ~stopped_world();

  /// Makes ready: takes a signal and room for the threads there are. Allocates. False if no signal
  /// is free or the memory cannot be had.
  bool prepare() noexcept;
  /// Stops the others. False if some did not stop: they block the signal, or there are too many.
  bool hold() noexcept;
  void release() noexcept;

  template <class F>
  void for_each_thread(F&& f) const noexcept {
    for (std::size_t i = 0; i < count_; ++i)
      if (threads_[i].stopped.load()) f(threads_[i]);
  }
  /// Where its own data lies, which is to be left out of a scan.
  [[nodiscard]] const void* memory() const noexcept { return threads_; }
  [[nodiscard]] std::size_t memory_size() const noexcept { return capacity_ * sizeof(thread); }

 private:
  friend struct stop_handler;

  bool borrow(int signal) noexcept;
  bool signal_new_threads(bool& again, bool last_try) noexcept;
  bool await_stops() noexcept;

  thread* threads_ = nullptr;
  std::size_t capacity_ = 0;
  std::size_t count_ = 0;
  int signal_ = 0;
};

}  // namespace debug
}  // namespace weft::inline WEFT_WORLD
