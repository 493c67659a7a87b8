// SPDX-License-Identifier: Apache-2.0
// The snippet of docs/reference/shared_mutex.md.
#include <weft/weft.h>

#include <cstdio>
#include <map>
#include <mutex>
#include <shared_mutex>
#include <string>

namespace {
// [use]
class phone_book {
 public:
  std::optional<int> find(const std::string& name) const {
    std::shared_lock hold(lock_);  // any number at once
    auto found = numbers_.find(name);
    if (found == numbers_.end()) return std::nullopt;
    return found->second;
  }
  void set(const std::string& name, int number) {
    std::unique_lock hold(lock_);  // alone
    numbers_[name] = number;
  }

 private:
  mutable weft::shared_mutex lock_;  // guards numbers_
  std::map<std::string, int> numbers_;
};
// [end]
}  // namespace

int main() {
  return weft::run([] {
    phone_book book;
    book.set("ada", 1815);
    std::printf("%d\n", book.find("ada").value_or(0));
    std::printf("%s\n", book.find("bob") ? "found" : "unknown");
  });
}

// Output:
// 1815
// unknown
