// SPDX-License-Identifier: Apache-2.0
// The snippets of docs/reference/once.md.
#include <weft/weft.h>

#include <cstdio>
#include <map>
#include <stdexcept>
#include <string>

namespace {
// [use]
class dictionary {
 public:
  const std::string& lookup(const std::string& word) {
    loaded_.call([this] { words_ = {{"warp", "Kette"}, {"weft", "Schuss"}}; });
    return words_.at(word);  // no lock: loaded once, read by all
  }

 private:
  weft::once loaded_;
  std::map<std::string, std::string> words_;  // written inside loaded_
};
// [end]
}  // namespace

int main() {
  return weft::run([] {
    dictionary d;
    std::printf("%s\n", d.lookup("weft").c_str());

    // [value]
    auto answer = weft::once_value([] {
      std::puts("computing");
      return 42;
    });
    std::printf("%d and %d\n", answer(), answer());
    // [end]

    // [throws]
    auto connect = weft::once_func([] { throw std::runtime_error("no route to host"); });
    for (int attempt = 1; attempt <= 2; ++attempt) {
      try {
        connect();
      } catch (const std::runtime_error& e) {
        std::printf("attempt %d: %s\n", attempt, e.what());
      }
    }
    // [end]
  });
}

// Output:
// Schuss
// computing
// 42 and 42
// attempt 1: no route to host
// attempt 2: no route to host
