// SPDX-License-Identifier: Apache-2.0
// Containers: sync_map, pool, sharded_map, singleflight, lockfree. E16, E17.
#include "race/corpus.h"

#include <atomic>
#include <memory>
#include <optional>
#include <string>

using race_corpus::times;
using race_corpus::together;
using race_corpus::window;

// E16: what writes comes before what reads what it wrote.

CLEAN(store_to_load) {  // Q084
  int x = 0;
  weft::sync_map<std::string, int*> m;
  together(
      [&] {
        x = 1;
        m.store("a key that needs an allocation of its own", &x);
      },
      [&] {
        std::optional<int*> p;
        while (!(p = m.load("a key that needs an allocation of its own"))) weft::yield();
        **p = 2;
      });
}

RACY(a_write_after_the_store_in_a_map) {
  int x = 0;
  weft::sync_map<int, int> m;
  together(
      [&] {
        m.store(1, 1);
        x = 1;  // race
      },
      [&] {
        while (!m.load(1)) weft::yield();
        x = 2;  // race
      });
}

RACY(the_load_of_another_key) {  // Q084
  int x = 0;
  weft::sync_map<int, int> m;
  m.store(2, 2);
  std::atomic<bool> stored = false;
  together(
      [&] {
        x = 1;  // race
        m.store(1, 1);
        stored.store(true, std::memory_order_relaxed);
      },
      [&] {
        while (!stored.load(std::memory_order_relaxed)) weft::yield();
        static_cast<void>(m.load(2));
        x = 2;  // race
      });
}

RACY(two_stores_of_one_key) {
  int x = 0;
  weft::sync_map<int, int> m;
  auto work = [&] {
    m.store(1, 1);
    x = 1;  // race
  };
  together(work, work);
}

CLEAN(who_stored_and_who_loaded) {
  weft::sync_map<int, std::shared_ptr<std::string>> m;
  auto work = [&] {
    auto [s, loaded] = m.load_or_store(1, std::make_shared<std::string>("one"));
    static_cast<void>(s->size());
  };
  together(work, work, work);
}

CLEAN(compare_and_swap_of_a_map) {
  int x = 0;
  weft::sync_map<int, int> m;
  m.store(1, 0);
  together(
      [&] {
        x = 1;
        m.compare_and_swap(1, 0, 1);
      },
      [&] {
        while (!m.compare_and_swap(1, 1, 2)) weft::yield();
        x = 2;
      });
}

CLEAN(load_and_delete_takes_over) {
  weft::sync_map<int, int*> m;
  auto taker = [&] {
    std::optional<int*> p;
    while (!(p = m.load_and_delete(1))) weft::yield();
    const std::unique_ptr<int> mine(*p);
    ++*mine;
  };
  together([&] { m.store(1, new int(1)); }, taker);
}

CLEAN(a_map_of_strings_by_many) {
  weft::sync_map<std::string, std::string> m;
  auto work = [&] {
    for (int i = 0; i < times(20, 1); ++i) {
      const std::string key = "a key that needs an allocation: " + std::to_string(i % 4);
      m.store(key, std::string(40, 'x'));
      static_cast<void>(m.load(key));
      if (i % 5 == 0) m.erase(key);
    }
    m.range([](const std::string& k, const std::string& v) { return k.size() <= v.size() + 40; });
  };
  together(work, work, work);
}

// E17: a put comes before the get that gives the object.

CLEAN(put_to_get) {  // Q057
  weft::pool<std::unique_ptr<int>> p([] { return std::make_unique<int>(0); });
  auto work = [&] {
    for (int i = 0; i < times(20); ++i) {
      auto mine = p.get();
      ++*mine;
      window();
      p.put(std::move(mine));
    }
  };
  together(work, work, work);
}

RACY(a_use_after_put) {  // Q057
  static int shared;
  weft::pool<int*> p([] { return &shared; });
  p.put(&shared);
  auto work = [&] {
    int* mine = p.get();
    p.put(mine);
    *mine = 1;  // race
  };
  together(work, work);
}

CLEAN(strings_in_a_pool) {
  weft::pool<std::string> p([] { return std::string(40, 'x'); });
  auto work = [&] {
    for (int i = 0; i < times(20); ++i) {
      std::string mine = p.get();
      mine += "!";
      p.put(std::move(mine));
    }
  };
  together(work, work);
}

// sharded_map: each key has a lock. E9.

CLEAN(updates_of_one_key) {
  weft::sharded_map<std::string, int> m;
  auto work = [&] {
    for (int i = 0; i < times(20); ++i) m.update("key", [](int& n) { ++n; });
  };
  together(work, work, work);
}

CLEAN(set_to_get) {
  int x = 0;
  weft::sharded_map<int, int> m;
  together(
      [&] {
        x = 1;
        m.set(1, 1);
      },
      [&] {
        while (!m.get(1)) weft::yield();
        x = 2;
      });
}

RACY(a_write_after_the_set) {
  int x = 0;
  weft::sharded_map<int, int> m;
  together(
      [&] {
        m.set(1, 1);
        x = 1;  // race
      },
      [&] {
        while (!m.get(1)) weft::yield();
        x = 2;  // race
      });
}

CLEAN(a_sharded_map_of_strings) {
  weft::sharded_map<std::string, std::string> m;
  auto work = [&] {
    for (int i = 0; i < times(30, 1); ++i) {
      m.set(std::to_string(i % 7), std::string(40, 'x'));
      static_cast<void>(m.get(std::to_string(i % 5)));
      m.erase(std::to_string(i % 3));
    }
    m.for_each([](const std::string&, std::string& v) { v += "!"; });
  };
  together(work, work);
}

// lockfree: a push comes before the pop of its element.

CLEAN(push_to_pop_of_a_stack) {
  weft::lockfree::stack<std::unique_ptr<int>> s;
  auto work = [&] {
    for (int i = 0; i < times(30, 1); ++i) {
      s.push(std::make_unique<int>(i));
      if (auto p = s.pop()) ++**p;
    }
  };
  together(work, work, work);
}

CLEAN(push_to_pop_of_a_queue) {
  weft::lockfree::queue<std::string> q;
  together(
      [&] {
        for (int i = 0; i < times(30); ++i)
          q.push("an element that needs an allocation of its own");
      },
      [&] {
        for (int i = 0; i < times(30);) {
          if (auto s = q.pop()) {
            *s += "!";
            ++i;
          } else {
            weft::yield();
          }
        }
      });
}

RACY(a_write_after_the_push) {
  int x = 0;
  weft::lockfree::queue<int> q;
  together(
      [&] {
        q.push(1);
        x = 1;  // race
      },
      [&] {
        while (!q.pop()) weft::yield();
        x = 2;  // race
      });
}

RACY(two_pushes) {
  int x = 0;
  weft::lockfree::stack<int> s;
  auto work = [&] {
    s.push(1);
    x = 1;  // race
  };
  together(work, work);
}

RACY(empty_makes_no_edge) {
  int x = 0;
  weft::lockfree::queue<int> q;
  together(
      [&] {
        x = 1;  // race
        q.push(1);
      },
      [&] {
        while (q.empty()) weft::yield();
        x = 2;  // race
      });
}

// singleflight: the end of the function comes before the return of all who share it. E18.

CLEAN(one_flight_for_all) {
  int x = 0;
  weft::singleflight<int, int> flights;
  std::atomic<bool> flown = false;
  auto work = [&] {
    if (flown.load(std::memory_order_relaxed)) return;
    flights.call(1, [&] {
      window();
      x = x + 1;
      flown.store(true, std::memory_order_relaxed);
      return 1;
    });
  };
  together(work, work, work);
}

RACY(callers_that_share_a_flight) {
  int x = 0;
  weft::singleflight<int, int> flights;
  auto work = [&] {
    flights.call(1, [] { return 1; });
    x = 1;  // race
  };
  together(work, work);
}
