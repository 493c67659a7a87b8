// SPDX-License-Identifier: Apache-2.0
#pragma once
// cases: the named misuses that the driver can commit, one per process.
#include <chrono>
#include <string_view>

namespace misuse {

using namespace std::chrono_literals;

struct entry {
  std::string_view name;
  int (*body)();
  const entry* next;
};

inline const entry* g_entries = nullptr;

struct enrol {
  explicit enrol(entry& e) {
    e.next = g_entries;
    g_entries = &e;
  }
};

}  // namespace misuse

// MISUSE(name) { ...; return exit status; }
#define MISUSE(name)                                                \
  static int misuse_##name();                                       \
  static misuse::entry entry_##name{#name, misuse_##name, nullptr}; \
  static const misuse::enrol enrol_##name(entry_##name);            \
  static int misuse_##name()
