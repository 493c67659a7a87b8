// SPDX-License-Identifier: Apache-2.0
// Lesson 22, checked: a lock-free stack
//
// ABA, found and not arranged. The stack is 0 on 1 on 2, each node with its next in an array. A
// pops once; B pops twice and puts the first one back. The checker interrupts A between its look at
// the top and its exchange, and lets B do all it has to do: #1, the top, goes 0, 1, 2, and is 0
// again. A's exchange succeeds, and makes 1 the top, which B has. With a tag it would have failed,
// and the checker finds nothing in any schedule.
//
// Then the textbook's stack, whose nodes are deleted. Two goroutines pop, and the use after free is
// reported as a race: the one reads n->next, the other deletes n, and nothing orders the two.
//
// weft's stack and the vector under a mutex do the same, and pass. An operation of weft's own
// structures is one step to the checker: what is proved is the use of the stack.
#include <weft/check.h>
#include <weft/weft.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <optional>

namespace check = weft::check;

// [program]
template <bool Tagged>
class index_stack {
 public:
  using word = std::uint64_t;  // tag, index
  void push(std::uint32_t node) {
    word top = top_;
    do next_[node] = index(top);
    while (!top_.compare_exchange(top, changed(top, node)));
  }
  std::uint32_t pop() {  // of a stack that is not empty
    word top = top_;
    while (!top_.compare_exchange(top, changed(top, next_[index(top)]))) continue;
    return index(top);
  }
  std::uint32_t top() const { return index(top_); }

 private:
  static std::uint32_t index(word w) { return static_cast<std::uint32_t>(w); }
  static word changed(word w, word node) { return (Tagged ? (w >> 32) + 1 : 0) << 32 | node; }
  std::array<weft::atomic<std::uint32_t>, 3> next_{1, 2, 3};
  weft::atomic<word> top_ = 0;
};

template <bool Tagged>
void aba() {
  index_stack<Tagged> stack;
  std::uint32_t first = 0, second = 0;
  weft::wait_group both;
  both.go([&] { stack.pop(); });  // A
  both.go([&] {                   // B
    first = stack.pop();
    second = stack.pop();
    stack.push(first);
  });
  both.wait();
  check::expect(stack.top() != second, "the top is not what B has");
}

class textbook_stack {
 public:
  ~textbook_stack() {
    while (pop()) continue;
  }
  void push(int value) {
    node* n = new node{value, top_};
    while (!top_.compare_exchange(n->next, n)) continue;
  }
  std::optional<int> pop() {
    node* n = top_;
    while (n != nullptr && !top_.compare_exchange(n, n->next)) continue;
    if (n == nullptr) return std::nullopt;
    const int value = n->value;
    delete n;
    return value;
  }

 private:
  struct node {
    int value;
    node* next;
  };
  weft::atomic<node*> top_ = nullptr;
};

template <class Stack>
void two_pop() {
  Stack stack;
  stack.push(1);
  weft::wait_group both;
  for (int g = 0; g < 2; ++g) both.go([&] { stack.pop(); });
  both.wait();
}

int main() {
  const check::options all{.strategy = check::exhaustive};
  std::printf("%s\n", check::explore(aba<false>, all).failures.at(0).text.c_str());
  std::printf("tagged:   %s\n", check::explore(aba<true>, all).summary().c_str());
  std::printf("textbook: %s\n", check::explore(two_pop<textbook_stack>, all).summary().c_str());
  std::printf("weft's:   %s\n",
              check::explore(two_pop<weft::lockfree::stack<int>>, all).summary().c_str());
}
// [end]

// clang-format off
// Output pattern:
// failed: the top is not what B has
//   in main:
//       aba at ...
// schedule:
//        main                        g1                          g2
//     1  wait_group::add #1: +1 ...
//     2  go g1 ...
//     3  wait_group::add #1: +1 ...
//     4  go g2 ...
//        ... waits: sync.WaitGroup.Wait #1                       |
//     5  |                           atomic load #2: 0           | ...
//     6  |                           atomic load #3: 1           | ...
//        |                           ... interrupted: it could go on
//     7  |                           |                           atomic load #2: 0 ...
//     8  |                           |                           atomic load #3: 1 ...
//     9  |                           |                           atomic update #2: 0 -> 1 ...
//    10  |                           |                           atomic load #2: 1 ...
//    11  |                           |                           atomic load #4: 2 ...
//    12  |                           |                           atomic update #2: 1 -> 2 ...
//    13  |                           |                           atomic load #2: 2 ...
//    14  |                           |                           atomic store #3: 2 ...
//    15  |                           |                           atomic update #2: 2 -> 0 ...
//    16  |                           |                           wait_group::add #1: -1
//        |                           |                           ... ends
//    17  |                           atomic update #2: 0 -> 1 ...
//    18  |                           wait_group::add #1: -1
//        |                           ... ends
//    19  wait_group::wait #1 ...
//    20  atomic load #2: 1 ...
//        ** FAILS ** ...
//
// tagged:   weft::check: ok, exhaustive, <n> executions in <n> s, complete
// textbook: weft::check: FAILED (data race), exhaustive, <n> executions in <n> s, not complete
// weft's:   weft::check: ok, exhaustive, <n> executions in <n> s, complete
