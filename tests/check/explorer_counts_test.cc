// SPDX-License-Identifier: Apache-2.0
// explorer_counts_test.cc: how many behaviours some programs have, exactly.
//
// The figures for atomics are those of GenMC under sequential consistency; those for locks and
// channels were computed by enumerating every schedule.

#include "programs.h"

#include <weft/atomic.h>
#include <weft/chan.h>
#include <weft/check.h>
#include <weft/go.h>
#include <weft/mutex.h>
#include <weft/select.h>
#include <weft/shared_mutex.h>
#include <weft/sync_map.h>
#include <weft/wait_group.h>

#include <gtest/gtest.h>

#include <memory>
#include <utility>
#include <vector>

namespace {

namespace check = weft::check;
using programs::expect_bounded;

// Explores all, and expects so many behaviours, each of them once.
template <class F>
void expect_counts(F body, std::uint64_t finished, std::uint64_t stuck = 0, int bound = -1) {
  check::report r = check::explore(
      body, {.strategy = check::exhaustive, .preemption_bound = bound, .stop_at_failure = false});
  EXPECT_EQ(r.behaviours, finished + stuck) << r.summary() << " pruned " << r.pruned;
  EXPECT_EQ(r.executions, finished + stuck) << r.summary() << " pruned " << r.pruned;
  EXPECT_TRUE(r.failures.empty()) << r;
  EXPECT_TRUE(r.races.empty()) << r;
  EXPECT_EQ(r.ok(), stuck == 0) << r;
  EXPECT_EQ(r.complete, bound < 0);
}

// Runs each in a goroutine of its own; main does not wait, so that there is nothing else to order.
template <class... F>
auto all_of(F... fs) {
  (weft::go(std::move(fs)), ...);
}

using word = std::shared_ptr<weft::atomic<int>>;
word make_word() { return std::make_shared<weft::atomic<int>>(0); }
void load(const word& w) { static_cast<void>(w->load()); }

TEST(ExplorerCounts, StoreBuffering) {
  expect_counts(
      [] {
        word x = make_word();
        word y = make_word();
        all_of([=] { x->store(1), load(y); }, [=] { y->store(1), load(x); });
      },
      3);
}

TEST(ExplorerCounts, MessagePassing) {
  expect_counts(
      [] {
        word x = make_word();
        word y = make_word();
        all_of([=] { x->store(1), y->store(1); }, [=] { load(y), load(x); });
      },
      3);
}

TEST(ExplorerCounts, IndependentReadsOfIndependentWrites) {
  expect_counts(
      [] {
        word x = make_word();
        word y = make_word();
        all_of([=] { x->store(1); }, [=] { y->store(1); }, [=] { load(x), load(y); },
               [=] { load(y), load(x); });
      },
      15);
}

TEST(ExplorerCounts, IncrementsInAnyOrder) {
  std::uint64_t factorial = 1;
  for (int n = 1; n <= 6; ++n) {
    factorial *= static_cast<std::uint64_t>(n);
    expect_counts(
        [n] {
          word x = make_word();
          for (int i = 0; i < n; ++i) weft::go([=] { x->fetch_add(1); });
        },
        factorial);
  }
}

void mutexes(int goroutines, int sections) {
  auto m = std::make_shared<weft::mutex>();
  for (int i = 0; i < goroutines; ++i) {
    weft::go([=] {
      for (int k = 0; k < sections; ++k) {
        m->lock();
        m->unlock();
      }
    });
  }
}

TEST(ExplorerCounts, CriticalSections) {
  struct row {
    int n;
    int k;
    std::uint64_t behaviours;
  };
  for (row r :
       {row{2, 1, 2}, {3, 1, 6}, {4, 1, 24}, {2, 2, 6}, {2, 3, 20}, {3, 2, 90}, {3, 3, 1680}})
    expect_counts([r] { mutexes(r.n, r.k); }, r.behaviours);
}

TEST(ExplorerCounts, LocksInOppositeOrder) {
  expect_counts(
      [] {
        auto a = std::make_shared<weft::mutex>();
        auto b = std::make_shared<weft::mutex>();
        auto both = [](auto first, auto second) {
          first->lock(), second->lock();
          second->unlock(), first->unlock();
        };
        all_of([=] { both(a, b); }, [=] { both(b, a); });
      },
      2, 1);
}

TEST(ExplorerCounts, Philosophers) {
  for (int n = 2; n <= 4; ++n) {
    expect_counts(
        [n] {
          auto forks = std::make_shared<std::vector<weft::mutex>>(static_cast<std::size_t>(n));
          for (int i = 0; i < n; ++i) {
            weft::go([=] {
              weft::mutex& left = (*forks)[static_cast<std::size_t>(i)];
              weft::mutex& right = (*forks)[static_cast<std::size_t>((i + 1) % n)];
              left.lock(), right.lock();
              right.unlock(), left.unlock();
            });
          }
        },
        (1U << n) - 2, 1);
  }
}

TEST(ExplorerCounts, ARepeatedReadLockMeetsAWriter) {
  expect_counts(
      [] {
        auto m = std::make_shared<weft::shared_mutex>();
        all_of(
            [=] {
              m->lock_shared(), m->lock_shared();
              m->unlock_shared(), m->unlock_shared();
            },
            [=] { m->lock(), m->unlock(); });
      },
      2, 1);
}

void senders_to_one(int n, int capacity) {
  auto c = weft::make_chan<int>(capacity);
  for (int i = 0; i < n; ++i) weft::go([=] { c.send(i); });
  weft::go([=] {
    for (int i = 0; i < n; ++i) static_cast<void>(c.recv());
  });
}

TEST(ExplorerCounts, SendersToOneReceiver) {
  std::uint64_t factorial = 1;
  for (int n = 1; n <= 5; ++n) {
    factorial *= static_cast<std::uint64_t>(n);
    expect_counts([n] { senders_to_one(n, 0); }, factorial);
    expect_counts([n] { senders_to_one(n, 1); }, factorial);
  }
}

void senders_to_receivers(int n, int capacity) {
  auto c = weft::make_chan<int>(capacity);
  for (int i = 0; i < n; ++i) weft::go([=] { c.send(i); });
  for (int i = 0; i < n; ++i) weft::go([=] { static_cast<void>(c.recv()); });
}

TEST(ExplorerCounts, SendersToReceivers) {
  expect_counts([] { senders_to_receivers(2, 0); }, 2);
  expect_counts([] { senders_to_receivers(3, 0); }, 6);
  expect_counts([] { senders_to_receivers(2, 1); }, 4);
  expect_counts([] { senders_to_receivers(3, 1); }, 36);
}

TEST(ExplorerCounts, APipelineHasOneBehaviour) {
  for (int capacity : {0, 1}) {
    expect_counts(
        [=] {
          auto a = weft::make_chan<int>(capacity);
          auto b = weft::make_chan<int>(capacity);
          all_of(
              [=] {
                for (int i = 0; i < 3; ++i) a.send(i);
              },
              [=] {
                for (int i = 0; i < 3; ++i) b.send(*a.recv());
              },
              [=] {
                for (int i = 0; i < 3; ++i) static_cast<void>(b.recv());
              });
        },
        1);
  }
}

TEST(ExplorerCounts, PingPongHasOneBehaviour) {
  expect_counts(
      [] {
        auto to = weft::make_chan<int>();
        auto back = weft::make_chan<int>();
        all_of(
            [=] {
              for (int i = 0; i < 3; ++i) to.send(i), static_cast<void>(back.recv());
            },
            [=] {
              for (int i = 0; i < 3; ++i) back.send(*to.recv());
            });
      },
      1);
}

TEST(ExplorerCounts, FanOut) {
  expect_counts(
      [] {
        auto c = weft::make_chan<int>();
        auto worker = [=] {
          for (int i = 0; i < 2; ++i) static_cast<void>(c.recv());
        };
        all_of(
            [=] {
              for (int i = 0; i < 4; ++i) c.send(i);
            },
            worker, worker);
      },
      6);
}

TEST(ExplorerCounts, ASelectOverTwoReadyChannels) {
  expect_counts(
      [] {
        auto a = weft::make_chan<int>(1);
        auto b = weft::make_chan<int>(1);
        a.send(1), b.send(2);
        for (int i = 0; i < 2; ++i) weft::select(weft::on_recv(a), weft::on_recv(b));
      },
      2);
}

TEST(ExplorerCounts, AChannelAsSemaphore) {
  auto body = [](int capacity) {
    auto s = weft::make_chan<int>(capacity);
    for (int i = 0; i < 3; ++i) weft::go([=] { s.send(0), static_cast<void>(s.recv()); });
  };
  expect_counts([=] { body(1); }, 6);
  expect_counts([=] { body(2); }, 24);
}

TEST(ExplorerCounts, ASelectTakesOneOfTwoSendersAndLeavesTheOther) {
  expect_counts(
      [] {
        auto a = weft::make_chan<int>();
        auto b = weft::make_chan<int>();
        all_of([=] { a.send(1); }, [=] { b.send(2); });
        weft::select(weft::on_recv(a), weft::on_recv(b));
      },
      0, 2);
}

TEST(ExplorerCounts, WritersOfOneWord) {
  expect_counts(
      [] {
        word x = make_word();
        for (int i = 0; i < 6; ++i) weft::go([=] { x->store(i); });
      },
      720);
}

// Fifteen goroutines that put four numbers each into a hash table; few of them collide.
// C. Flanagan, P. Godefroid, "Dynamic partial-order reduction", POPL 2005.
TEST(ExplorerCounts, Indexer) {
  static constexpr int k_size = 128;
  expect_counts(
      [] {
        auto table = std::make_shared<std::vector<weft::atomic<int>>>(k_size);
        for (int id = 0; id < 15; ++id) {
          weft::go([=] {
            for (int m = 1; m <= 4; ++m) {
              int w = m * 11 + id;
              int h = (w * 7) % k_size;
              for (int expected = 0;
                   !(*table)[static_cast<std::size_t>(h)].compare_exchange(expected, w);
                   expected = 0)
                h = (h + 1) % k_size;
            }
          });
        }
      },
      4096);
}

TEST(ExplorerCounts, LoadsFromAMapCommute) {
  auto body = [](int loads, int stores) {
    auto m = std::make_shared<weft::sync_map<int, int>>();
    for (int i = 0; i < loads; ++i) weft::go([=] { static_cast<void>(m->load(1)); });
    for (int i = 0; i < stores; ++i) weft::go([=] { m->store(1, i); });
  };
  expect_counts([=] { body(3, 0); }, 1);
  expect_counts([=] { body(3, 1); }, 8);
  expect_counts([=] { body(0, 3); }, 6);
}

TEST(ExplorerCounts, BoundedPreemptions) {
  expect_bounded(
      [] {
        word x = make_word();
        word y = make_word();
        all_of([=] { x->store(1), load(y); }, [=] { y->store(1), load(x); });
      },
      {2, 3});
  expect_bounded(
      [] {
        word x = make_word();
        word y = make_word();
        all_of([=] { x->store(1), y->store(1); }, [=] { load(y), load(x); });
      },
      {2, 3});
  expect_bounded(
      [] {
        word x = make_word();
        word y = make_word();
        all_of([=] { x->store(1); }, [=] { load(x), y->store(1); }, [=] { load(y), load(x); });
      },
      {6, 7});
  expect_bounded(
      [] {
        word x = make_word();
        word y = make_word();
        all_of([=] { x->store(1); }, [=] { y->store(1); }, [=] { load(x), load(y); },
               [=] { load(y), load(x); });
      },
      {14, 15});
  expect_bounded(
      [] {
        word x = make_word();
        all_of([=] { x->store(1); }, [=] { x->store(2); }, [=] { load(x), load(x); },
               [=] { load(x), load(x); });
      },
      {18, 54, 72});
}

}  // namespace
