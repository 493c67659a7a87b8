// SPDX-License-Identifier: Apache-2.0
// The public interface as a stranger uses it, with one include: every name, each form of it, what
// it gives. Channels, select, goroutines, time; the rest is in api_sync_test.cc.
#include <weft/weft.h>
#include <gtest/gtest.h>

#include <any>
#include <atomic>
#include <chrono>
#include <concepts>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

namespace {

using namespace std::chrono_literals;

template <class T, class U>
constexpr bool same = std::is_same_v<T, U>;

TEST(Api, PanicsAndErrors) {
  static_assert(std::is_base_of_v<std::exception, weft::panic>);
  try {
    weft::chan<int>().close();
    FAIL();
  } catch (const std::exception& e) {
    EXPECT_STREQ(e.what(), "close of nil channel");
  }
  const std::error_code canceled = weft::errc::canceled;
  const std::error_code late = make_error_code(weft::errc::deadline_exceeded);
  EXPECT_EQ(canceled.message(), "context canceled");
  EXPECT_EQ(late.message(), "context deadline exceeded");
  EXPECT_NE(std::error_code(weft::errc::closed), canceled);
  EXPECT_EQ(canceled, weft::errc::canceled);
  static_assert(std::is_error_code_enum_v<weft::errc>);
}

TEST(Api, Run) {
  static_assert(same<decltype(weft::run([] {})), int>);
  EXPECT_EQ(weft::run([] {}), 0);
  EXPECT_EQ(weft::run([] { return 7; }), 7);
  EXPECT_EQ(weft::run([p = std::make_unique<int>(3)] { return *p; }), 3);
  EXPECT_EQ(weft::run([] { return static_cast<int>(weft::procs()); }, {.procs = 3}), 3);
  weft::options o;
  o.procs = 2;
  o.stack_size = 1 << 20;
  EXPECT_EQ(weft::run([] { return 1; }, o), 1);
  // Several at once.
  std::vector<std::thread> threads;
  std::atomic<int> sum = 0;
  for (int i = 0; i < 3; ++i) threads.emplace_back([&, i] { sum += weft::run([i] { return i; }); });
  for (auto& t : threads) t.join();
  EXPECT_EQ(sum, 3);
}

struct member {
  std::atomic<int> value = 0;  // the end of a goroutine makes no edge
  void add(int n) { value += n; }
};
void by_reference(int& n) { ++n; }

TEST(Api, Go) {
  weft::run([] {
    const auto c = weft::make_chan<int>(10);
    static_assert(same<decltype(weft::go([] {})), void>);
    weft::go([=] { c.send(1); });
    weft::go([](const weft::chan<int>& to, int n) { to.send(n); }, c, 2);
    weft::go([=](std::unique_ptr<int> p) { c.send(*p); }, std::make_unique<int>(3));
    weft::go(weft::go_options{.name = "fourth"}, [=] { c.send(4); });
    weft::go({.name = "fifth", .stack_size = 1 << 20}, [=](int a, int b) { c.send(a + b); }, 2, 3);
    // Decayed copies, as std::thread makes them; std::ref refers, members are called.
    int lvalue = 6;
    weft::go([=](int n) { c.send(n); }, lvalue);
    lvalue = 0;
    const char text[] = "seven";
    weft::go([=](const std::string& s) { c.send(s == "seven" ? 7 : 0); }, text);
    struct move_only {
      std::unique_ptr<int> p = std::make_unique<int>(8);
      weft::chan<int> to;
      void operator()() && { to.send(*p); }
    };
    move_only once;
    once.to = c;
    weft::go(std::move(once));
    int sum = 0;
    for (int i = 0; i < 8; ++i) sum += c.recv().value();
    EXPECT_EQ(sum, 36);
    weft::wait_group wg;
    member m;
    int n = 0;
    wg.add(2);
    weft::go([&](auto method, member* self, int by) { (self->*method)(by), wg.done(); },
             &member::add, &m, 5);
    weft::go([&](auto f, int& r) { f(r), wg.done(); }, by_reference, std::ref(n));
    wg.wait();
    EXPECT_EQ(m.value, 5);
    EXPECT_EQ(n, 1);
    weft::go(&member::add, &m, 1);
    while (weft::num_goroutines() != 1) weft::yield();
    EXPECT_EQ(m.value, 6);
  });
}

TEST(Api, Runtime) {
  weft::run([] {
    static_assert(same<decltype(weft::num_goroutines()), std::size_t>);
    static_assert(same<decltype(weft::procs()), unsigned>);
    static_assert(same<decltype(weft::set_procs(1)), unsigned>);
    static_assert(same<decltype(weft::yield()), void>);
    static_assert(same<decltype(weft::exit_goroutine()), void>);
    while (weft::num_goroutines() != 1) weft::yield();  // those of other tests may just be ending
    const unsigned before = weft::set_procs(2);
    EXPECT_EQ(weft::set_procs(0), 2U);
    EXPECT_EQ(weft::procs(), 2U);
    EXPECT_EQ(weft::set_procs(before), 2U);
    weft::yield();
    bool destroyed = false;
    weft::wait_group wg;
    wg.go([&] {
      const std::shared_ptr<void> last(nullptr, [&](void*) { destroyed = true; });
      weft::exit_goroutine();
    });
    wg.wait();
    EXPECT_TRUE(destroyed);
    EXPECT_EQ(weft::blocking([] { return std::string("result"); }), "result");
    static_assert(same<decltype(weft::blocking([] {})), void>);
    int target = 1;
    static_assert(same<decltype(weft::blocking([&]() -> int& { return target; })), int&>);
    EXPECT_THROW(weft::blocking([] { throw 5; }), int);
    EXPECT_EQ(*weft::blocking([] { return std::make_unique<int>(9); }), 9);
    static weft::goroutine_local<std::vector<int>> mine;
    mine->push_back(1);
    wg.go([] { EXPECT_TRUE((*mine).empty()); });
    wg.wait();
    EXPECT_EQ(mine.get().size(), 1U);
  });
}

TEST(Api, Channels) {
  weft::run([] {
    const auto c = weft::make_chan<int>(2);
    static_assert(same<decltype(c), const weft::chan<int>>);
    static_assert(same<decltype(c.recv()), std::optional<int>>);
    static_assert(same<decltype(c.try_recv()), std::optional<int>>);
    static_assert(same<decltype(c.try_send(1)), bool>);
    static_assert(same<decltype(c.send(1)), void>);
    static_assert(same<decltype(c.send(1, weft::background())), std::error_code>);
    static_assert(same<decltype(c.recv(weft::background())), std::optional<int>>);
    c.send(1);
    const int two = 2;
    EXPECT_TRUE(c.try_send(two));
    EXPECT_FALSE(c.try_send(3));
    EXPECT_EQ(c.size(), 2U);
    EXPECT_EQ(c.capacity(), 2U);
    const weft::chan<int> d = c;
    EXPECT_TRUE(c == d);
    EXPECT_TRUE(c != weft::make_chan<int>());
    EXPECT_TRUE(static_cast<bool>(c));
    EXPECT_EQ(c.recv(), 1);
    EXPECT_EQ(d.try_recv(), 2);
    EXPECT_EQ(c.try_recv(), std::nullopt);
    c.close();
    EXPECT_EQ(c.recv(), std::nullopt);
    EXPECT_EQ(c.try_recv(), std::nullopt);
    const weft::chan<int> nil;
    EXPECT_FALSE(nil);
    EXPECT_EQ(nil.size() + nil.capacity(), 0U);
    EXPECT_FALSE(nil.try_send(1));
    EXPECT_FALSE(nil.try_recv().has_value());
    EXPECT_EQ(weft::make_chan<std::string>().capacity(), 0U);
  });
}

TEST(Api, ChannelsOfNothing) {
  weft::run([] {
    const auto c = weft::make_chan<void>(1);
    static_assert(same<decltype(c.recv()), bool>);
    static_assert(same<decltype(c.try_recv()), bool>);
    static_assert(same<decltype(c.recv(weft::background())), bool>);
    static_assert(same<decltype(c.send(weft::background())), std::error_code>);
    c.send();
    EXPECT_FALSE(c.try_send());
    EXPECT_TRUE(c.recv());
    EXPECT_TRUE(c.try_send());
    EXPECT_TRUE(c.try_recv());
    EXPECT_FALSE(c.try_recv());
    c.close();
    EXPECT_FALSE(c.recv());
    const weft::receiver<void> r = c;
    const weft::sender<void> s = c;
    EXPECT_FALSE(r.recv());
    EXPECT_EQ(s.capacity(), 1U);
  });
}

TEST(Api, MoveOnlyElements) {
  weft::run([] {
    using owner = std::unique_ptr<int>;
    const auto c = weft::make_chan<owner>(2);
    c.send(std::make_unique<int>(1));
    owner second = std::make_unique<int>(2);
    EXPECT_TRUE(c.try_send(std::move(second)));
    owner third = std::make_unique<int>(3);
    EXPECT_FALSE(c.try_send(std::move(third)));
    EXPECT_NE(third, nullptr) << "a refused value stays with the caller";
    c.close();
    int sum = 0;
    for (owner v : c) sum += *v;
    EXPECT_EQ(sum, 3);
    const weft::receiver<owner> r = c;
    for (owner v : r) sum += *v;
    EXPECT_EQ(sum, 3);
    const auto d = weft::make_chan<owner>(1);
    EXPECT_EQ(weft::select(weft::on_send(d, std::move(third), [] {})), 0U);
    EXPECT_EQ(weft::select(weft::on_recv(d, [&](std::optional<owner> v) { sum += **v; })), 0U);
    EXPECT_EQ(sum, 6);
  });
}

template <class T>
concept receives = requires(const T& c) { c.recv(); };
template <class T>
concept sends = requires(const T& c) { c.send(1); };
template <class T>
concept closes = requires(const T& c) { c.close(); };
template <class T>
concept ranges_over = requires(T& c) { std::begin(c); };

static_assert(sends<weft::sender<int>> && !receives<weft::sender<int>>);
static_assert(!sends<weft::receiver<int>> && receives<weft::receiver<int>>);
static_assert(closes<weft::sender<int>> && !closes<weft::receiver<int>>);
static_assert(ranges_over<weft::receiver<int>> && ranges_over<weft::chan<int>>);
static_assert(!ranges_over<weft::sender<int>> && !ranges_over<weft::chan<void>>);
static_assert(std::convertible_to<weft::chan<int>, weft::sender<int>>);
static_assert(std::convertible_to<weft::chan<int>, weft::receiver<int>>);
static_assert(!std::convertible_to<weft::receiver<int>, weft::chan<int>>);
static_assert(!std::convertible_to<weft::sender<int>, weft::receiver<int>>);

void produces(weft::sender<int> to) {
  EXPECT_TRUE(to.try_send(1));
  to.send(2);
  EXPECT_EQ(to.size(), 2U);
  EXPECT_EQ(to.capacity(), 2U);
  to.close();
}
int consumes(weft::receiver<int> from) {
  EXPECT_EQ(from.size() + from.capacity(), 4U);
  int sum = from.try_recv().value() * 10;
  for (int v : from) sum += v;
  return sum;
}

TEST(Api, Directions) {
  weft::run([] {
    const auto c = weft::make_chan<int>(2);
    produces(c);
    EXPECT_EQ(consumes(c), 12);
    const weft::sender<int> s = c;
    const weft::receiver<int> r = c;
    EXPECT_TRUE(s == weft::sender<int>(c) && r == weft::receiver<int>(c));
    EXPECT_FALSE(weft::receiver<int>());
    EXPECT_EQ(weft::select(weft::on_recv(r), weft::otherwise([] {})), 0U);
  });
}

TEST(Api, Select) {
  weft::run([] {
    const auto a = weft::make_chan<std::string>(1);
    const auto b = weft::make_chan<int>(1);
    const auto v = weft::make_chan<void>(1);
    std::string got;
    static_assert(same<decltype(weft::select(weft::on_recv(a))), std::size_t>);
    a.send("x");
    std::size_t i = weft::select(
        weft::on_recv(a, [&](std::optional<std::string> s) { got = s.value(); }),
        weft::on_send(weft::chan<int>(), 1, [] {}), weft::on_recv(weft::after(1h), [](auto) {}));
    EXPECT_EQ(i, 0U);
    EXPECT_EQ(got, "x");
    bool sent = false;
    EXPECT_EQ(weft::select(weft::on_recv(a), weft::on_send(b, 5, [&] { sent = true; })), 1U);
    EXPECT_TRUE(sent);
    EXPECT_EQ(weft::select(weft::on_send(v, [&] { sent = false; })), 0U);
    EXPECT_FALSE(sent);
    EXPECT_EQ(weft::select(weft::otherwise(), weft::on_recv(a)), 0U);
    EXPECT_EQ(weft::select(weft::on_recv(a), weft::otherwise([&] { got = "none"; })), 1U);
    EXPECT_EQ(got, "none");
    EXPECT_EQ(weft::select(weft::on_recv(v, [](bool ok) { EXPECT_TRUE(ok); })), 0U);
    EXPECT_EQ(weft::select(weft::on_recv(b)), 0U);
    // The first ready one in the order given.
    b.send(1);
    a.send("y");
    EXPECT_EQ(weft::select_in_order(weft::on_recv(v), weft::on_recv(b), weft::on_recv(a)), 1U);
    EXPECT_EQ(weft::select_in_order(weft::on_recv(b), weft::otherwise([] {})), 1U);
    EXPECT_EQ(weft::select_in_order(weft::otherwise([] {}), weft::on_recv(a)), 1U);
    a.close();
    EXPECT_THROW(weft::select(weft::on_send(a, "z"), weft::otherwise([] {})), weft::panic);
    EXPECT_THROW(weft::select(weft::on_recv(a, [](auto) { throw 5; })), int);
    const weft::sender<int> to = b;
    EXPECT_EQ(weft::select(weft::on_send(to, 1)), 0U);
    const weft::receiver<int> from = b;
    EXPECT_EQ(weft::select(weft::on_recv(from, [](std::optional<int>) {})), 0U);
  });
}

TEST(Api, SelectSets) {
  weft::run([] {
    const auto a = weft::make_chan<int>(1);
    const auto v = weft::make_chan<void>(1);
    int seen = 0;
    weft::select_set set;
    EXPECT_EQ(set.add_recv(a, [&](std::optional<int> n) { seen = *n; }), 0U);
    EXPECT_EQ(set.add_send(v, [&] { seen = -1; }), 1U);
    EXPECT_EQ(set.wait(), 1U);
    EXPECT_EQ(seen, -1);
    EXPECT_EQ(set.add_default([&] { seen = -2; }), 2U);
    EXPECT_EQ(set.size(), 3U);
    EXPECT_EQ(set.wait(), 2U);
    EXPECT_EQ(seen, -2);
    a.send(4);
    EXPECT_EQ(set.wait(), 0U);
    EXPECT_EQ(seen, 4);
    weft::select_set other;
    EXPECT_EQ(other.add_send(a, 8, [&] { seen = 8; }), 0U);
    EXPECT_EQ(other.wait(), 0U);
    EXPECT_EQ(a.recv(), 8);
  });
}

TEST(Api, Time) {
  weft::run([] {
    static_assert(same<weft::clock, std::chrono::steady_clock>);
    static_assert(same<weft::time_point, std::chrono::steady_clock::time_point>);
    static_assert(same<decltype(weft::after(1s)), weft::receiver<weft::time_point>>);
    weft::sleep_for(1us);
    weft::sleep_until(weft::clock::now() + 1us);
    weft::sleep_until(std::chrono::system_clock::now());
    const weft::time_point fired = weft::after(1ms).recv().value();
    EXPECT_LE(fired, weft::clock::now());
    weft::timer t(1h);
    static_assert(same<std::remove_cvref_t<decltype(t.c())>, weft::receiver<weft::time_point>>);
    EXPECT_TRUE(t.reset(2h));
    EXPECT_TRUE(t.stop());
    EXPECT_FALSE(t.stop());
    EXPECT_FALSE(t.reset(0s));
    EXPECT_TRUE(t.c().recv().has_value());
    weft::timer moved = std::move(t);
    EXPECT_FALSE(moved.stop());
    weft::ticker k(1ms);
    EXPECT_TRUE(k.c().recv().has_value());
    static_assert(same<decltype(k.reset(1s)), void>);
    k.reset(2ms);
    k.stop();
    weft::ticker zero;
    zero.stop();
    weft::timer none;
    EXPECT_THROW(none.stop(), weft::panic);
    EXPECT_THROW(none.reset(1s), weft::panic);
    EXPECT_THROW(zero.reset(1s), weft::panic);
    EXPECT_THROW(weft::ticker(0s), weft::panic);
    const auto c = weft::make_chan<int>();
    weft::timer f = weft::after_func(1ms, [=] { c.send(1); });
    EXPECT_FALSE(f.c());
    EXPECT_EQ(c.recv(), 1);
    EXPECT_FALSE(f.stop());
    weft::after_func(0s, [=, p = std::make_unique<int>(2)] { c.send(*p); });
    EXPECT_EQ(c.recv(), 2);
  });
}

}  // namespace
