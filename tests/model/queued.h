// SPDX-License-Identifier: Apache-2.0
#pragma once
// queued: goroutines to put into the queues of a processor, and what each of them is to find.

#include "model/model.h"
#include "runtime/goroutine.h"

#include <array>

namespace weft_model {

using weft::detail::goroutine;

constexpr std::size_t k_most_queued = 8;
inline std::array<goroutine, k_most_queued> g_queued;

/// For each of them, what whoever queues it writes before, and how often it was run.
struct work {
  weft::var<int> input[k_most_queued];
  weft::var<int> runs[k_most_queued];

  work() {
    for (std::size_t i = 0; i < k_most_queued; ++i) input[i] = runs[i] = 0;
  }
  goroutine& make(std::size_t i) {
    input[i] = static_cast<int>(i) + 1;
    return g_queued[i];
  }
  void run(const goroutine* g) {
    if (g == nullptr) return;
    auto i = static_cast<std::size_t>(g - g_queued.data());
    expect(input[i] == static_cast<int>(i) + 1, "what was queued is not there yet");
    runs[i] += 1;
  }
  /// The first n were run once, and the others never.
  void expect_once(std::size_t n) {
    for (std::size_t i = 0; i < k_most_queued; ++i)
      expect(runs[i] == (i < n ? 1 : 0), "a goroutine is lost, or ran twice");
  }
};

}  // namespace weft_model
