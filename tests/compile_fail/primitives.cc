// SPDX-License-Identifier: Apache-2.0
// What once and condition_variable must refuse: one line per BAD_ macro. Without any, it compiles.
#include <weft/condition_variable.h>
#include <weft/mutex.h>
#include <weft/once.h>

#include <mutex>
#include <utility>

void uses() {
  weft::mutex m;
  weft::once o;
  o.call([] {});
  weft::condition_variable cv;
  std::unique_lock hold(m);
  cv.wait(hold, [] { return true; });
  static_cast<void>(weft::once_value([] { return 1; })());
#ifdef BAD_COPY_OF_ONCE
  weft::once copy = o;
#endif
#ifdef BAD_ONCE_WITH_ARGUMENT
  o.call([](int) {});
#endif
#ifdef BAD_ONCE_VALUE_OF_VOID
  static_cast<void>(weft::once_value([] {}));
#endif
#ifdef BAD_COPY_OF_CONDITION_VARIABLE
  weft::condition_variable copy = cv;
#endif
#ifdef BAD_MOVE_OF_CONDITION_VARIABLE
  weft::condition_variable other = std::move(cv);
#endif
#ifdef BAD_WAIT_WITHOUT_LOCK
  cv.wait();
#endif
#ifdef BAD_WAIT_FOR_NO_PREDICATE
  cv.wait(hold, [] {});
#endif
}
