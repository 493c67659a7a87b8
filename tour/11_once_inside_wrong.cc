// SPDX-License-Identifier: Apache-2.0
// Lesson 11, wrong: double-checked locking with a plain flag
//
// The lock costs something, so look at the flag first, without it. That is the whole mistake: the
// fast path takes no lock, so it has no edge from the goroutine that made the value. It may see
// done true and the value not yet, or half made; nothing says that the writes of f are seen before
// the write of done. The second check, under the lock, is right; it is the first that nobody
// covers.
//
// The race build reports the first `if (done_)` with `done_ = true`. The checker finds a caller
// that sees done and value 0: 11_once_inside_check.cc.
#include <weft/weft.h>

#include <cstdio>
#include <functional>
#include <mutex>

// [program]
class my_once {
 public:
  template <class F>
  void call(F&& f) {
    if (done_) return;  // races with the write below
    std::scoped_lock hold(lock_);
    if (done_) return;
    std::invoke(f);
    done_ = true;
  }

 private:
  weft::mutex lock_;
  weft::var<bool> done_ = false;
};

int main() {
  return weft::run([] {
    my_once made;
    weft::var<int> value = 0;
    weft::wait_group callers;
    for (int g = 0; g < 4; ++g) {
      callers.go([&] {
        made.call([&] { value = 42; });
        std::printf("%d\n", value);  // 42, or 0
      });
    }
    callers.wait();
  });
}
// [end]

// Not run: A data race is undefined behaviour in C++. Only the race build runs this program.
