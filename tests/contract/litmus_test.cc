// SPDX-License-Identifier: Apache-2.0
// Small programs of the contract whose outcome is certain however they are scheduled.
#include <weft/chan.h>
#include <weft/context.h>
#include <weft/go.h>
#include <weft/mutex.h>
#include <weft/select.h>

#include <vector>

#include "support/with_procs.h"

namespace weft_test {
namespace {

class Litmus : public with_procs {};
WEFT_INSTANTIATE_PROCS(Litmus);

// Message passing through a chain: A -> send -> receive -> B -> send -> receive -> C.
TEST_P(Litmus, AnEdgeIsTransitive) {
  run([] {
    for (int i = 1; i < scaled(10000); ++i) {
      int x = 0;
      const auto first = weft::make_chan<void>(1);
      const auto second = weft::make_chan<void>();
      crew all;
      all.go([&] {
        x = i;
        first.send();
      });
      all.go([&] {
        EXPECT_TRUE(first.recv());
        second.close();
      });
      EXPECT_FALSE(second.recv());
      ASSERT_EQ(x, i);
    }
  });
}

// Edges of different primitives chain: unlock -> lock -> done -> wait.
TEST_P(Litmus, EdgesOfDifferentPrimitivesChain) {
  run([] {
    for (int i = 1; i < scaled(5000); ++i) {
      int x = 0;
      bool ready = false;
      weft::mutex m;
      weft::wait_group wg;
      wg.add(1);
      crew all;
      all.go([&] {
        x = i;
        m.lock();
        ready = true;
        m.unlock();
      });
      all.go([&] {
        for (bool seen = false; !seen; weft::yield()) {
          m.lock();
          seen = ready;
          m.unlock();
        }
        wg.done();
      });
      wg.wait();
      ASSERT_EQ(x, i);
    }
  });
}

// With only channels between them, two goroutines cannot both miss the other's message.
TEST_P(Litmus, TwoTryReceivesCannotBothMissWhatWasSentBefore) {
  run([] {
    for (int i = 0; i < scaled(20000); ++i) {
      const auto a = weft::make_chan<int>(1);
      const auto b = weft::make_chan<int>(1);
      bool missed_a = false;
      bool missed_b = false;
      {
        crew all;
        all.go([&] {
          a.send(1);
          missed_b = !b.try_recv().has_value();
        });
        all.go([&] {
          b.send(1);
          missed_a = !a.try_recv().has_value();
        });
      }
      ASSERT_FALSE(missed_a && missed_b);
    }
  });
}

// Nor the end of the other's context.
TEST_P(Litmus, TwoLooksAtContextsCannotBothMissAnEndBefore) {
  run([] {
    for (int i = 0; i < scaled(5000); ++i) {
      const auto [a, cancel_a] = weft::with_cancel(weft::background());
      const auto [b, cancel_b] = weft::with_cancel(weft::background());
      bool missed_a = false;
      bool missed_b = false;
      auto end_and_look = [](const weft::cancel_function& cancel, const weft::context& other,
                             bool& missed) {
        cancel();
        missed = !other.err();
      };
      {
        crew all;
        all.go([&, &cancel = cancel_a, &other = b] { end_and_look(cancel, other, missed_b); });
        all.go([&, &cancel = cancel_b, &other = a] { end_and_look(cancel, other, missed_a); });
      }
      ASSERT_FALSE(missed_a && missed_b);
    }
  });
}

TEST_P(Litmus, ACounterUnderALockOrBehindAChannelIsExact) {
  run([] {
    const int n = scaled(10000);
    int locked = 0;
    int sent = 0;
    weft::mutex m;
    const auto add = weft::make_chan<int>();
    crew owner;
    owner.go([&] {
      for (const int v : add) sent += v;
    });
    {
      crew all;
      for (int g = 0; g < 5; ++g) {
        all.go([&] {
          for (int i = 0; i < n; ++i) {
            m.lock();
            ++locked;
            m.unlock();
            add.send(1);
          }
        });
      }
    }
    add.close();
    owner.join();
    EXPECT_EQ(locked, 5 * n);
    EXPECT_EQ(sent, 5 * n);
  });
}

}  // namespace
}  // namespace weft_test
