// SPDX-License-Identifier: Apache-2.0
// explorer_algorithms_test.cc: how many behaviours known locks, queues and a stack have, exactly.
//
// The figures are GenMC's, as in explorer_programs_test.cc.

#include "programs.h"

namespace {

using namespace programs;

// M. Herlihy, J. Wing, "Linearizability", 1990.
struct herlihy_wing_queue {
  word cells[8]{};
  word back{0};

  bool put(int v) {
    int at = back.fetch_add(1);
    cells[at] = v;
    return true;
  }
  bool take() {
    int end = back;
    for (int at = 0; at < end; ++at)
      if (cells[at].exchange(0) != 0) return true;
    return false;
  }
};

TEST(ExplorerAlgorithms, TheQueueOfHerlihyAndWing) {
  using queue = herlihy_wing_queue;
  expect_count(
      [] {
        return run<queue>([](queue& q) { return q.put(1) && q.take(); },
                          [](queue& q) { return q.put(2) && q.put(3); },
                          [](queue& q) { return q.take() && q.put(4); },
                          [](queue& q) { return q.take() && q.take(); });
      },
      5155);
}

// Locks of words only. One that finds that it has to wait gives up.
struct two_flags {
  word flag[2]{};
  word turn{0};
  word x{0};

  // The critical section.
  void inside(int me) {
    x = me;
    check::expect(x == me, "nobody else is inside");
  }
};

TEST(ExplorerAlgorithms, PetersonsLock) {
  auto enter = [](int me) {
    return [=](two_flags& s) {
      s.flag[me] = 1;
      s.turn = 1 - me;
      if (s.flag[1 - me] == 1 && s.turn == 1 - me) return false;
      s.inside(me);
      s.flag[me] = 0;
      return true;
    };
  };
  expect_count([&] { return run<two_flags>(enter(0), enter(1)); }, 4);
}

TEST(ExplorerAlgorithms, DekkersFlags) {
  auto enter = [](int me) {
    return [=](two_flags& s) {
      s.flag[me] = 1;
      if (s.flag[1 - me] == 0) s.inside(me);
      return true;
    };
  };
  expect_count([&] { return run<two_flags>(enter(0), enter(1)); }, 3);
}

TEST(ExplorerAlgorithms, SzymanskisLock) {
  auto enter = [](int me) {
    return [=](two_flags& s) {
      word& mine = s.flag[me];
      word& other = s.flag[1 - me];
      mine = 1;
      if (other >= 3) return false;
      mine = 3;
      if (other == 1) {
        mine = 2;
        if (other != 4) return false;
      }
      mine = 4;
      if (other >= 2) return false;
      s.inside(me);
      if (other >= 2 && other <= 3) return false;
      mine = 0;
      return true;
    };
  };
  expect_count([&] { return run<two_flags>(enter(0), enter(1)); }, 6);
}

// L. Lamport, "A fast mutual exclusion algorithm", 1987.
TEST(ExplorerAlgorithms, LamportsFastLock) {
  struct lock {
    word b[3]{};
    word x{0};
    word y{0};

    bool enter(int me) {
      for (;;) {
        b[me] = 1;
        x = me;
        if (y != 0) {
          b[me] = 0;
          if (y != 0) return false;
          continue;
        }
        y = me;
        if (x == me) return true;
        b[me] = 0;
        if (b[1] != 0 || b[2] != 0) return false;
        if (y == me) return true;
        if (y != 0) return false;
      }
    }
  };
  auto once = [](int me) {
    return [=](lock& l) {
      if (!l.enter(me)) return false;
      l.y = 0;
      l.b[me] = 0;
      return true;
    };
  };
  expect_count([&] { return run<lock>(once(1), once(2)); }, 16);
}

// A pointer is the number of a node and how often it was changed.
using pointer = std::uint64_t;
constexpr pointer make_pointer(pointer node, pointer count) {
  return node << 32 | (count & 0xffffffff);
}
constexpr std::size_t node_of(pointer p) { return static_cast<std::size_t>(p >> 32); }

// R. Treiber's stack, two that push and one that pops. A pop that was overtaken has seen nothing
// new: it gives up.
TEST(ExplorerAlgorithms, TreibersStack) {
  struct stack {
    weft::atomic<pointer> top{0};
    weft::atomic<pointer> next[3]{};
    word told[3]{};

    bool push(std::size_t node) {
      told[node] = 42;
      for (;;) {
        pointer old = top;
        next[node] = old;
        if (top.compare_exchange(old, make_pointer(node, old + 1))) return true;
      }
    }
    bool pop() {
      pointer old = top;
      if (node_of(old) == 0) return true;
      pointer below = next[node_of(old)];
      if (!top.compare_exchange(old, make_pointer(node_of(below), old + 1))) return false;
      read(told[node_of(old)]);
      return true;
    }
  };
  expect_count(
      [] {
        return run<stack>([](stack& s) { return s.push(1); }, [](stack& s) { return s.push(2); },
                          [](stack& s) { return s.pop(); });
      },
      18);
}

// M. Michael, M. Scott, PODC 1996; two that put and take. A take that was overtaken gives up.
struct michael_scott_queue {
  michael_scott_queue() { next[1] = 0; }

  weft::atomic<pointer> head{make_pointer(1, 0)};
  weft::atomic<pointer> tail{make_pointer(1, 0)};
  weft::atomic<pointer> next[4]{};

  void put(std::size_t node) {
    pointer mine = next[node];
    next[node] = make_pointer(0, mine);
    for (;;) {
      pointer last = tail;
      pointer after = next[node_of(last)];
      if (last != tail) continue;
      if (node_of(after) == 0 &&
          next[node_of(last)].compare_exchange(after, make_pointer(node, after + 1))) {
        tail.compare_exchange(last, make_pointer(node, last + 1));
        return;
      }
      pointer behind = next[node_of(last)];
      tail.compare_exchange(last, make_pointer(node_of(behind), last + 1));
    }
  }
  bool take() {
    for (;;) {
      pointer first = head;
      pointer last = tail;
      pointer after = next[node_of(first)];
      if (head != first) return false;
      if (node_of(first) != node_of(last))
        return head.compare_exchange(first, make_pointer(node_of(after), first + 1));
      if (node_of(after) == 0) return true;  // empty
      tail.compare_exchange(last, make_pointer(node_of(after), last + 1));
    }
  }
};

TEST(ExplorerAlgorithms, TheQueueOfMichaelAndScott) {
  auto both = [](std::size_t node) {
    return [=](michael_scott_queue& q) {
      q.put(node);
      return q.take();
    };
  };
  expect_count([&] { return run<michael_scott_queue>(both(2), both(3)); }, 50);
}

}  // namespace
