// SPDX-License-Identifier: Apache-2.0
// find_leaks() and leak_guard: what is certain, what is suspected, and what is neither.
#include <weft/chan.h>
#include <weft/condition_variable.h>
#include <weft/context.h>
#include <weft/debug.h>
#include <weft/goroutine_local.h>
#include <weft/mutex.h>
#include <weft/select.h>
#include <weft/semaphore.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <memory>
#include <new>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "support/parked.h"

namespace weft_test {
namespace {

using weft::debug::blocked_goroutine;
using weft::debug::leak_report;

class Leaks : public with_procs {};
WEFT_INSTANTIATE_PROCS(Leaks);

// The race build looks at nothing but goroutines that wait for nothing.
constexpr bool k_looks = WEFT_RACE == 0;
// AddressSanitizer keeps what has been freed, and its allocator is not known.
constexpr bool k_asan = WEFT_HAS_ASAN != 0;

std::size_t named(const std::vector<blocked_goroutine>& all, const std::string& name) {
  return static_cast<std::size_t>(
      std::count_if(all.begin(), all.end(), [&](const auto& g) { return g.name == name; }));
}

// Leaked goroutines are brought home at the end, through a door that the report cannot see: the
// handles are kept in changed form, which is what the documentation says it does not see.
class hidden_chan {
 public:
  explicit hidden_chan(const weft::chan<int>& c) { ::new (&masked_) weft::chan<int>(c), flip(); }
  hidden_chan(const hidden_chan&) = delete;
  hidden_chan& operator=(const hidden_chan&) = delete;
  ~hidden_chan() {
    flip();
    auto* c = std::launder(reinterpret_cast<weft::chan<int>*>(&masked_));
    c->close();
    c->~chan();
  }

 private:
  WEFT_NOINLINE void flip() {
    for (unsigned char& b : masked_) b = static_cast<unsigned char>(b ^ 0xa5U);
    asm volatile("" ::: "memory");
  }
  alignas(weft::chan<int>) unsigned char masked_[sizeof(weft::chan<int>)];
};

// Overwrites what earlier goroutines left on this stack.
WEFT_NOINLINE void wipe_stack() {
  volatile char waste[8192];
  for (volatile char& c : waste) c = 0;
}

template <class F>
WEFT_NOINLINE void apart(F&& f) {
  std::forward<F>(f)();
}

// f on a stack that says nothing of other tests.
template <class F>
auto cleanly(F f) {
  return [f] {
    wipe_stack();
    apart(f);
  };
}

// A leak can hide: any old word in a frame, a register or freed memory that happens to be equal to
// the right address makes it reachable. That is promised, and chance; so there are many leaks of a
// kind, independent of each other.
constexpr std::size_t k_many = 16;
constexpr int k_most_tries = 10;

// What a look may never say, whatever it misses: anything of a goroutine that is not lost.
void expect_sound(const leak_report& r, std::size_t most) {
  EXPECT_LE(r.certain.size(), most) << r;
  EXPECT_EQ(named(r.certain, "lost"), r.certain.size()) << r;
  EXPECT_EQ(named(r.suspected, "lost"), r.suspected.size()) << r;
}

using doors = std::vector<std::unique_ptr<hidden_chan>>;

// Overwrites what goroutines that have ended left on the stacks that the next ones will get. Spins:
// a wait would leave pointers from stack to stack.
void clean_stacks() {
  constexpr std::size_t k_stacks = 6 * k_many;
  std::atomic<std::size_t> there = 0;
  crew all;
  for (std::size_t i = 0; i < k_stacks; ++i) {
    all.go([&there] {
      ++there;
      while (there < k_stacks) weft::yield();
      wipe_stack();
    });
  }
  all.join();
}

// Loses k_many times what make(doors&) loses, until half of the `lost` goroutines are certain in
// one look, of which the first should be enough. Every look must be sound. Where nothing can be
// certain, one look.
template <class Make>
leak_report lose(std::size_t lost, const char* reason, Make make, std::size_t others = 0) {
  leak_report r;
  for (int tries = 0; tries < k_most_tries; ++tries) {
    clean_stacks();
    doors all;
    for (std::size_t i = 0; i < k_many; ++i) apart([&] { make(all); });
    EXPECT_TRUE(eventually([&] { return weft::num_goroutines() == lost + others + 1; }));
    EXPECT_TRUE(await_waiting(k_many, reason));
    wipe_stack();
    r = weft::debug::find_leaks();
    expect_sound(r, lost);
    EXPECT_EQ(r.complete, k_looks) << r;
    all.clear();
    EXPECT_TRUE(eventually([&] { return weft::num_goroutines() == others + 1; }));
    if (!k_looks || k_asan || r.certain.size() >= lost / 4) break;
  }
  if (!k_looks) {
    EXPECT_TRUE(r.certain.empty()) << r;
  } else if (!k_asan) {
    EXPECT_GE(r.certain.size(), lost / 4) << r;
  }
  return r;
}

TEST_P(Leaks, AReceiverWhoseChannelNobodyElseHasIsCertain) {
  run(cleanly([] {
    const leak_report r = lose(k_many, "chan receive", [](doors& all) {
      auto c = weft::make_chan<int>();
      all.push_back(std::make_unique<hidden_chan>(c));
      weft::go({.name = "lost"}, [c] { static_cast<void>(c.recv()); });
    });
    if (r.certain.empty()) return;
    const blocked_goroutine& g = r.certain.front();
    EXPECT_EQ(g.reason, "chan receive");
    EXPECT_NE(g.stack.find("leaks_test.cc"), std::string::npos) << r;
    EXPECT_NE(g.created_by.find("created by"), std::string::npos) << r;
    EXPECT_NE(g.object.find("chan 0x"), std::string::npos) << r;
  }));
}

TEST_P(Leaks, AGroupThatOnlyWaitsForItselfIsCertain) {
  run(cleanly([] {
    static_cast<void>(lose(2 * k_many, "chan receive", [](doors& all) {
      auto a = weft::make_chan<int>();
      auto b = weft::make_chan<int>();
      all.push_back(std::make_unique<hidden_chan>(a));
      weft::go({.name = "lost"}, [a, b] {
        while (std::optional<int> n = a.recv()) b.send(*n);
        b.close();
      });
      weft::go({.name = "lost"}, [a, b] {
        while (std::optional<int> n = b.recv()) a.send(*n);
      });
    }));
  }));
}

TEST_P(Leaks, APrimitiveOnTheStackOfALeakIsLeakedToo) {
  run(cleanly([] {
    static_cast<void>(lose(3 * k_many, "sync.Mutex.Lock", [](doors& all) {
      auto c = weft::make_chan<int>();
      all.push_back(std::make_unique<hidden_chan>(c));
      weft::go({.name = "lost"}, [c] {
        weft::wait_group wg;
        weft::mutex m;
        m.lock();
        wg.add(2);
        weft::go({.name = "lost"}, [&] { m.lock(), wg.done(); });
        weft::go({.name = "lost"}, [&] { static_cast<void>(c.recv()), m.unlock(), wg.done(); });
        wg.wait();
      });
    }));
  }));
}

weft::chan<int> g_global;

TEST_P(Leaks, WhatAGlobalVariableHoldsIsAlive) {
  run([] {
    g_global = weft::make_chan<int>();
    weft::go([c = g_global] { static_cast<void>(c.recv()); });
    EXPECT_TRUE(await_waiting(1, "chan receive"));
    EXPECT_TRUE(weft::debug::find_leaks().empty()) << weft::debug::find_leaks();
    g_global.close();
    g_global = {};
  });
}

// Everything that a live goroutine can wake, by every way to hold a handle there is.
TEST_P(Leaks, NothingIsSaidOfAHealthyProgram) {
  run([] {
    struct session {
      weft::chan<int> in = weft::make_chan<int>();
      weft::mutex lock;
      weft::wait_group done;
      weft::semaphore few{1};
      weft::condition_variable changed;
    };
    auto shared = std::make_shared<session>();
    auto by_number = std::map<int, std::shared_ptr<session>>{{1, shared}};
    auto on_heap = std::make_unique<weft::chan<int>>(weft::make_chan<int>());
    auto timed = weft::make_chan<int>();
    auto [ctx, cancel] = weft::with_cancel(weft::background());
    thread_local weft::chan<int>* hidden_in_thread = nullptr;
    std::atomic<bool> stop = false;
    std::thread plain([&stop, c = weft::make_chan<int>()] {
      hidden_in_thread = new weft::chan<int>(c);
      while (!stop) std::this_thread::yield();
      hidden_in_thread->close();
      delete hidden_in_thread;
    });
    crew all;
    shared->lock.lock();
    shared->done.add(1);
    shared->few.acquire();
    all.go([c = shared->in] { static_cast<void>(c.recv()); });
    all.go([s = shared.get()] { std::scoped_lock hold(s->lock); });
    all.go([s = shared.get()] { s->done.wait(); });
    all.go([s = shared.get()] { s->few.acquire(); });
    all.go([c = *on_heap] { c.send(1); });
    all.go([c = ctx] { static_cast<void>(weft::chan<int>().recv(c)); });
    all.go([c = timed] { static_cast<void>(c.recv()); });
    weft::timer t = weft::after_func(50ms, [c = timed] { c.close(); });
    all.go([] { weft::sleep_for(1ms); });
    all.go([&stop] {
      while (!stop) weft::yield();
    });
    for (int i = 0; i < scaled(10); ++i) {
      const leak_report r = weft::debug::find_leaks();
      EXPECT_TRUE(r.certain.empty()) << r;
      if (r.suspected.size() > 2) ADD_FAILURE() << r;
    }
    stop = true;
    by_number.clear();
    shared->in.close();
    shared->lock.unlock();
    shared->done.done();
    shared->few.release();
    static_cast<void>(on_heap->recv());
    cancel();
    all.join();
    plain.join();
  });
}

struct request {
  std::string body = std::string(50, 'x');
  weft::chan<int> reply = weft::make_chan<int>();
};

// As in a server: most requests are answered, and end; memory and stacks are used again and again.
// What the lost ones wait for is in the heap, and only they lead there.
TEST_P(Leaks, ALostRequestIsFoundAmongManyAnswered) {
  run([] {
    leak_report r;
    for (int tries = 0; tries < k_most_tries; ++tries) {
      doors all;
      crew askers;
      for (std::size_t i = 0; i < k_many; ++i) {
        askers.go([] {
          for (int k = 0; k < 10; ++k) {
            auto ask = std::make_shared<request>();
            weft::go([ask] { ask->reply.send(1); });
            static_cast<void>(ask->reply.recv());
          }
        });
      }
      askers.join();
      for (std::size_t i = 0; i < k_many; ++i) {
        apart([&all] {
          auto ask = std::make_shared<request>();
          all.push_back(std::make_unique<hidden_chan>(ask->reply));
          weft::go({.name = "lost"}, [ask] { static_cast<void>(ask->reply.recv()); });
        });
      }
      EXPECT_TRUE(await_waiting(k_many, "chan receive"));
      wipe_stack();
      r = weft::debug::find_leaks();
      expect_sound(r, k_many);
      all.clear();
      EXPECT_TRUE(eventually([] { return weft::num_goroutines() == 1; }));
      if (!k_looks || k_asan || r.certain.size() >= k_many / 4) break;
    }
    if (k_looks && !k_asan) {
      EXPECT_GE(r.certain.size(), k_many / 4) << r;
    }
  });
}

// As in a server: others come and go meanwhile.
TEST_P(Leaks, AreFoundBesideGoroutinesThatRun) {
  run(cleanly([] {
    std::atomic<bool> stop = false;
    auto busy = weft::make_chan<int>(1);
    crew pair;
    pair.go([busy, &stop] {
      while (!stop.load()) busy.send(1);
      busy.close();
    });
    pair.go([busy] {
      while (busy.recv()) weft::sleep_for(1ms);
    });
    const auto make = [](doors& all) {
      auto c = weft::make_chan<int>();
      all.push_back(std::make_unique<hidden_chan>(c));
      weft::go({.name = "lost"}, [c] { static_cast<void>(c.recv()); });
    };
    lose(k_many, "chan receive", make, 2);
    stop = true;
    pair.join();
  }));
}

// Whoever watches for deadlocks remembers those that it has told.
TEST_P(Leaks, AreFoundAmongDeadlocksThatAreWatched) {
  if (!k_looks || k_asan) GTEST_SKIP() << "locks in the heap are not certain here";
  run(cleanly([] {
    leak_report r;
    for (int tries = 0; tries < k_most_tries && r.certain.size() < k_many / 4; ++tries) {
      clean_stacks();
      std::vector<std::uintptr_t> locks;  // inverted
      for (std::size_t i = 0; i < k_many; ++i) {
        apart([&] {
          auto m = std::make_shared<weft::mutex>();
          locks.push_back(~reinterpret_cast<std::uintptr_t>(m.get()));
          weft::go({.name = "lost"}, [m] {
            for (int twice = 0; twice < 2; ++twice) m->lock();
            m->unlock();
          });
        });
      }
      std::atomic<std::size_t> told = 0;
      weft::debug::deadlock_watch watch =
          weft::debug::watch_deadlocks(1ms, [&](const weft::debug::deadlock&) { ++told; });
      EXPECT_TRUE(eventually([&] { return told == k_many; }));
      wipe_stack();
      r = weft::debug::find_leaks();
      expect_sound(r, k_many);
      for (std::uintptr_t lock : locks) reinterpret_cast<weft::mutex*>(~lock)->unlock();
      EXPECT_TRUE(eventually([] { return weft::num_goroutines() == 1; }));
    }
    EXPECT_GE(r.certain.size(), k_many / 4) << r;
  }));
}

// Threads that block signals, whose handlers use the heap while it is read.
TEST_P(Leaks, ALookHoldsTheLibrarysOwnThreads) {
  if (!k_looks) GTEST_SKIP() << "nothing is read here";
  run([] {
    std::atomic<bool> stop = false;
    std::atomic<int> busy = 0;
    const auto churn = [&](const weft::debug::deadlock&) {
      ++busy;
      std::minstd_rand random;
      while (!stop) {
        std::vector<std::string> texts(200);
        for (std::size_t i = 0; i < texts.size(); ++i) {
          texts[i].assign(random() % 3000, '\xfe');
          if (i % 3 == 0) texts[i / 2] = {};
        }
      }
    };
    std::vector<weft::debug::deadlock_watch> watches;
    for (int i = 0; i < 3; ++i) watches.push_back(weft::debug::watch_deadlocks(1ms, churn));
    weft::mutex m;
    crew twice;
    twice.go([&] {
      for (int i = 0; i < 2; ++i) m.lock();
      m.unlock();
    });
    EXPECT_TRUE(eventually([&] { return busy == 3; }));
    for (int i = 0; i < scaled(6); ++i) {
      const leak_report r = weft::debug::find_leaks();
      EXPECT_TRUE(r.complete);
      EXPECT_TRUE(r.empty()) << r;
    }
    stop = true;
    m.unlock();
    twice.join();
  });
}

// Ways to a handle that are easily missed.
TEST_P(Leaks, NothingIsSaidOfWhatIsHeldInOddPlaces) {
  run([] {
    static weft::goroutine_local<std::shared_ptr<request>> local;
    auto door = weft::make_chan<void>();
    crew all;
    auto wait_for = [&all](const weft::chan<int>& c) {
      all.go([c] { static_cast<void>(c.recv()); });
    };
    // In a goroutine's own variable; in an exception that is being handled; by a pointer into the
    // middle of a block; by one with a tag; on a list.
    all.go([&] {
      *local = std::make_shared<request>();
      wait_for((*local)->reply);
      static_cast<void>(door.recv());
      (*local)->reply.close();
    });
    all.go([&] {
      try {
        throw std::make_shared<request>();
      } catch (const std::shared_ptr<request>& r) {
        wait_for(r->reply);
        static_cast<void>(door.recv());
        r->reply.close();
      }
    });
    all.go([&] {
      auto* inside = ::new (new char[12'000] + 6'000) request;
      wait_for(inside->reply);
      static_cast<void>(door.recv());
      inside->reply.close();
      inside->~request();
      delete[] (reinterpret_cast<char*>(inside) - 6'000);
    });
    all.go([&] {
      volatile std::uintptr_t tagged = reinterpret_cast<std::uintptr_t>(new request);
      tagged = tagged | std::uintptr_t{0xabcd} << 48;
      auto plain = [&] {
        return reinterpret_cast<request*>(tagged & ((std::uintptr_t{1} << 48) - 1));
      };
      wait_for(plain()->reply);
      static_cast<void>(door.recv());
      plain()->reply.close();
      delete plain();
    });
    std::map<int, std::vector<std::unique_ptr<request>>> table;
    for (int i = 0; i < 60; ++i) table[i % 7].push_back(std::make_unique<request>());
    for (const auto& [key, row] : table)
      for (const auto& r : row) wait_for(r->reply);
    EXPECT_TRUE(await_waiting(68, "chan receive"));
    for (int i = 0; i < scaled(5); ++i) {
      wipe_stack();
      const leak_report r = weft::debug::find_leaks();
      EXPECT_TRUE(r.empty()) << r;
    }
    door.close();
    for (const auto& [key, row] : table)
      for (const auto& r : row) r->reply.close();
    all.join();
  });
}

}  // namespace
}  // namespace weft_test
