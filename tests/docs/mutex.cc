// SPDX-License-Identifier: Apache-2.0
// The snippet of docs/reference/mutex.md.
#include <weft/weft.h>

#include <cstdio>
#include <map>
#include <mutex>
#include <string>

namespace {
// [use]
struct registry {
  weft::mutex lock;  // guards names
  std::map<int, std::string> names;

  bool add(int id, std::string name) {
    std::scoped_lock hold(lock);
    return names.emplace(id, std::move(name)).second;
  }
};
// [end]
}  // namespace

int main() {
  return weft::run([] {
    registry r;
    std::printf("%d\n", r.add(1, "ada"));
    std::printf("%d\n", r.add(1, "bob"));
  });
}

// Output:
// 1
// 0
