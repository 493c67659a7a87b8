// SPDX-License-Identifier: Apache-2.0
// Each happens-before edge of the contract, as a publication: what one side wrote before the edge,
// the other reads after it, many times over, in plain variables. The non-edges are named beside
// them; that they are absent is a matter for the race build, which these same programs go through.
#include <weft/chan.h>
#include <weft/go.h>
#include <weft/mutex.h>
#include <weft/select.h>
#include <weft/time.h>

#include <array>
#include <mutex>
#include <vector>

#include "support/parcel.h"
#include "support/with_procs.h"

namespace weft_test {
namespace {

class Contract : public with_procs {};
WEFT_INSTANTIATE_PROCS(Contract);

// E3: the go statement happens before the start of the goroutine.
// E4: the end of a goroutine happens before nothing; only what it signals does.
TEST_P(Contract, GoPublishesToTheNewGoroutine) {
  run([] {
    for (int i = 0; i < scaled(20000); ++i) {
      parcel p;
      const auto done = weft::make_chan<void>();
      p.write(i);
      weft::go([&] {
        p.check(i);
        p.write(i + 1);
        done.close();
      });
      static_cast<void>(done.recv());
      p.check(i + 1);
    }
  });
}

TEST_P(Contract, GoPublishesFromAPlainThread) {
  for (int i = 0; i < scaled(1000); ++i) {
    parcel p;
    p.write(i);
    const auto done = weft::make_chan<void>();
    weft::go([&, done] {
      p.check(i);
      p.write(-i);
      done.send();
    });
    EXPECT_TRUE(done.recv());
    p.check(-i);
  }
}

// E5: the k-th send happens before the completion of the k-th receive.
// Non-edges (E8'): size and capacity, a refused try_send or try_recv, a send that panics, one send
// and the next.
TEST_P(Contract, ASendPublishesToItsReceive) {
  run([] {
    for (const std::size_t capacity : {0U, 1U, 7U, 128U}) {
      const int n = scaled(20000);
      std::vector<parcel> parcels(static_cast<std::size_t>(n));
      const auto c = weft::make_chan<std::size_t>(capacity);
      crew sender;
      sender.go([&] {
        for (std::size_t i = 0; i < parcels.size(); ++i) {
          parcels[i].write(static_cast<int>(i) + 1);
          if (i % 3 == 0) {
            while (!c.try_send(i)) weft::yield();
          } else if (i % 3 == 1) {
            c.send(i);
          } else {
            weft::select(weft::on_send(c, i), weft::on_recv(weft::chan<int>{}));
          }
        }
        c.close();
      });
      std::size_t k = 0;
      for (bool more = true; more;) {
        const auto take = [&](std::optional<std::size_t> v) {
          more = v.has_value();
          if (!more) return;
          ASSERT_EQ(*v, k);
          parcels[k].check(static_cast<int>(k) + 1);
          ++k;
        };
        if (k % 2 == 0) {
          take(c.recv());
        } else {
          weft::select(weft::on_recv(c, take), weft::on_recv(weft::chan<int>{}));
        }
      }
      EXPECT_EQ(k, parcels.size());
    }
  });
}

TEST_P(Contract, APointerSentIsAnObjectPublished) {
  run([] {
    const auto c = weft::make_chan<std::unique_ptr<parcel>>(3);
    crew senders;
    for (int g = 0; g < 3; ++g) {
      senders.go([=] {
        for (int i = 0; i < scaled(10000); ++i) {
          auto p = std::make_unique<parcel>();
          p->write(g * 1000000 + i);
          c.send(std::move(p));
        }
      });
    }
    for (int i = 0; i < 3 * scaled(10000); ++i) {
      const auto p = c.recv().value();
      p->check(p->words[0]);
    }
  });
}

// E6: the close happens before every receive that returns because of it.
// Non-edge: one close that panics and another.
TEST_P(Contract, ClosePublishesToEveryReceiveThatSeesIt) {
  run([] {
    for (int i = 0; i < scaled(10000); ++i) {
      parcel p;
      const auto c = weft::make_chan<int>(static_cast<std::size_t>(i) % 2);
      crew readers;
      readers.go([&] {
        EXPECT_FALSE(c.recv().has_value());
        p.check(i);
      });
      readers.go([&] {
        weft::select(weft::on_recv(c), weft::on_recv(weft::chan<int>{}));
        p.check(i);
      });
      readers.go([&] {
        for (bool open = true; open;) {
          weft::select(weft::on_recv(c, [&](auto) { open = false; }), weft::otherwise(weft::yield));
        }
        p.check(i);
      });
      readers.go([&] {
        for (const int v : c) ADD_FAILURE() << v;
        p.check(i);
      });
      if (i % 3 == 0) weft::yield();
      p.write(i);
      c.close();
    }
  });
}

// E7: on an unbuffered channel the receive happens before the completion of the send.
TEST_P(Contract, AnUnbufferedReceivePublishesToTheCompletedSend) {
  run([] {
    const int n = scaled(20000);
    parcel p;
    const auto c = weft::make_chan<int>();
    const auto back = weft::make_chan<void>();
    crew other;
    other.go([&] {
      for (int i = 0; i < n; ++i) {
        p.write(i);
        if (i % 2 == 0) {
          EXPECT_EQ(c.recv(), i);
        } else {
          weft::select(weft::on_recv(c), weft::on_recv(weft::chan<int>{}));
        }
        static_cast<void>(back.recv());
      }
    });
    for (int i = 0; i < n; ++i) {
      c.send(i);
      p.check(i);
      back.send();
    }
  });
}

// E8: the k-th receive happens before the completion of the (k + capacity)-th send.
// Non-edge: the k-th receive and the (k + capacity)-th receive.
TEST_P(Contract, ABufferedChannelIsALock) {
  run([] {
    const int n = scaled(10000);
    const auto lock = weft::make_chan<void>(1);
    parcel shared;
    int total = 0;
    {
      crew all;
      for (int g = 0; g < 4; ++g) {
        all.go([&] {
          for (int i = 0; i < n; ++i) {
            lock.send();
            shared.check(total);
            shared.write(++total);
            static_cast<void>(lock.recv());
          }
        });
      }
    }
    EXPECT_EQ(total, 4 * n);
  });
}

TEST_P(Contract, ABufferedReceivePublishesToTheSendOneCapacityLater) {
  run([] {
    constexpr std::size_t k_capacity = 4;
    const std::size_t n = static_cast<std::size_t>(scaled(20000));
    std::vector<parcel> parcels(n);
    const auto c = weft::make_chan<void>(k_capacity);
    crew receiver;
    receiver.go([&] {
      for (std::size_t k = 0; k < n; ++k) {
        parcels[k].write(static_cast<int>(k) + 1);
        EXPECT_TRUE(c.recv());
      }
    });
    for (std::size_t k = 0; k < n; ++k) {
      c.send();
      if (k >= k_capacity) parcels[k - k_capacity].check(static_cast<int>(k - k_capacity) + 1);
    }
  });
}

// E9: the n-th unlock happens before the return of every later lock.
// E11: a try_lock that succeeds is a lock; one that fails orders nothing.
TEST_P(Contract, UnlockPublishesToTheNextLock) {
  run([] {
    const int n = scaled(20000);
    weft::mutex m;
    parcel shared;
    int total = 0;
    {
      crew all;
      for (int g = 0; g < 4; ++g) {
        all.go([&, g] {
          for (int i = 0; i < n; ++i) {
            if (g % 2 == 0) {
              m.lock();
            } else {
              while (!m.try_lock()) weft::yield();
            }
            shared.check(total);
            shared.write(++total);
            m.unlock();
          }
        });
      }
    }
    EXPECT_EQ(total, 4 * n);
  });
}

// E18: every done happens before the return of any wait it lets go, also of those that were not
// the last. Non-edges: one done and another, one add and another.
TEST_P(Contract, EveryDonePublishesToEveryWait) {
  run([] {
    for (int i = 0; i < scaled(5000); ++i) {
      std::array<parcel, 4> parcels;
      weft::wait_group wg;
      wg.add(static_cast<int>(parcels.size()));
      crew all;
      for (auto& p : parcels) {
        all.go([&] {
          p.write(i);
          wg.done();
        });
      }
      for (int w = 0; w < 2; ++w) {
        all.go([&] {
          wg.wait();
          for (const auto& p : parcels) p.check(i);
        });
      }
      wg.wait();
      for (const auto& p : parcels) p.check(i);
    }
  });
}

TEST_P(Contract, TheEndOfAWaitGroupsGoPublishesToWait) {
  run([] {
    for (int i = 0; i < scaled(10000); ++i) {
      parcel p;
      weft::wait_group wg;
      wg.go([&] { p.write(i); });
      wg.wait();
      p.check(i);
    }
  });
}

// E20: making a timer and each reset happen before the start of its function and before the
// receive of its value. Non-edges: stop, sleep (E26: nor yield, nor sharing a thread).
TEST_P(Contract, MakingATimerPublishesToWhatItStarts) {
  run([] {
    for (int i = 0; i < scaled(2000); ++i) {
      parcel p;
      const auto done = weft::make_chan<void>();
      p.write(i);
      auto t = weft::after_func(1us, [&p, done, i] {
        p.check(i);
        done.send();
      });
      EXPECT_TRUE(done.recv());
    }
  });
}

TEST_P(Contract, ResetPublishesToWhatTheTimerStarts) {
  run([] {
    parcel p;
    const auto done = weft::make_chan<int>();
    int round = 0;
    auto t = weft::after_func(1h, [&] {
      p.check(round);
      done.send(round);
    });
    for (int i = 1; i < scaled(2000); ++i) {
      p.write(i);
      round = i;
      t.reset(1us);
      EXPECT_EQ(done.recv(), i);
    }
  });
}

TEST_P(Contract, ResetPublishesToTheReceiveOfTheValue) {
  run([] {
    parcel p;
    weft::timer t(1h);
    const auto acknowledged = weft::make_chan<void>();
    const int n = scaled(2000);
    crew receiver;
    receiver.go([&, c = t.c()] {
      for (int i = 0; i < n; ++i) {
        EXPECT_TRUE(c.recv().has_value());
        p.check(i);
        acknowledged.send();
      }
    });
    for (int i = 0; i < n; ++i) {
      p.write(i);
      t.reset(1us);
      EXPECT_TRUE(acknowledged.recv());
    }
  });
}

}  // namespace
}  // namespace weft_test
