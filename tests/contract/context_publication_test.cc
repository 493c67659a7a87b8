// SPDX-License-Identifier: Apache-2.0
// E19: what came before the end of a context is seen by whoever learns of the end; and what came
// before a deadline was set, or a function registered, by whoever sees it run.
#include <weft/context.h>
#include <weft/group.h>
#include <weft/mutex.h>

#include "support/parcel.h"
#include "support/with_procs.h"

namespace weft_test {
namespace {

class ContextContract : public with_procs {};
WEFT_INSTANTIATE_PROCS(ContextContract);

template <class Learn>
void publish_by_cancel(Learn learn) {
  for (int i = 0; i < scaled(3000); ++i) {
    parcel p;
    auto [ctx, cancel] = weft::with_cancel_cause(weft::background());
    auto [child, cancel_child] = weft::with_cancel(ctx);
    crew reader;
    reader.go([&, child] {
      learn(child);
      p.check(i);
    });
    p.write(i);
    cancel();
  }
}

TEST_P(ContextContract, CancelPublishesToAReceiveOnDone) {
  run([] { publish_by_cancel([](const weft::context& ctx) { ctx.done().recv(); }); });
}

TEST_P(ContextContract, CancelPublishesToWhoeverSeesErr) {
  run([] {
    publish_by_cancel([](const weft::context& ctx) {
      while (!ctx.err()) weft::yield();
    });
  });
}

TEST_P(ContextContract, CancelPublishesToWhoeverSeesTheCause) {
  run([] {
    publish_by_cancel([](const weft::context& ctx) {
      while (!ctx.cause()) weft::yield();
    });
  });
}

TEST_P(ContextContract, CancelPublishesToTheBlockedCallThatItEnds) {
  run([] {
    weft::mutex held;
    held.lock();
    publish_by_cancel([&](const weft::context& ctx) { EXPECT_TRUE(held.lock(ctx)); });
    held.unlock();
  });
}

TEST_P(ContextContract, RegistrationAndCancelPublishToTheFunction) {
  run([] {
    for (int i = 0; i < scaled(3000); ++i) {
      parcel registered;
      parcel canceled;
      auto [ctx, cancel] = weft::with_cancel(weft::background());
      const auto done = weft::make_chan<void>();
      crew canceler;
      registered.write(i);
      weft::after_func(ctx, [&, done] {
        registered.check(i);
        canceled.check(-i);
        done.send();
      });
      canceler.go([&, cancel] {
        canceled.write(-i);
        cancel();
      });
      EXPECT_TRUE(done.recv());
    }
  });
}

TEST_P(ContextContract, MakingADeadlinePublishesToItsEnd) {
  run([] {
    for (int i = 0; i < scaled(1000); ++i) {
      parcel p;
      p.write(i);
      auto [ctx, cancel] = weft::with_timeout(weft::background(), 1us);
      crew reader;
      reader.go([&, ctx] {
        ctx.done().recv();
        p.check(i);
      });
    }
  });
}

TEST_P(ContextContract, TheEndOfEachGoroutinePublishesToTheGroupsWait) {
  run([] {
    for (int i = 0; i < scaled(1000); ++i) {
      parcel p[3];
      weft::group g;
      for (int k = 0; k < 3; ++k) g.go([&, k] { p[k].write(i + k); });
      g.wait();
      for (int k = 0; k < 3; ++k) p[k].check(i + k);
    }
  });
}

}  // namespace
}  // namespace weft_test
