// SPDX-License-Identifier: Apache-2.0
// Atomics: whoever observes an effect comes after it. E13.
#include "race/corpus.h"

#include <atomic>

using race_corpus::times;
using race_corpus::together;

CLEAN(an_atomic_flag) {
  int x = 0;
  weft::atomic<bool> ready = false;
  together(
      [&] {
        x = 1;
        ready.store(true);
      },
      [&] {
        while (!ready.load()) weft::yield();
        x = 2;
      });
}

RACY(a_plain_flag) {
  alignas(8) int x = 0;
  alignas(8) bool ready = false;
  together(
      [&] {
        x = 1;         // race
        ready = true;  // race
      },
      [&] {
        for (int i = 0; i < times(10); ++i) {
          if (ready) break;  // race
          weft::yield();
        }
        x = 2;  // race
      });
}

RACY(a_flag_that_was_not_seen) {
  int x = 0;
  weft::atomic<bool> ready = false;
  together(
      [&] {
        x = 1;  // race
        ready.store(true);
      },
      [&] {
        static_cast<void>(ready.load());
        x = 2;  // race
      });
}

RACY(a_write_after_the_store) {
  int x = 0;
  weft::atomic<bool> ready = false;
  together(
      [&] {
        ready.store(true);
        x = 1;  // race
      },
      [&] {
        while (!ready.load()) weft::yield();
        x = 2;  // race
      });
}

CLEAN(a_counter) {
  weft::atomic<int> n = 0;
  auto count = [&] {
    for (int i = 0; i < times(100); ++i) ++n;
  };
  together(count, count);
}

CLEAN(the_second_to_add) {  // Q059
  int x = 0;
  int y = 0;
  weft::atomic<int> n = 0;
  auto work = [&](int& mine, int& others) {
    mine = 1;
    if (n.fetch_add(1) == 1) others = 2;
  };
  together([&] { work(x, y); }, [&] { work(y, x); });
}

RACY(the_first_to_add) {  // Q059
  int x = 0;
  weft::atomic<int> n = 0;
  together(
      [&] {
        x = 1;  // race
        n.fetch_add(1);
      },
      [&] {
        if (n.fetch_add(1) == 0) x = 2;  // race
      });
}

CLEAN(a_failed_compare_exchange) {  // Q060
  int x = 0;
  weft::atomic<int> n = 0;
  auto work = [&] {
    int expected = 0;
    x = x + 0 * expected;
  };
  work();
  together(
      [&] {
        x = 1;
        n.store(1);
      },
      [&] {
        int expected = 0;
        while (n.compare_exchange(expected, 0)) weft::yield();
        x = 2;
      });
}

CLEAN(an_exchange) {
  int x = 0;
  weft::atomic<int> n = 0;
  together(
      [&] {
        x = 1;
        n.exchange(1);
      },
      [&] {
        while (n.exchange(0) == 0) weft::yield();
        x = 2;
      });
}

CLEAN(a_spin_lock_of_an_atomic) {
  int x = 0;
  weft::atomic<bool> held = false;
  auto work = [&] {
    for (int i = 0; i < times(20); ++i) {
      while (held.exchange(true)) weft::yield();
      ++x;
      held.store(false);
    }
  };
  together(work, work);
}

CLEAN(a_pointer_is_published) {
  weft::atomic<int*> p = nullptr;
  int value = 0;
  together(
      [&] {
        value = 1;
        p.store(&value);
      },
      [&] {
        int* seen = nullptr;
        while ((seen = p.load()) == nullptr) weft::yield();
        *seen = 2;
      });
}

RACY(a_pointer_is_published_plainly) {
  int* p = nullptr;
  int value = 0;
  together(
      [&] {
        value = 1;   // race
        p = &value;  // race
      },
      [&] {
        for (int i = 0; i < times(10); ++i) {
          if (int* seen = p) {  // race
            *seen = 2;          // race
            break;
          }
          weft::yield();
        }
      });
}

RACY(a_plain_write_beside_an_atomic_read) {  // Q061
  long x = 0;
  long seen = 0;
  together([&] { seen = __atomic_load_n(&x, __ATOMIC_SEQ_CST); },  // race
           [&] { x = 1; });                                        // race
  static_cast<void>(seen);
}

RACY(a_plain_read_beside_an_atomic_write) {  // Q061
  long x = 0;
  long seen = 0;
  together([&] { __atomic_store_n(&x, 1, __ATOMIC_SEQ_CST); },  // race
           [&] { seen = x; });                                  // race
  static_cast<void>(seen);
}

RACY(a_plain_write_beside_an_atomic_write) {  // Q061
  long x = 0;
  together([&] { __atomic_store_n(&x, 1, __ATOMIC_SEQ_CST); },  // race
           [&] { x = 2; });                                     // race
}

RACY(a_plain_write_beside_an_atomic_add) {  // Q061
  long x = 0;
  together([&] { __atomic_fetch_add(&x, 1, __ATOMIC_SEQ_CST); },  // race
           [&] { x = 2; });                                       // race
}

CLEAN(atomic_bits) {
  int x = 0;
  weft::atomic<unsigned> bits = 0;
  together(
      [&] {
        x = 1;
        bits.fetch_or(4);
      },
      [&] {
        while ((bits.load() & 4) == 0) weft::yield();
        x = 2;
      });
}

RACY(different_atomics) {
  int x = 0;
  weft::atomic<int> a = 0;
  weft::atomic<int> b = 0;
  together(
      [&] {
        b.store(1);
        x = 1;  // race
        a.store(1);
      },
      [&] {
        while (b.load() == 0) weft::yield();
        x = 2;  // race
      });
}

CLEAN(a_chain_of_atomics) {
  int x = 0;
  weft::atomic<int> a = 0;
  weft::atomic<int> b = 0;
  together(
      [&] {
        x = 1;
        a.store(1);
      },
      [&] {
        while (a.load() == 0) weft::yield();
        b.store(1);
      },
      [&] {
        while (b.load() == 0) weft::yield();
        x = 2;
      });
}
