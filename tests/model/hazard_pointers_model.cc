// SPDX-License-Identifier: Apache-2.0
// hazard_pointers_model.cc: a reader that protects what it reads, against one who unlinks and
// reclaims it, with full and with asymmetric fences.
// covers: HZ-1/HZ-4 RT-6/RT-7 RT-3/RT-4
// spared: RT-7 release: it has nothing to publish
// needs: include/weft/detail/lib/hazard_pointers.h: slot_->words[i].store(p); }: seq_cst
// needs: include/weft/detail/lib/hazard_pointers.h: T* again = from.load();: seq_cst
// needs: src/os/asymmetric_fence.h: membarrier(): fence
// needs: src/lib/hazard_pointers.cc: const void* p = w.load();: seq_cst
// explores: HZ-3/HZ-5: the slots are made before anything is explored
// explores: HZ-2/HZ-4: orders reads before a write, which only load buffering could turn around

#include <weft/detail/lib/hazard_pointers.h>
#include <weft/detail/lib/retired_nodes.h>

#include "model/model.h"
#include "model/warm_threads.h"

namespace {

using weft::detail::acquire;
using weft::detail::hazards;
using weft::detail::release;
using weft::detail::retired_node;
using weft::detail::retired_nodes;
using weft::detail::shared_word;
using weft_model::expect;
using weft_model::expect_holds;
using weft_model::settle;
using weft_model::warm_threads;

struct node : retired_node {
  explicit node(int v) : value(v) {}
  int value;
};

template <bool Light>
constexpr retired_nodes::traits k_traits = {
    .destroy = [](retired_node* n) noexcept { delete static_cast<node*>(n); },
    .address = [](const retired_node* n) noexcept -> const void* {
      return static_cast<const node*>(n);
    },
    .light = Light,
    .prompt = false};

// One link, whose node is replaced.
template <bool Light>
struct cell {
  shared_word<node*> link{new node(1)};
  retired_nodes retired{k_traits<Light>};

  cell() = default;
  cell(const cell&) = delete;
  cell& operator=(const cell&) = delete;
  ~cell() { delete link.load(); }

  void read() {
    hazards own;
    node* n = nullptr;
    if constexpr (Light) {
      do {
        n = link.load(acquire);
        own.set_light(0, n);
      } while (link.load(acquire) != n);
    } else {
      n = own.protect(0, link);
    }
    expect(n->value > 0);
  }
  void replace(int value) {
    node* old = link.exchange(new node(value));
    retired.add(*old);
    retired.reclaim();
  }
};

template <bool Light>
void read_and_replace() {
  cell<Light> c;
  weft::go([&] { c.read(); });
  weft::go([&] { c.replace(2); });
  settle();
}

TEST(HazardPointersModel, FullFences) {
  warm_threads();
  expect_holds(read_and_replace<false>);
}

TEST(HazardPointersModel, AsymmetricFences) {
  warm_threads();
  expect_holds(read_and_replace<true>);
  expect_holds(read_and_replace<true>, {.fine = {.asymmetric = false}});
}

TEST(HazardPointersModel, TwoWhoReplace) {
  warm_threads();
  expect_holds(
      [] {
        cell<false> c;
        weft::go([&] { c.read(); });
        weft::go([&] { c.replace(2); });
        weft::go([&] { c.replace(3); });
        settle();
      },
      {.fine = {.asymmetric = false, .stale = 1}, .preemptions = 3});
}

// Who meets another one at the list of what is retired makes a list for each processor.
TEST(HazardPointersModel, ListsForEachProcessor) {
  warm_threads();
  expect_holds(
      [] {
        cell<false> c;
        weft::go([&] { c.replace(2), c.replace(3); });
        weft::go([&] { c.replace(4); });
        settle();
      },
      {.fine = {.asymmetric = false, .stale = 1, .processors = 2}, .preemptions = 3});
}

}  // namespace
