// SPDX-License-Identifier: Apache-2.0
// The misuse driver: commits the misuse named by its argument. Run by the misuse tests.
#include <cstdio>
#include <string_view>

#include "misuse/cases.h"

int main(int argc, char** argv) {
  const std::string_view wanted = argc > 1 ? argv[1] : "";
  for (const misuse::entry* e = misuse::g_entries; e != nullptr; e = e->next) {
    if (e->name == wanted) return e->body();
  }
  std::fprintf(stderr, "usage: %s CASE\n", argv[0]);
  for (const misuse::entry* e = misuse::g_entries; e != nullptr; e = e->next) {
    std::fprintf(stderr, "  %.*s\n", static_cast<int>(e->name.size()), e->name.data());
  }
  return 64;
}
