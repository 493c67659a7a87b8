// SPDX-License-Identifier: Apache-2.0
// Locks: mutex, shared_mutex, spinlock, semaphore. E9, E10, E11.
#include "race/corpus.h"

#include <atomic>
#include <mutex>
#include <shared_mutex>

using race_corpus::times;
using race_corpus::together;
using race_corpus::window;

// E9: an unlock comes before every later lock.

CLEAN(a_mutex_around_both) {  // Q041
  int x = 0;
  weft::mutex m;
  auto work = [&] {
    for (int i = 0; i < times(20); ++i) {
      std::scoped_lock hold(m);
      ++x;
    }
  };
  together(work, work, work);
}

RACY(a_mutex_around_one) {
  int x = 0;
  weft::mutex m;
  together(
      [&] {
        std::scoped_lock hold(m);
        x = 1;  // race
      },
      [&] { x = 2; });  // race
}

RACY(writes_before_the_lock) {  // Q041
  int x = 0;
  weft::mutex m;
  auto work = [&] {
    ++x;  // race
    std::scoped_lock hold(m);
  };
  together(work, work);
}

RACY(writes_after_the_unlock) {
  int x = 0;
  weft::mutex m;
  auto work = [&] {
    {
      std::scoped_lock hold(m);
    }
    x = 1;  // race
  };
  together(work, work);
}

RACY(two_mutexes) {  // Q041
  int x = 0;
  weft::mutex a;
  weft::mutex b;
  together(
      [&] {
        std::scoped_lock hold(a);
        x = 1;  // race
      },
      [&] {
        std::scoped_lock hold(b);
        x = 2;  // race
      });
}

RACY(a_mutex_and_a_shared_mutex) {  // Q041
  int x = 0;
  weft::mutex a;
  weft::shared_mutex b;
  together(
      [&] {
        std::scoped_lock hold(a);
        x = 1;  // race
      },
      [&] {
        std::scoped_lock hold(b);
        x = 2;  // race
      });
}

CLEAN(a_flag_under_a_mutex) {  // Q042
  int x = 0;
  bool ready = false;
  weft::mutex m;
  together(
      [&] {
        x = 1;
        std::scoped_lock hold(m);
        ready = true;
      },
      [&] {
        for (;;) {
          {
            std::scoped_lock hold(m);
            if (ready) break;
          }
          weft::yield();
        }
        x = 2;
      });
}

CLEAN(unlocked_by_another) {  // Q043
  int x = 0;
  weft::mutex m;
  m.lock();
  weft::wait_group wg;
  wg.go([&] {
    x = 1;
    m.unlock();
  });
  m.lock();
  x = 2;
  m.unlock();
  wg.wait();
}

CLEAN(a_lock_with_a_context) {
  int x = 0;
  weft::mutex m;
  auto work = [&] {
    for (int i = 0; i < times(10); ++i) {
      if (m.lock(weft::background())) return;
      ++x;
      m.unlock();
    }
  };
  together(work, work);
}

CLEAN(many_under_one_mutex) {
  int x = 0;
  weft::mutex m;
  weft::wait_group wg;
  for (int i = 0; i < times(30); ++i) {
    wg.go([&] {
      std::scoped_lock hold(m);
      window();
      ++x;
    });
  }
  wg.wait();
}

// E11: a lock that was tried and had is a lock; one that was not had is nothing.

CLEAN(try_lock_that_succeeds) {  // Q083
  int x = 0;
  weft::mutex m;
  auto work = [&] {
    for (int i = 0; i < times(20); ++i) {
      while (!m.try_lock()) weft::yield();
      ++x;
      m.unlock();
    }
  };
  together(work, work);
}

RACY(try_lock_that_fails) {  // Q083
  int x = 0;
  weft::mutex m;
  std::atomic<bool> held = false;
  together(
      [&] {
        m.lock();
        x = 1;  // race
        held.store(true, std::memory_order_relaxed);
        for (int i = 0; i < times(10); ++i) weft::yield();
        m.unlock();
      },
      [&] {
        while (!held.load(std::memory_order_relaxed)) weft::yield();
        if (!m.try_lock()) {
          x = 2;  // race
        } else {
          m.unlock();
        }
      });
}

RACY(try_lock_shared_that_fails) {
  int x = 0;
  weft::shared_mutex m;
  std::atomic<bool> held = false;
  together(
      [&] {
        m.lock();
        x = 1;  // race
        held.store(true, std::memory_order_relaxed);
        for (int i = 0; i < times(10); ++i) weft::yield();
        m.unlock();
      },
      [&] {
        while (!held.load(std::memory_order_relaxed)) weft::yield();
        if (!m.try_lock_shared()) {
          x = 2;  // race
        } else {
          m.unlock_shared();
        }
      });
}

// E10: writer to reader, readers to writer, not reader to reader.

CLEAN(a_writer_and_a_reader) {  // Q045
  int x = 0;
  int seen = 0;
  weft::shared_mutex m;
  together(
      [&] {
        std::scoped_lock hold(m);
        x = 1;
      },
      [&] {
        std::shared_lock hold(m);
        seen = x;
      });
  static_cast<void>(seen);
}

CLEAN(readers_only_read) {  // Q045
  int x = 1;
  weft::shared_mutex m;
  auto read = [&] {
    std::shared_lock hold(m);
    static_cast<void>(x + 1);
  };
  together(read, read, read);
}

CLEAN(readers_before_a_writer) {  // Q047
  int x = 0;
  int y = 0;
  weft::shared_mutex m;
  std::atomic<int> read = 0;
  together(
      [&] {
        std::shared_lock hold(m);
        x = 1;
        read.fetch_add(1, std::memory_order_relaxed);
      },
      [&] {
        std::shared_lock hold(m);
        y = 1;
        read.fetch_add(1, std::memory_order_relaxed);
      },
      [&] {
        while (read.load(std::memory_order_relaxed) != 2) weft::yield();
        std::scoped_lock hold(m);
        x = 2;
        y = 2;
      });
}

RACY(readers_are_not_ordered) {
  int x = 0;
  weft::shared_mutex m;
  auto read = [&] {
    std::shared_lock hold(m);
    x = 1;  // race
  };
  together(read, read);
}

RACY(a_reader_that_has_ended_and_another) {
  int x = 0;
  weft::shared_mutex m;
  std::atomic<bool> ended = false;
  together(
      [&] {
        m.lock_shared();
        x = 1;  // race
        m.unlock_shared();
        ended.store(true, std::memory_order_relaxed);
      },
      [&] {
        while (!ended.load(std::memory_order_relaxed)) weft::yield();
        m.lock_shared();
        x = 2;  // race
        m.unlock_shared();
      });
}

CLEAN(writers_only) {
  int x = 0;
  weft::shared_mutex m;
  auto write = [&] {
    for (int i = 0; i < times(20); ++i) {
      std::scoped_lock hold(m);
      ++x;
    }
  };
  together(write, write);
}

CLEAN(many_readers_and_writers) {
  int x = 0;
  weft::shared_mutex m;
  weft::wait_group wg;
  for (int i = 0; i < times(10); ++i) {
    wg.go([&] {
      std::shared_lock hold(m);
      window();
      static_cast<void>(x + 1);
    });
    wg.go([&] {
      std::scoped_lock hold(m);
      ++x;
    });
  }
  wg.wait();
}

CLEAN(try_lock_shared_that_succeeds) {
  int x = 0;
  weft::shared_mutex m;
  together(
      [&] {
        std::scoped_lock hold(m);
        x = 1;
      },
      [&] {
        while (!m.try_lock_shared()) weft::yield();
        static_cast<void>(x + 1);
        m.unlock_shared();
      });
}

RACY(a_write_under_a_shared_lock) {
  int x = 0;
  int seen = 0;
  weft::shared_mutex m;
  together(
      [&] {
        std::shared_lock hold(m);
        x = 1;  // race
      },
      [&] {
        std::shared_lock hold(m);
        seen = x;  // race
      });
  static_cast<void>(seen);
}

// spinlock: as a mutex. E9.

CLEAN(a_spinlock) {
  int x = 0;
  weft::spinlock m;
  auto work = [&] {
    for (int i = 0; i < times(20); ++i) {
      std::scoped_lock hold(m);
      ++x;
    }
  };
  together(work, work);
}

RACY(a_spinlock_around_one) {
  int x = 0;
  weft::spinlock m;
  together(
      [&] {
        std::scoped_lock hold(m);
        x = 1;  // race
      },
      [&] { x = 2; });  // race
}

RACY(a_spinlock_that_was_not_had) {
  int x = 0;
  weft::spinlock m;
  std::atomic<bool> held = false;
  together(
      [&] {
        m.lock();
        x = 1;  // race
        held.store(true, std::memory_order_relaxed);
        for (int i = 0; i < times(10); ++i) weft::yield();
        m.unlock();
      },
      [&] {
        while (!held.load(std::memory_order_relaxed)) weft::yield();
        if (!m.try_lock()) {
          x = 2;  // race
        } else {
          m.unlock();
        }
      });
}

// semaphore: a release comes before the acquires that follow it. E8.

CLEAN(a_semaphore_of_one) {
  int x = 0;
  weft::semaphore s(1);
  auto work = [&] {
    for (int i = 0; i < times(20); ++i) {
      s.acquire();
      ++x;
      s.release();
    }
  };
  together(work, work, work);
}

RACY(a_semaphore_of_two) {
  int x = 0;
  weft::semaphore s(2);
  std::atomic<int> inside = 0;
  auto work = [&] {
    s.acquire();
    inside.fetch_add(1, std::memory_order_relaxed);
    while (inside.load(std::memory_order_relaxed) < 2) weft::yield();
    x = 1;  // race
    s.release();
  };
  together(work, work);
}

CLEAN(a_semaphore_taken_whole) {
  int x = 0;
  int y = 0;
  weft::semaphore s(2);
  std::atomic<int> inside = 0;
  auto part = [&](int& mine) {
    s.acquire();
    mine = 1;
    inside.fetch_add(1, std::memory_order_relaxed);
    s.release();
  };
  together([&] { part(x); }, [&] { part(y); },
           [&] {
             while (inside.load(std::memory_order_relaxed) != 2) weft::yield();
             s.acquire(2);
             x = y = 2;
             s.release(2);
           });
}

RACY(a_semaphore_that_was_not_had) {
  int x = 0;
  weft::semaphore s(1);
  std::atomic<bool> held = false;
  together(
      [&] {
        s.acquire();
        x = 1;  // race
        held.store(true, std::memory_order_relaxed);
        for (int i = 0; i < times(10); ++i) weft::yield();
        s.release();
      },
      [&] {
        while (!held.load(std::memory_order_relaxed)) weft::yield();
        if (!s.try_acquire()) {
          x = 2;  // race
        } else {
          s.release();
        }
      });
}
