// SPDX-License-Identifier: Apache-2.0
// split_table_model.cc: the table of sync_map: what is put is found by everybody who looks after
// that, with all that is in it, until one of those who delete it has; what is unlinked is looked at
// by nobody once it is gone; and buckets are linked in while others search. Two buckets to begin
// with, and what is deleted is reclaimed at once.
// covers: SM-2/SM-4 SM-2/SM-5 SM-2/SM-6 SM-2/SM-7 SM-2/SM-9 SM-2/SM-20 SM-3/SM-4 SM-3/SM-5
// covers: SM-3/SM-6 SM-3/SM-7 SM-3/SM-9 SM-3/SM-20 SM-8/SM-15 SM-13/SM-14
// spared: SM-2 acquire: what it finds, SM-1 or SM-3 has found before
// spared: SM-5 acquire: SM-3 has found that
// spared: SM-6 acquire: SM-3 has found that
// spared: SM-6 release: what the word points to has been published by the write before
// spared: SM-7 acquire: SM-2 has found that
// spared: SM-9 acquire: SM-3 has found that
// spared: SM-9 release: as SM-6
// explores: SM-1/SM-4 SM-1/SM-5 SM-1/SM-6 SM-1/SM-7 SM-1/SM-9 SM-1/SM-20: SM-2 looks again
// explores: SM-11/SM-12: SM-13/SM-14 order that, too

#include <weft/detail/lib/split_table.h>

#include "model/model.h"
#include "model/warm_threads.h"

#include <cstdint>
#include <utility>

namespace {

using weft::detail::retired_node;
using weft::detail::retired_nodes;
using weft::detail::split_table;
using weft_model::expect;
using weft_model::expect_holds;
using weft_model::preemptions;
using weft_model::settle;
using weft_model::warm_threads;

using cursor = split_table::cursor;

struct entry : split_table::node {
  entry(std::uint64_t o, int v) : value(v) { order.store(o, weft::detail::relaxed); }
  int value;
};

constexpr retired_nodes::traits k_traits = {
    .destroy = [](retired_node* n) noexcept { delete static_cast<entry*>(n); },
    .address = [](const retired_node* n) noexcept -> const void* {
      return static_cast<const split_table::link*>(static_cast<const entry*>(n));
    },
    .light = true,
    .prompt = false};

constexpr int k_nothing = 0;

// As sync_map does it, with keys that are places.
class map {
 public:
  int find(std::uint64_t key) {
    cursor at(table_);
    const entry* e = find(at, key);
    return e == nullptr ? k_nothing : e->value;
  }
  bool insert(std::uint64_t key, int value) {
    auto* made = new entry(key, value);
    cursor at(table_);
    while (find(at, key) == nullptr)
      if (at.insert(*made)) return true;
    delete made;
    return false;
  }
  void store(std::uint64_t key, int value) {
    auto* made = new entry(key, value);
    cursor at(table_);
    for (;;) {
      bool is_there = find(at, key) != nullptr;
      if (is_there ? at.replace(*made) : at.insert(*made)) return;
    }
  }
  bool erase(std::uint64_t key) {
    cursor at(table_);
    while (find(at, key) != nullptr)
      if (at.erase()) return true;
    return false;
  }
  void clear() { table_.clear(); }

 private:
  static entry* find(cursor& at, std::uint64_t key) {
    for (;;) {
      if (!at.start(key)) continue;
      return at.order() == key ? static_cast<entry*>(&at.current()) : nullptr;
    }
  }
  split_table table_{k_traits};
};

// As order_of() gives them; the first bits tell the bucket.
constexpr std::uint64_t place(std::uint64_t n) { return n << 60 | 3; }
// Of those that do not count, no matter how many there are the table does not grow.
constexpr std::uint64_t k_uncounted = 8;
constexpr std::uint64_t k_a = place(1) | k_uncounted;
constexpr std::uint64_t k_b = place(2) | k_uncounted;

// Two or three do something to a table with a few entries; `after` is done when they have.
template <class Before, class After, class... F>
auto contest(Before before, After after, F... fs) {
  warm_threads();
  return [=] {
    map m;
    before(m);
    (weft::go([&m, fs] { fs(m); }), ...);
    settle();
    after(m);
  };
}
constexpr auto k_empty = [](map&) {};
constexpr auto k_with_a = [](map& m) { m.insert(k_a, 1); };

TEST(SplitTableModel, InsertAndFind) {
  expect_holds(contest(
      k_empty, [](map& m) { expect(m.find(k_a) == 1); }, [](map& m) { m.insert(k_a, 1); },
      [](map& m) {
        int found = m.find(k_a);
        expect(found == k_nothing || found == 1);
      }));
}

TEST(SplitTableModel, TwoInsertTheSame) {
  warm_threads();
  expect_holds([] {
    map m;
    bool won[2] = {};
    for (int i : {0, 1}) weft::go([&, i] { won[i] = m.insert(k_a, i + 1); });
    settle();
    expect(won[0] != won[1], "none, or two of them");
    expect(m.find(k_a) == (won[0] ? 1 : 2));
  });
}

TEST(SplitTableModel, TwoInsertNeighbours) {
  expect_holds(contest(
      k_empty, [](map& m) { expect(m.find(k_a) == 1 && m.find(k_b) == 2, "one is lost"); },
      [](map& m) { m.insert(k_a, 1); }, [](map& m) { m.insert(k_b, 2); }));
}

TEST(SplitTableModel, EraseAndFind) {
  expect_holds(contest(
      k_with_a, [](map& m) { expect(m.find(k_a) == k_nothing); },
      [](map& m) { expect(m.erase(k_a)); },
      [](map& m) {
        int found = m.find(k_a);
        expect(found == k_nothing || found == 1);
      }));
}

TEST(SplitTableModel, TwoErase) {
  warm_threads();
  expect_holds([] {
    map m;
    m.insert(k_a, 1);
    bool won[2] = {};
    for (bool& w : won) weft::go([&] { w = m.erase(k_a); });
    settle();
    expect(won[0] != won[1], "none, or two of them");
    expect(m.find(k_a) == k_nothing);
  });
}

TEST(SplitTableModel, EraseAndInsertBehind) {
  expect_holds(contest(
      k_with_a, [](map& m) { expect(m.find(k_a) == k_nothing && m.find(k_b) == 2, "one is lost"); },
      [](map& m) { expect(m.erase(k_a)); }, [](map& m) { m.insert(k_b, 2); }));
}

// At any time there is one.
TEST(SplitTableModel, ReplaceAndFind) {
  expect_holds(contest(
      k_with_a, [](map& m) { expect(m.find(k_a) == 2); }, [](map& m) { m.store(k_a, 2); },
      [](map& m) {
        int found = m.find(k_a);
        expect(found == 1 || found == 2);
      }));
}

TEST(SplitTableModel, ClearAndInsert) {
  expect_holds(contest(
                   k_with_a,
                   [](map& m) {
                     int found = m.find(k_b);
                     expect(m.find(k_a) == k_nothing);
                     expect(found == k_nothing || found == 2);
                   },
                   [](map& m) { m.clear(); }, [](map& m) { m.insert(k_b, 2); }),
               {.preemptions = preemptions(2)});
}

// What one has put, another one has helped to link, and a third one finds.
TEST(SplitTableModel, ReplaceEraseAndFind) {
  expect_holds(
      contest(
          k_with_a, [](map&) {}, [](map& m) { m.store(k_a, 2); }, [](map& m) { m.find(k_b); },
          [](map& m) {
            int found = m.find(k_a);
            expect(found == 1 || found == 2);
          }),
      {.fine = {.stale = 1}, .preemptions = preemptions(2)});
}

// The first entry that counts makes the table grow, and who looks afterwards a bucket.
TEST(SplitTableModel, GrowAndFind) {
  constexpr std::uint64_t k_far = place(6) | k_uncounted;
  expect_holds(contest([](map& m) { m.insert(k_far, 6); },
                       [](map& m) { expect(m.find(place(1)) == 1 && m.find(k_far) == 6); },
                       [](map& m) { m.insert(place(1), 1); },
                       [](map& m) { expect(m.find(k_far) == 6, "not found"); }));
}

TEST(SplitTableModel, TwoMakeABucket) {
  constexpr std::uint64_t k_far = place(8) | k_uncounted;
  constexpr std::uint64_t k_farther = place(9) | k_uncounted;
  expect_holds(contest(
      k_empty, [](map& m) { expect(m.find(k_far) == 8 && m.find(k_farther) == 9); },
      [](map& m) { m.insert(k_far, 8); }, [](map& m) { m.insert(k_farther, 9); }));
}

}  // namespace
