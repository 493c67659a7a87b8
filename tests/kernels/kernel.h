// SPDX-License-Identifier: Apache-2.0
#pragma once
// kernel: what every bug kernel is made of, and where they are found.
//
// A kernel is a published concurrency bug of a Go project (GoBench, CGO 2021), told anew with weft:
// a body with the bug, the same body with the repair. It is written from the description of the
// bug, and then checked; none is arranged for the checker. Objects that outlive main are shared,
// because a goroutine that is blocked for ever goes on looking at what it waits for.
//
// Lines that take part in a race are marked "// race", and no others may be reported.

#include <weft/weft.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace kernels {

using std::literals::chrono_literals::operator""ms;
using std::literals::chrono_literals::operator""s;

enum class verdict : unsigned char {
  deadlock,  // main is blocked, too
  leak,
  race,
  panic,
};

struct kernel {
  std::string_view bug;   // project/number
  std::string_view kind;  // its class in GoBench
  verdict expected;
  // deadlock, leak: who is blocked in what, "main:W left:L right:L"; any of these. L lock, WL and
  // RL lock and lock_shared of a shared_mutex, S send, R recv, Sel select, C condition wait, W wait
  // of a wait_group. panic: its text. race: empty.
  std::vector<std::string_view> said;
  void (*body)(bool repaired);
  // Executions of the repaired body, beside those of the random strategies; 0: all behaviours.
  std::uint64_t bound = 0;
  std::string_view file = __builtin_FILE();
};

/// Reads v, whatever the optimiser thinks of it.
template <class T>
void use(const T& v) {
  asm volatile("" : : "g"(v) : "memory");
}

/// All of them, by name.
const std::vector<kernel>& all();

struct registration {
  explicit registration(kernel k);
};

}  // namespace kernels
