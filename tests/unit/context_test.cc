// SPDX-License-Identifier: Apache-2.0
// context: the tree, its ends, causes, deadlines, values.
#include <weft/context.h>
#include <weft/select.h>

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "support/allocations.h"
#include "support/parked.h"

namespace weft_test {
namespace {

using weft::errc;

class Context : public with_procs {};
WEFT_INSTANTIATE_PROCS(Context);

struct number {
  using type = int;
};
struct other_number {
  using type = int;
};
struct text {
  using type = std::string;
};

bool is_closed(const weft::receiver<void>& c) {
  bool closed = false;
  weft::select(weft::on_recv(c, [&](bool got) { closed = !got; }), weft::otherwise([] {}));
  return closed;
}

const std::error_code k_cause1 = std::make_error_code(std::errc::no_space_on_device);
const std::error_code k_cause2 = std::make_error_code(std::errc::broken_pipe);

// X01
TEST_P(Context, BackgroundNeverEnds) {
  run([] {
    weft::context ctx = weft::background();
    EXPECT_FALSE(ctx.done());
    EXPECT_FALSE(ctx.err());
    EXPECT_FALSE(ctx.cause());
    EXPECT_FALSE(ctx.deadline());
    EXPECT_EQ(ctx.value<number>(), nullptr);
    EXPECT_EQ(ctx.describe(), "context.Background");
    EXPECT_EQ(ctx, weft::background());
  });
}

TEST_P(Context, ANilContextPanics) {
  run([] {
    const char* nil_use = "invalid memory address or nil pointer dereference";
    const char* nil_parent = "cannot create context from nil parent";
    weft::context nil;
    EXPECT_FALSE(nil);
    EXPECT_EQ(panic_text([&] { static_cast<void>(nil.err()); }), nil_use);
    EXPECT_EQ(panic_text([&] { static_cast<void>(nil.done()); }), nil_use);
    EXPECT_EQ(panic_text([&] { static_cast<void>(nil.value<number>()); }), nil_use);
    EXPECT_EQ(panic_text([&] { weft::after_func(nil, [] {}); }), nil_use);
    EXPECT_EQ(panic_text([&] { static_cast<void>(weft::with_cancel(nil)); }), nil_parent);
    EXPECT_EQ(panic_text([&] { static_cast<void>(weft::with_timeout(nil, 1s)); }), nil_parent);
    EXPECT_EQ(panic_text([&] { static_cast<void>(weft::with_value<number>(nil, 1)); }), nil_parent);
    EXPECT_EQ(panic_text([&] { static_cast<void>(weft::without_cancel(nil)); }), nil_parent);
  });
}

TEST_P(Context, ErrorsReadAsGosAndCompareWithTheStandardOnes) {
  std::error_code canceled = errc::canceled;
  std::error_code late = errc::deadline_exceeded;
  EXPECT_EQ(canceled.message(), "context canceled");
  EXPECT_EQ(late.message(), "context deadline exceeded");
  EXPECT_EQ(canceled, std::errc::operation_canceled);
  EXPECT_EQ(late, std::errc::timed_out);  // X17
  EXPECT_STREQ(canceled.category().name(), "weft");
}

// X02, X03: all below have ended when cancel() returns.
TEST_P(Context, CancelReachesEveryDescendantBeforeItReturns) {
  run([] {
    auto [top, cancel] = weft::with_cancel(weft::background());
    auto [child, c1] = weft::with_cancel(top);
    weft::context valued = weft::with_value<number>(child, 1);
    auto [timed, c2] = weft::with_timeout(valued, 1h);
    auto [leaf, c3] = weft::with_cancel(timed);
    std::vector<weft::receiver<void>> done{top.done(), child.done(), valued.done(), timed.done(),
                                           leaf.done()};
    for (const auto& d : done) EXPECT_FALSE(is_closed(d));
    EXPECT_TRUE(valued.done() == child.done());
    cancel();
    for (const auto& d : done) EXPECT_TRUE(is_closed(d));
    for (const auto& ctx : {top, child, valued, timed, leaf}) {
      EXPECT_EQ(ctx.err(), errc::canceled);
      EXPECT_EQ(ctx.cause(), errc::canceled);
    }
    cancel();  // X18
    EXPECT_EQ(leaf.err(), errc::canceled);
  });
}

TEST_P(Context, CancelDoesNotReachUpOrSideways) {
  run([] {
    auto [top, cancel_top] = weft::with_cancel(weft::background());
    auto [left, cancel_left] = weft::with_cancel(top);
    auto [right, cancel_right] = weft::with_cancel(top);
    cancel_left();
    EXPECT_EQ(left.err(), errc::canceled);
    EXPECT_FALSE(top.err());
    EXPECT_FALSE(right.err());
    cancel_top();
    EXPECT_EQ(right.err(), errc::canceled);
  });
}

// X05
TEST_P(Context, AChildOfAnEndedParentHasEnded) {
  run([] {
    auto [top, cancel] = weft::with_cancel_cause(weft::background());
    cancel(k_cause1);
    auto [child, c1] = weft::with_cancel(top);
    EXPECT_EQ(child.err(), errc::canceled);
    EXPECT_EQ(child.cause(), k_cause1);
    EXPECT_TRUE(is_closed(child.done()));
    auto [timed, c2] = weft::with_timeout(child, 1h);
    EXPECT_EQ(timed.cause(), k_cause1);
  });
}

// X11
TEST_P(Context, TheEarlierDeadlineCounts) {
  run([] {
    auto soon = weft::clock::now() + 1h;
    auto [parent, c1] = weft::with_deadline(weft::background(), soon);
    auto [later, c2] = weft::with_deadline(parent, soon + 1h);
    auto [sooner, c3] = weft::with_deadline(parent, soon - 30min);
    EXPECT_EQ(parent.deadline(), soon);
    EXPECT_EQ(later.deadline(), soon);
    EXPECT_EQ(sooner.deadline(), soon - 30min);
    EXPECT_EQ(weft::with_value<number>(sooner, 1).deadline(), soon - 30min);
    EXPECT_EQ(weft::without_cancel(sooner).deadline(), std::nullopt);
  });
}

TEST_P(Context, ADeadlineEndsTheContextAndWhatIsBelow) {
  run([] {
    auto begin = weft::clock::now();
    auto [ctx, c1] = weft::with_timeout(weft::background(), 5ms);
    auto [child, c2] = weft::with_cancel(ctx);
    EXPECT_FALSE(child.done().recv());
    EXPECT_GE(weft::clock::now() - begin, 5ms);
    EXPECT_EQ(ctx.err(), errc::deadline_exceeded);
    EXPECT_EQ(ctx.cause(), errc::deadline_exceeded);
    EXPECT_EQ(child.err(), errc::deadline_exceeded);
    c1();
    EXPECT_EQ(ctx.err(), errc::deadline_exceeded);
  });
}

TEST_P(Context, APastDeadlineEndsAtOnce) {
  run([] {
    auto [ctx, cancel] = weft::with_timeout(weft::background(), -1s);
    EXPECT_EQ(ctx.err(), errc::deadline_exceeded);
    auto [zero, cancel_zero] = weft::with_timeout(weft::background(), 0s, k_cause1);
    EXPECT_EQ(zero.err(), errc::deadline_exceeded);
    EXPECT_EQ(zero.cause(), k_cause1);
  });
}

// X12, X23
TEST_P(Context, CancelBeforeTheDeadlineIsCanceledAndTheCauseIsNotThatOfTheDeadline) {
  run([] {
    auto [ctx, cancel] = weft::with_timeout(weft::background(), 1h, k_cause1);
    cancel();
    EXPECT_EQ(ctx.err(), errc::canceled);
    EXPECT_EQ(ctx.cause(), errc::canceled);
    auto [late, cancel_late] = weft::with_timeout(weft::background(), 1ms, k_cause1);
    EXPECT_FALSE(late.done().recv());
    EXPECT_EQ(late.err(), errc::deadline_exceeded);
    EXPECT_EQ(late.cause(), k_cause1);
  });
}

// X19, X20, X21
TEST_P(Context, TheFirstCauseOnThePathCounts) {
  run([] {
    {
      auto [parent, cancel_parent] = weft::with_cancel_cause(weft::background());
      auto [child, cancel_child] = weft::with_cancel_cause(parent);
      cancel_parent(k_cause1);
      cancel_child(k_cause2);
      EXPECT_EQ(parent.cause(), k_cause1);
      EXPECT_EQ(child.cause(), k_cause1);
      EXPECT_EQ(child.err(), errc::canceled);
    }
    {
      auto [parent, cancel_parent] = weft::with_cancel_cause(weft::background());
      auto [child, cancel_child] = weft::with_cancel_cause(parent);
      cancel_child(k_cause2);
      cancel_parent(k_cause1);
      EXPECT_EQ(parent.cause(), k_cause1);
      EXPECT_EQ(child.cause(), k_cause2);
    }
    auto [ctx, cancel] = weft::with_cancel_cause(weft::background());
    cancel();
    EXPECT_EQ(ctx.cause(), errc::canceled);
  });
}

// X24, X25
TEST_P(Context, WithoutCancelKeepsOnlyTheValues) {
  run([] {
    auto [top, cancel] = weft::with_timeout(weft::background(), 1h);
    weft::context kept = weft::without_cancel(weft::with_value<number>(top, 7));
    auto [below, cancel_below] = weft::with_cancel(kept);
    cancel();
    for (const auto& ctx : {kept, below}) {
      EXPECT_FALSE(ctx.err());
      EXPECT_FALSE(ctx.cause());
      EXPECT_FALSE(ctx.deadline());
      ASSERT_NE(ctx.value<number>(), nullptr);
      EXPECT_EQ(*ctx.value<number>(), 7);
    }
    EXPECT_FALSE(kept.done());
    cancel_below();
    EXPECT_EQ(below.err(), errc::canceled);
  });
}

// X14, X15
TEST_P(Context, ValuesAreFoundByKeyNearestFirst) {
  run([] {
    weft::context one = weft::with_value<number>(weft::background(), 1);
    weft::context both = weft::with_value<other_number>(one, 2);
    weft::context named = weft::with_value<text>(both, "a name");
    weft::context shadowed = weft::with_value<number>(named, 3);
    EXPECT_EQ(*named.value<number>(), 1);
    EXPECT_EQ(*named.value<other_number>(), 2);
    EXPECT_EQ(*shadowed.value<number>(), 3);
    EXPECT_EQ(*shadowed.value<text>(), "a name");
    EXPECT_EQ(one.value<text>(), nullptr);
  });
}

// X13
TEST_P(Context, DescribesHowItWasMade) {
  run([] {
    auto [a, c1] = weft::with_cancel(weft::background());
    EXPECT_EQ(a.describe(), "context.Background.WithCancel");
    auto [b, c2] = weft::with_timeout(a, 1h);
    EXPECT_TRUE(b.describe().starts_with("context.Background.WithCancel.WithDeadline("))
        << b.describe();
    weft::context v = weft::with_value<number>(weft::without_cancel(a), 1);
    EXPECT_TRUE(v.describe().starts_with("context.Background.WithCancel.WithoutCancel.WithValue("))
        << v.describe();
    EXPECT_TRUE(v.describe().ends_with("number)")) << v.describe();
  });
}

// X09: values and ends pass through any layers.
TEST_P(Context, RandomLayersPassValuesAndEnds) {
  run([] {
    std::uint64_t state = seed();
    for (int round = 0; round < scaled(50); ++round) {
      std::vector<weft::cancel_function> cancels;
      auto [ctx, cancel] = weft::with_cancel(weft::background());
      weft::context at = weft::with_value<text>(ctx, "top");
      for (int layer = 0; layer < 30; ++layer) {
        state = state * 6364136223846793005ULL + 1442695040888963407ULL;
        switch ((state >> 33) % 3) {
          case 0:
            at = weft::with_value<number>(at, layer);
            break;
          case 1: {
            auto [next, c] = weft::with_cancel(at);
            at = next;
            cancels.push_back(c);
            break;
          }
          default: {
            auto [next, c] = weft::with_timeout(at, 1h);
            at = next;
            cancels.push_back(c);
          }
        }
      }
      ASSERT_NE(at.value<text>(), nullptr);
      EXPECT_EQ(*at.value<text>(), "top");
      EXPECT_FALSE(at.err());
      cancel();
      EXPECT_EQ(at.err(), errc::canceled);
    }
  });
}

TEST_P(Context, DepthIsNoMatterForEndsNorForDestruction) {
  run([] {
    auto [top, cancel] = weft::with_cancel(weft::background());
    weft::context at = top;
    for (int i = 0; i < scaled(100'000); ++i) at = weft::with_cancel(at).first;
    cancel();
    EXPECT_EQ(at.err(), errc::canceled);
  });
}

// X39, and a dropped child leaves no trace in its parent.
TEST_P(Context, ManyChildrenComeAndGo) {
  run([] {
    auto [top, cancel] = weft::with_cancel(weft::background());
    std::vector<std::pair<weft::context, weft::cancel_function>> children;
    for (int i = 0; i < 10'000; ++i) children.push_back(weft::with_cancel(top));
    for (int i = 0; i < 10'000; i += 2) children[static_cast<std::size_t>(i)].second();
    for (int i = 0; i < 5'000; ++i) children.pop_back();
    cancel();
    for (const auto& [ctx, c] : children) EXPECT_EQ(ctx.err(), errc::canceled);
  });
}

// X38
TEST_P(Context, TakesFewAllocations) {
  run([] {
    const auto count = [](auto make) {
      make();  // what is made once for all
      const long before = allocations();
      make();
      return allocations() - before;
    };
    weft::context top = weft::background();
    auto [parent, cancel] = weft::with_cancel(top);
    EXPECT_EQ(count([] { static_cast<void>(weft::background()); }), 0);
    EXPECT_LE(count([&] { static_cast<void>(weft::with_value<text>(parent, "x")); }), 1);
    EXPECT_LE(count([&] { weft::with_cancel(parent).second(); }), 2);
    EXPECT_LE(count([&] { weft::with_timeout(parent, 1h).second(); }), 3);
    EXPECT_LE(count([&] { static_cast<void>(parent.done()); }), 0);
    EXPECT_EQ(count([&] { static_cast<void>(weft::context(parent).err()); }), 0);
  });
}

TEST_P(Context, HandlesOutliveTheirMakers) {
  run([] {
    weft::context kept;
    weft::receiver<void> done;
    {
      auto [ctx, cancel] = weft::with_cancel(weft::background());
      kept = weft::with_value<text>(ctx, "kept");
      done = kept.done();
      cancel();
    }
    EXPECT_EQ(kept.err(), errc::canceled);
    EXPECT_EQ(*kept.value<text>(), "kept");
    kept = weft::context();
    EXPECT_TRUE(is_closed(done));
  });
}

TEST_P(Context, CancelScopeEndsWithTheScope) {
  run([] {
    weft::context seen;
    {
      weft::cancel_scope scope(weft::background());
      seen = scope.ctx();
      EXPECT_FALSE(seen.err());
    }
    EXPECT_EQ(seen.err(), errc::canceled);
    weft::cancel_scope timed(weft::background(), 1ms);
    EXPECT_FALSE(timed.ctx().done().recv());
    EXPECT_EQ(timed.ctx().err(), errc::deadline_exceeded);
  });
}

TEST_P(Context, DroppingTheCancelFunctionEndsNothing) {
  run([] {
    weft::context ctx = weft::with_cancel(weft::background()).first;
    EXPECT_FALSE(ctx.err());
    weft::context timed = weft::with_timeout(weft::background(), 2ms).first;
    EXPECT_FALSE(timed.done().recv());
    EXPECT_EQ(timed.err(), errc::deadline_exceeded);
  });
}

// X31, X32, X33, X35
TEST_P(Context, AfterFuncRunsOnceAfterTheEnd) {
  run([] {
    auto [ctx, cancel] = weft::with_cancel(weft::background());
    const auto ran = weft::make_chan<int>(2);
    std::atomic<bool> stopped_ran = false;
    auto stop1 = weft::after_func(ctx, [ran] { ran.send(1); });
    auto stop2 = weft::after_func(ctx, [&] { stopped_ran = true; });
    weft::after_func(ctx, [ran, only = std::make_unique<int>(2)] { ran.send(*only); });
    EXPECT_TRUE(stop2());
    EXPECT_FALSE(stop2());
    weft::yield();
    EXPECT_EQ(ran.size(), 0U);
    cancel();
    EXPECT_EQ(*ran.recv() + *ran.recv(), 3);
    EXPECT_FALSE(stop1());
    EXPECT_FALSE(stopped_ran);
    weft::after_func(ctx, [ran] { ran.send(4); });
    EXPECT_EQ(ran.recv(), 4);
    auto never = weft::after_func(weft::background(), [] {});
    EXPECT_TRUE(never());
  });
}

TEST_P(Context, AfterFuncOutlivesItsHandlesWhileTheParentLives) {
  run([] {
    auto [top, cancel] = weft::with_cancel(weft::background());
    const auto ran = weft::make_chan<void>();
    weft::after_func(weft::with_cancel(top).first, [ran] { ran.send(); });
    cancel();
    EXPECT_TRUE(ran.recv());
  });
}

TEST_P(Context, StopReleasesTheFunction) {
  run([] {
    auto held = std::make_shared<int>(1);
    auto [ctx, cancel] = weft::with_cancel(weft::background());
    auto stop = weft::after_func(ctx, [held] {});
    EXPECT_EQ(held.use_count(), 2);
    EXPECT_TRUE(stop());
    EXPECT_EQ(held.use_count(), 1);
  });
}

}  // namespace
}  // namespace weft_test
