// SPDX-License-Identifier: Apache-2.0
// Lesson 22: a lock-free stack
//
// The nodes stand in an array now, and are never freed: one answer to use after free. The top is
// one word of two halves, the index of a node and a tag that every change counts up. First ABA,
// step by step, without the tag and with it: the exchange of A, which was held up, must not
// succeed, because two nodes have gone meanwhile and one has come back. (A tag comes round after
// 2^32 changes.)
//
// Then a measure, against a vector under a mutex, by four goroutines at once. All compete for the
// top, whatever guards it: lock-free only means that nobody who is held up can hold up the others.
// weft::lockfree::stack frees its nodes as soon as no pop looks at them: a pop says in a hazard
// pointer which one it reads.
#include <weft/weft.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <mutex>
#include <vector>

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
    while (!swing(top)) continue;
    return index(top);
  }
  word look() const { return top_; }
  bool swing(word& top) { return top_.compare_exchange(top, changed(top, next_[index(top)])); }
  static std::uint32_t index(word w) { return static_cast<std::uint32_t>(w); }

 private:
  static word changed(word w, word node) { return (Tagged ? (w >> 32) + 1 : 0) << 32 | node; }
  std::array<weft::atomic<std::uint32_t>, 64> next_;
  weft::atomic<word> top_ = 0xffffffff;  // none
};

template <bool Tagged>
void aba(const char* name) {
  index_stack<Tagged> stack;
  for (std::uint32_t node : {2u, 1u, 0u}) stack.push(node);  // 0 on top of 1 on top of 2
  auto seen_by_a = stack.look();                             // A sees 0, would make 1 the top
  const auto first = stack.pop(), second = stack.pop();      // B takes 0 and 1,
  stack.push(first);                                         // and puts 0 back: A sees 0 again
  std::printf("%s A's exchange %s node %u, which B has taken\n", name,
              stack.swing(seen_by_a) ? "succeeds: the top is" : "fails: it would have exposed",
              second);
}

struct mutex_stack {
  weft::mutex lock;  // guards nodes
  std::vector<std::uint32_t> nodes;
  void push(std::uint32_t n) {
    std::scoped_lock hold(lock);
    nodes.push_back(n);
  }
  std::uint32_t pop() {
    std::scoped_lock hold(lock);
    const std::uint32_t n = nodes.back();
    nodes.pop_back();
    return n;
  }
};

struct weft_stack : weft::lockfree::stack<std::uint32_t> {
  std::uint32_t pop() { return *stack::pop(); }  // of a stack that is not empty
};

template <class Stack>
void measure(const char* name) {
  constexpr int k_pairs = 400'000;
  Stack stack;
  for (std::uint32_t n = 0; n < 64; ++n) stack.push(n);
  std::array<weft::atomic<int>, 64> holders{};
  weft::atomic<int> clashes = 0;
  const auto start = weft::clock::now();
  weft::wait_group all;
  for (int g = 0; g < 4; ++g) {
    all.go([&] {
      for (int i = 0; i < k_pairs / 4; ++i) {
        const std::uint32_t n = stack.pop();
        if (holders[n].fetch_add(1) != 0) ++clashes;  // nobody else has this node
        --holders[n];
        stack.push(n);
      }
    });
  }
  all.wait();
  const std::chrono::duration<double, std::nano> took = weft::clock::now() - start;
  std::printf("%s %6.1f ns for a pop and a push, nodes given twice: %d\n", name,
              took.count() / k_pairs, clashes.load());
}

int main() {
  return weft::run([] {
    aba<false>("no tag:");
    aba<true>("tagged:");
    measure<mutex_stack>("mutex:    ");
    measure<index_stack<true>>("lock-free:");
    measure<weft_stack>("weft's:   ");
  });
}
// [end]

// Output pattern:
// no tag: A's exchange succeeds: the top is node 1, which B has taken
// tagged: A's exchange fails: it would have exposed node 1, which B has taken
// mutex:     <n> ns for a pop and a push, nodes given twice: 0
// lock-free: <n> ns for a pop and a push, nodes given twice: 0
// weft's:    <n> ns for a pop and a push, nodes given twice: 0
