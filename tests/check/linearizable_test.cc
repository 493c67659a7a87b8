// SPDX-License-Identifier: Apache-2.0
// linearizable_test.cc: our containers against sequential ones, and objects that are not right.

#include <weft/atomic.h>
#include <weft/chan.h>
#include <weft/check.h>
#include <weft/check/linearizable.h>
#include <weft/go.h>
#include <weft/lockfree/queue.h>
#include <weft/lockfree/stack.h>
#include <weft/mutex.h>
#include <weft/panic.h>
#include <weft/sharded_map.h>
#include <weft/sync_map.h>
#include <weft/wait_group.h>

#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <optional>
#include <vector>

namespace {

namespace check = weft::check;

enum class kind : unsigned char { put, take };

struct queue_operation {
  kind what;
  int value = 0;
};

// put gives nothing, take what it found.
struct queue_spec {
  using operation = queue_operation;
  using result = std::optional<int>;
  std::deque<int> items;
  result apply(const operation& o) {
    if (o.what == kind::put) {
      items.push_back(o.value);
      return std::nullopt;
    }
    if (items.empty()) return std::nullopt;
    int first = items.front();
    items.pop_front();
    return first;
  }
  bool operator==(const queue_spec&) const = default;
};

struct stack_spec {
  using operation = queue_operation;
  using result = std::optional<int>;
  std::vector<int> items;
  result apply(const operation& o) {
    if (o.what == kind::put) {
      items.push_back(o.value);
      return std::nullopt;
    }
    if (items.empty()) return std::nullopt;
    int last = items.back();
    items.pop_back();
    return last;
  }
  bool operator==(const stack_spec&) const = default;
};

struct map_operation {
  enum { set, get, erase } what;
  int key;
  int value = 0;
};

struct map_spec {
  using operation = map_operation;
  using result = std::optional<int>;
  std::map<int, int> items;
  result apply(const operation& o) {
    auto found = items.find(o.key);
    switch (o.what) {
      case map_operation::set:
        items[o.key] = o.value;
        return std::nullopt;
      case map_operation::get:
        return found == items.end() ? std::nullopt : result(found->second);
      default:
        if (found != items.end()) items.erase(found);
        return std::nullopt;
    }
  }
  bool operator==(const map_spec&) const = default;
};

using queue_history = check::history<queue_spec>;
using op = check::operation<queue_spec>;
constexpr auto k_none = std::optional<int>();

TEST(Linearizable, HistoriesByHand) {
  queue_spec empty;
  EXPECT_TRUE(check::linearizable(empty, std::vector<op>{}));
  // One after the other.
  EXPECT_TRUE(check::linearizable(
      empty, std::vector<op>{{{kind::put, 1}, k_none, 0, 1}, {{kind::take}, 1, 2, 3}}));
  EXPECT_FALSE(check::linearizable(
      empty, std::vector<op>{{{kind::put, 1}, k_none, 0, 1}, {{kind::take}, k_none, 2, 3}}));
  // At once: either.
  for (std::optional<int> found : {k_none, std::optional<int>(1)}) {
    std::vector<op> both{{{kind::put, 1}, k_none, 0, 3}, {{kind::take}, {}, 1, 2}};
    both[1].result = found;
    EXPECT_TRUE(check::linearizable(empty, both));
  }
  // First in, first out.
  std::vector<op> two{{{kind::put, 1}, k_none, 0, 1},
                      {{kind::put, 2}, k_none, 2, 3},
                      {{kind::take}, 2, 4, 5},
                      {{kind::take}, 1, 6, 7}};
  for (op& o : two)
    if (o.what.what == kind::put) o.result.emplace(k_none);
  EXPECT_FALSE(check::linearizable(empty, two));
  two[1].begin = 0;  // now the two puts overlap
  EXPECT_TRUE(check::linearizable(empty, two));
  // What has not returned may have happened, or not.
  std::vector<op> pending{{{kind::put, 1}, std::nullopt, 0, ~std::size_t{0}},
                          {{kind::take}, {}, 1, 2}};
  pending[1].result.emplace(1);
  EXPECT_TRUE(check::linearizable(empty, pending));
  pending[1].result.emplace(k_none);
  EXPECT_TRUE(check::linearizable(empty, pending));
  EXPECT_THROW(static_cast<void>(check::linearizable(empty, std::vector<op>(65))), weft::panic);
}

// Two put two each, one takes two.
template <class Spec, class Object, class Put, class Take>
check::report two_put_one_takes(Put put, Take take, check::strategy_kind how = check::exhaustive) {
  return check::explore(
      [&] {
        Object object;
        check::history<Spec> all;
        weft::wait_group done;
        for (int g = 0; g < 2; ++g) {
          done.go([&, g] {
            all({kind::put, g}, [&] {
              put(object, g);
              return std::optional<int>();
            });
          });
        }
        done.go([&] {
          for (int i = 0; i < 2; ++i) all({kind::take}, [&] { return take(object); });
        });
        done.wait();
        all.expect_linearizable();
      },
      {.strategy = how});
}

TEST(Linearizable, OurQueueAndStack) {
  check::report r = two_put_one_takes<queue_spec, weft::lockfree::queue<int>>(
      [](auto& q, int v) { q.push(v); }, [](auto& q) { return q.pop(); });
  EXPECT_TRUE(r.ok()) << r;
  EXPECT_TRUE(r.complete);
  EXPECT_GT(r.executions, 20U);
  r = two_put_one_takes<stack_spec, weft::lockfree::stack<int>>([](auto& s, int v) { s.push(v); },
                                                                [](auto& s) { return s.pop(); });
  EXPECT_TRUE(r.ok()) << r;
  EXPECT_TRUE(r.complete);
  // A stack is no queue.
  r = two_put_one_takes<queue_spec, weft::lockfree::stack<int>>([](auto& s, int v) { s.push(v); },
                                                                [](auto& s) { return s.pop(); });
  ASSERT_EQ(r.failures.size(), 1U) << r;
  EXPECT_EQ(r.failures[0].what, "failed: the history is not linearizable");
}

struct channel_of_four {
  weft::chan<int> c = weft::make_chan<int>(4);
};

TEST(Linearizable, AChannelIsAQueue) {
  check::report r = two_put_one_takes<queue_spec, channel_of_four>(
      [](auto& q, int v) { q.c.send(v); }, [](auto& q) { return q.c.try_recv(); });
  EXPECT_TRUE(r.ok()) << r;
  EXPECT_TRUE(r.complete);
}

template <class Map>
check::report map_of_two() {
  return check::explore(
      [] {
        Map map;
        check::history<map_spec> all;
        auto set = [&](int k, int v) {
          all({map_operation::set, k, v}, [&] {
            if constexpr (requires { map.store(k, v); }) {
              map.store(k, v);
            } else {
              map.set(k, v);
            }
            return std::optional<int>();
          });
        };
        auto get = [&](int k) {
          all({map_operation::get, k}, [&]() -> std::optional<int> {
            if constexpr (requires { map.load(k); }) {
              return map.load(k);
            } else {
              return map.get(k);
            }
          });
        };
        weft::wait_group done;
        done.go([&] {
          set(1, 10);
          set(2, 20);
        });
        done.go([&] {
          get(2);
          get(1);
        });
        done.go([&] {
          all({map_operation::erase, 1}, [&] {
            map.erase(1);
            return std::optional<int>();
          });
        });
        done.wait();
        all.expect_linearizable();
      },
      {.strategy = check::exhaustive});
}

TEST(Linearizable, OurMaps) {
  check::report r = map_of_two<weft::sync_map<int, int>>();
  EXPECT_TRUE(r.ok()) << r;
  EXPECT_TRUE(r.complete) << r.summary();
  r = map_of_two<weft::sharded_map<int, int>>();
  EXPECT_TRUE(r.ok()) << r;
  EXPECT_TRUE(r.complete) << r.summary();
}

// A user's queue that looks right: size and items are each guarded, but not together.
class careless_queue {
 public:
  void push(int v) {
    m_.lock();
    items_.push_back(v);
    m_.unlock();
    ++size_;
  }
  std::optional<int> pop() {
    if (size_ == 0) return std::nullopt;
    --size_;
    m_.lock();
    std::optional<int> v;
    if (!items_.empty()) {
      v = items_.back();
      items_.pop_back();
    }
    m_.unlock();
    return v;
  }

 private:
  weft::mutex m_;  // guards items_
  std::deque<int> items_;
  weft::atomic<int> size_{0};
};

TEST(Linearizable, AUsersQueueThatIsNone) {
  for (check::strategy_kind how : {check::exhaustive, check::portfolio}) {
    check::report r = two_put_one_takes<queue_spec, careless_queue>(
        [](auto& q, int v) { q.push(v); }, [](auto& q) { return q.pop(); }, how);
    ASSERT_EQ(r.failures.size(), 1U) << r;
    EXPECT_EQ(r.failures[0].what, "failed: the history is not linearizable");
  }
}

}  // namespace
