// SPDX-License-Identifier: Apache-2.0
// Copies and callables that must not compile: one line per BAD_ macro. Without any, it compiles.
#include <weft/atomic.h>
#include <weft/go.h>
#include <weft/mutex.h>
#include <weft/semaphore.h>
#include <weft/shared_mutex.h>
#include <weft/spinlock.h>
#include <weft/time.h>
#include <weft/wait_group.h>

#include <array>
#include <atomic>
#include <memory>
#include <string>
#include <utility>

void uses() {
  weft::mutex m;
  const weft::wait_group wg;
  weft::timer t;
  weft::timer moved = std::move(t);
  weft::go([p = std::make_unique<int>(1)](std::unique_ptr<int>) {}, std::make_unique<int>(2));
#ifdef BAD_COPY_OF_MUTEX
  weft::mutex copy = m;
#endif
#ifdef BAD_MOVE_OF_MUTEX
  weft::mutex other = std::move(m);
#endif
#ifdef BAD_COPY_OF_SHARED_MUTEX
  const weft::shared_mutex rw;
  weft::shared_mutex copy = rw;
#endif
#ifdef BAD_COPY_OF_SEMAPHORE
  const weft::semaphore s(1);
  weft::semaphore copy = s;
#endif
#ifdef BAD_COPY_OF_SPINLOCK
  const weft::spinlock s;
  weft::spinlock copy = s;
#endif
#ifdef BAD_COPY_OF_ATOMIC
  const weft::atomic<int> a = 1;
  weft::atomic<int> copy = a;
#endif
#ifdef BAD_ATOMIC_STRING
  weft::atomic<std::string> a;
#endif
#ifdef BAD_ATOMIC_OF_FOUR_WORDS
  weft::atomic<std::array<long, 4>> a;
#endif
#ifdef BAD_ATOMIC_WEAKER_ORDER
  weft::atomic<int> a = 1;
  a.store(2, std::memory_order_relaxed);
#endif
#ifdef BAD_ATOMIC_BOOL_ARITHMETIC
  weft::atomic<bool> a = true;
  a.fetch_or(true);
#endif
#ifdef BAD_COPY_OF_WAIT_GROUP
  weft::wait_group copy = wg;
#endif
#ifdef BAD_GO_WITH_WRONG_ARGUMENT
  weft::go([](std::unique_ptr<int>) {}, 5);
#endif
#ifdef BAD_GO_WITHOUT_ARGUMENT
  weft::go([](int) {});
#endif
#ifdef BAD_RUN_WITH_ARGUMENT
  weft::run([](int) {});
#endif
}
