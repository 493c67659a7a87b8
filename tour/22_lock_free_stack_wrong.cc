// SPDX-License-Identifier: Apache-2.0
// Lesson 22, wrong: the lock-free stack of the textbook
//
// Push: make a node that points to the top, and swing the top to it if nobody came between. Pop:
// the other way round. Every access to the top is atomic, and there is no data race on it. It is
// wrong all the same, twice, and both times in pop, between looking at the top and swinging it.
//     use after free   Another pop takes the node and deletes it. This one then reads n->next in
//                      freed memory.
//     ABA              Others pop the node, pop the next one, and push a new node that happens to
//                      get the old one's address. The top is n again, the exchange succeeds, and
//                      the top becomes a next that is long gone. The value compared equal; the
//                      world had changed.
// Where memory is collected, as in Go, neither can happen. In C++ somebody must know when a node
// may be freed: that is the hard part of lock-free structures.
//
// The checker shows both: 22_lock_free_stack_check.cc.
#include <weft/weft.h>

#include <cstdio>
#include <optional>

// [program]
class textbook_stack {
 public:
  void push(int value) {
    node* n = new node{value, top_};
    while (!top_.compare_exchange(n->next, n)) {
    }
  }
  std::optional<int> pop() {
    node* n = top_;
    while (n != nullptr && !top_.compare_exchange(n, n->next)) {  // n may be deleted already
    }
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

int main() {
  return weft::run([] {
    textbook_stack stack;
    weft::wait_group all;
    for (int g = 0; g < 4; ++g) {
      all.go([&stack] {
        for (int i = 0; i < 1000; ++i) {
          stack.push(i);
          stack.pop();
        }
      });
    }
    all.wait();
    std::printf("empty: %s\n", stack.pop() ? "no" : "yes");
  });
}
// [end]

// Not run: It reads memory that may have been freed, which is undefined behaviour.
