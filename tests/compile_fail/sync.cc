// SPDX-License-Identifier: Apache-2.0
// Copies and callables that must not compile: one line per BAD_ macro. Without any, it compiles.
#include <weft/go.h>
#include <weft/mutex.h>
#include <weft/shared_mutex.h>
#include <weft/time.h>
#include <weft/wait_group.h>

#include <memory>
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
