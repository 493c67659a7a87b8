// SPDX-License-Identifier: Apache-2.0
// The public interface as a stranger uses it: locks, contexts, groups, containers, atomics.
#include <weft/weft.h>
#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <stdexcept>
#include <string>
#include <type_traits>

namespace {

using namespace std::chrono_literals;

template <class T, class U>
constexpr bool same = std::is_same_v<T, U>;

// A context that has ended.
weft::context ended() {
  auto [ctx, cancel] = weft::with_cancel(weft::background());
  cancel();
  return ctx;
}

TEST(Api, Mutexes) {
  weft::run([] {
    weft::mutex m;
    static_assert(same<decltype(m.try_lock()), bool>);
    static_assert(same<decltype(m.lock(weft::background())), std::error_code>);
    m.lock();
    EXPECT_FALSE(m.try_lock());
    EXPECT_EQ(m.lock(ended()), weft::errc::canceled);
    m.unlock();
    EXPECT_FALSE(m.lock(weft::background()));
    m.unlock();
    weft::mutex other;
    {
      const std::scoped_lock both(m, other);
    }
    {
      const std::unique_lock held(m, std::try_to_lock);
    }
    weft::shared_mutex rw;
    static_assert(same<decltype(rw.lock_shared(weft::background())), std::error_code>);
    rw.lock_shared();
    EXPECT_TRUE(rw.try_lock_shared());
    EXPECT_FALSE(rw.try_lock());
    EXPECT_EQ(rw.lock(ended()), weft::errc::canceled);
    rw.unlock_shared();
    rw.unlock_shared();
    EXPECT_FALSE(rw.lock(weft::background()));
    EXPECT_EQ(rw.lock_shared(ended()), weft::errc::canceled);
    rw.unlock();
    {
      const std::shared_lock reader(rw);
    }
    weft::spinlock s;
    s.lock();
    EXPECT_FALSE(s.try_lock());
    s.unlock();
    {
      const std::lock_guard hold(s);
    }
  });
}

TEST(Api, ConditionVariables) {
  weft::run([] {
    weft::mutex m;
    weft::condition_variable changed;
    bool ready = false;
    weft::wait_group wg;
    wg.go([&] {
      std::unique_lock<weft::mutex> hold(m);
      changed.wait(hold, [&] { return ready; });
    });
    {
      const std::lock_guard hold(m);
      ready = true;
    }
    changed.notify_one();
    changed.notify_all();
    wg.wait();
    std::unique_lock hold(m);
    static_assert(same<decltype(changed.wait(hold, weft::background())), std::error_code>);
    EXPECT_EQ(changed.wait(hold, ended()), weft::errc::canceled);
    EXPECT_TRUE(hold.owns_lock());
    static_assert(same<decltype(changed.wait(hold)), void>);
  });
}

TEST(Api, Once) {
  weft::run([] {
    weft::once o;
    int calls = 0;
    o.call([&] { ++calls; });
    o.call([&] { ++calls; });
    EXPECT_EQ(calls, 1);
    weft::once broken;
    EXPECT_THROW(broken.call([] { throw std::runtime_error("x"); }), std::runtime_error);
    broken.call([&] { ++calls; });
    EXPECT_EQ(calls, 1);
    auto f = weft::once_func([&] { ++calls; });
    f();
    f();
    auto copy = f;
    copy();
    EXPECT_EQ(calls, 2);
    auto v = weft::once_value([&] { return std::to_string(++calls); });
    EXPECT_EQ(v(), "3");
    EXPECT_EQ(v(), "3");
    auto throwing = weft::once_value([]() -> int { throw std::runtime_error("again"); });
    auto throwing_func = weft::once_func([] { throw std::runtime_error("again"); });
    for (int i = 0; i < 2; ++i) {
      EXPECT_THROW(static_cast<void>(throwing()), std::runtime_error);
      EXPECT_THROW(throwing_func(), std::runtime_error);
    }
  });
}

TEST(Api, WaitGroupsAndSemaphores) {
  weft::run([] {
    weft::wait_group wg;
    wg.add(2);
    wg.done();
    wg.add(-1);
    std::atomic<int> ran = 0;
    wg.go([&, p = std::make_unique<int>(1)] { ran += *p; });
    wg.wait();
    EXPECT_EQ(ran, 1);
    static_assert(same<decltype(wg.wait(weft::background())), std::error_code>);
    wg.add(1);
    EXPECT_EQ(wg.wait(ended()), weft::errc::canceled);
    wg.done();
    EXPECT_FALSE(wg.wait(weft::background()));
    weft::semaphore s(3);
    s.acquire();
    s.acquire(2);
    EXPECT_FALSE(s.try_acquire());
    static_assert(same<decltype(s.acquire(1, weft::background())), std::error_code>);
    EXPECT_EQ(s.acquire(1, ended()), weft::errc::canceled);
    s.release();
    EXPECT_TRUE(s.try_acquire(1));
    s.release(3);
    EXPECT_FALSE(s.acquire(3, weft::background()));
    s.release(3);
  });
}

TEST(Api, SyncMapsAndPools) {
  weft::run([] {
    weft::sync_map<std::string, int> m;
    m.store("a", 1);
    static_assert(same<decltype(m.load("a")), std::optional<int>>);
    static_assert(same<decltype(m.load_or_store("a", 2)), std::pair<int, bool>>);
    static_assert(same<decltype(m.load_and_delete("a")), std::optional<int>>);
    static_assert(same<decltype(m.swap("a", 1)), std::optional<int>>);
    EXPECT_EQ(m.load("a"), 1);
    EXPECT_EQ(m.load_or_store("a", 2), std::pair(1, true));
    EXPECT_EQ(m.load_or_store("b", 2), std::pair(2, false));
    EXPECT_EQ(m.swap("b", 3), 2);
    EXPECT_EQ(m.swap("c", 3), std::nullopt);
    EXPECT_TRUE(m.compare_and_swap("c", 3, 4));
    EXPECT_FALSE(m.compare_and_swap("c", 3, 4));
    EXPECT_FALSE(m.compare_and_swap("absent", 0, 4));
    EXPECT_EQ(m.load_and_delete("c"), 4);
    EXPECT_EQ(m.load_and_delete("c"), std::nullopt);
    int seen = 0;
    m.range([&](const std::string&, int) { return ++seen < 1; });
    EXPECT_EQ(seen, 1);
    m.erase("a");
    m.clear();
    EXPECT_EQ(m.load("b"), std::nullopt);
    weft::pool<std::string> p([] { return std::string("new"); });
    static_assert(same<decltype(p.get()), std::string>);
    EXPECT_EQ(p.get(), "new");
    p.put("used");
    EXPECT_EQ(p.get(), "used");
  });
}

TEST(Api, Atomics) {
  weft::atomic<int> a = 1;
  a.store(2);
  EXPECT_EQ(a.load(), 2);
  EXPECT_EQ(a.exchange(3), 2);
  int expected = 0;
  EXPECT_FALSE(a.compare_exchange(expected, 9));
  EXPECT_EQ(expected, 3);
  EXPECT_TRUE(a.compare_exchange(expected, 4));
  EXPECT_EQ(a.fetch_add(1), 4);
  EXPECT_EQ(a.fetch_sub(1), 5);
  EXPECT_EQ(a.fetch_and(6), 4);
  EXPECT_EQ(a.fetch_or(1), 4);
  EXPECT_EQ(a.fetch_xor(1), 5);
  EXPECT_EQ(++a, 5);
  EXPECT_EQ(a++, 5);
  EXPECT_EQ(--a, 5);
  EXPECT_EQ(a--, 5);
  EXPECT_EQ(a += 3, 7);
  EXPECT_EQ(a -= 1, 6);
  EXPECT_EQ(a &= 2, 2);
  EXPECT_EQ(a |= 1, 3);
  EXPECT_EQ(a ^= 1, 2);
  a = 7;
  const int read = a;
  EXPECT_EQ(read, 7);
  weft::atomic<bool> flag;
  EXPECT_FALSE(flag.exchange(true));
  weft::atomic<int*> p = nullptr;
  p.store(&expected);
  EXPECT_EQ(p.load(), &expected);
  weft::var<int> n = 1;
  n = n + 1;
  ++n;
  n += 2;
  EXPECT_EQ(n, 5);
  weft::var<int*> at = &expected;
  EXPECT_EQ(*at, expected);
  const weft::var<bool> b = true;
  EXPECT_TRUE(b);
}

struct user {
  using type = std::string;
};
struct role {
  using type = int;
};

TEST(Api, Contexts) {
  weft::run([] {
    const weft::context nil;
    static_cast<void>(nil);
    const weft::context top = weft::background();
    static_assert(same<decltype(top.done()), weft::receiver<void>> ||
                  same<decltype(top.done()), const weft::receiver<void>&>);
    static_assert(same<decltype(top.err()), std::error_code>);
    static_assert(same<decltype(top.cause()), std::error_code>);
    static_assert(same<decltype(top.deadline()), std::optional<weft::time_point>>);
    EXPECT_FALSE(top.done());
    EXPECT_FALSE(top.err());
    auto [ctx, cancel] = weft::with_cancel(top);
    static_assert(same<decltype(ctx), weft::context>);
    const auto named = weft::with_value<user>(ctx, "gopher");
    EXPECT_EQ(*named.value<user>(), "gopher");
    EXPECT_FALSE(named.value<role>());
    EXPECT_EQ(*weft::with_value<role>(named, 3).value<role>(), 3);
    bool called = false;
    weft::wait_group ran;
    ran.add(1);
    auto stop = weft::after_func(named, [&] { called = true, ran.done(); });
    auto stopped = weft::after_func(named, [] { FAIL(); });
    EXPECT_TRUE(stopped());
    EXPECT_FALSE(stopped());
    const auto apart = weft::without_cancel(named);
    cancel();
    cancel();
    EXPECT_FALSE(named.done().recv());
    EXPECT_EQ(named.err(), weft::errc::canceled);
    EXPECT_EQ(named.cause(), weft::errc::canceled);
    EXPECT_FALSE(apart.err());
    EXPECT_EQ(*apart.value<user>(), "gopher");
    ran.wait();
    EXPECT_TRUE(called);
    EXPECT_FALSE(stop());
    auto [why, cancel_why] = weft::with_cancel_cause(top);
    cancel_why(std::make_error_code(std::errc::io_error));
    EXPECT_EQ(why.err(), weft::errc::canceled);
    EXPECT_EQ(why.cause(), std::errc::io_error);
    auto [timed, cancel_timed] = weft::with_timeout(top, 1ms);
    EXPECT_TRUE(timed.deadline().has_value());
    EXPECT_FALSE(timed.done().recv());
    EXPECT_EQ(timed.err(), weft::errc::deadline_exceeded);
    cancel_timed();
    auto [caused, cancel_caused] =
        weft::with_timeout(top, 0s, std::make_error_code(std::errc::timed_out));
    EXPECT_EQ(caused.cause(), std::errc::timed_out);
    auto [until, cancel_until] = weft::with_deadline(top, weft::clock::now() + 1h);
    EXPECT_FALSE(until.err());
    cancel_until();
    EXPECT_EQ(until.err(), weft::errc::canceled);
    auto [parent, cancel_parent] = weft::with_cancel(top);
    weft::context kept;
    {
      const weft::cancel_scope scope(parent);
      kept = scope.ctx();
      EXPECT_FALSE(kept.err());
    }
    EXPECT_EQ(kept.err(), weft::errc::canceled);
    EXPECT_FALSE(parent.err());
    // A handle that is dropped cancels nothing.
    weft::context live = weft::with_cancel(top).first;
    EXPECT_FALSE(live.err());
    cancel_parent();
  });
}

TEST(Api, Groups) {
  weft::run([] {
    weft::group g(weft::background());
    g.set_limit(2);
    std::atomic<int> sum = 0;
    for (int i = 0; i < 5; ++i) g.go([&, p = std::make_unique<int>(i)] { sum += *p; });
    g.wait();
    EXPECT_EQ(sum, 10);
    weft::group failing;
    failing.go([] { throw std::runtime_error("first"); });
    EXPECT_FALSE(failing.ctx().done().recv());
    EXPECT_TRUE(failing.try_go([] {}));
    EXPECT_THROW(failing.wait(), std::runtime_error);
    weft::singleflight<std::string, int> flights;
    static_assert(same<decltype(flights.call("k", [] { return 1; })), int>);
    EXPECT_EQ(flights.call("k", [] { return 5; }), 5);
  });
}

TEST(Api, Containers) {
  weft::run([] {
    weft::sharded_map<std::string, int> m;
    static_assert(same<decltype(m.get("a")), std::optional<int>>);
    EXPECT_EQ(m.get("a"), std::nullopt);
    m.set("a", 1);
    m.update("a", [](int& v) { v += 5; });
    m.update("b", [](int& v) { v += 7; });
    EXPECT_EQ(m.get("a"), 6);
    EXPECT_EQ(m.size(), 2U);
    std::map<std::string, int> all;
    m.for_each([&](const std::string& k, int v) { all[k] = v; });
    EXPECT_EQ(all, (std::map<std::string, int>{{"a", 6}, {"b", 7}}));
    EXPECT_TRUE(m.erase("a"));
    EXPECT_FALSE(m.erase("a"));
    weft::lockfree::stack<int> s;
    weft::lockfree::queue<std::unique_ptr<int>> q;
    EXPECT_TRUE(s.empty() && q.empty());
    s.push(1);
    s.push(2);
    static_assert(same<decltype(s.pop()), std::optional<int>>);
    EXPECT_EQ(s.pop(), 2);
    EXPECT_EQ(s.pop(), 1);
    EXPECT_EQ(s.pop(), std::nullopt);
    q.push(std::make_unique<int>(3));
    EXPECT_FALSE(q.empty());
    EXPECT_EQ(**q.pop(), 3);
    EXPECT_FALSE(q.pop().has_value());
  });
}

}  // namespace
