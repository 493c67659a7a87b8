// SPDX-License-Identifier: Apache-2.0
// The snippet of docs/reference/sharded_map.md.
#include <weft/weft.h>

#include <cstdio>
#include <map>
#include <string>

int main() {
  return weft::run([] {
    // [use]
    weft::sharded_map<std::string, int> words;
    weft::wait_group readers;
    for (int i = 0; i < 100; ++i) {
      readers.go([&words] {
        for (const char* word : {"the", "cat", "and", "the", "dog"})
          words.update(word, [](int& n) { ++n; });
      });
    }
    readers.wait();
    std::printf("%zu words, 'the' %d times\n", words.size(), *words.get("the"));
    // [end]
    std::map<std::string, int> sorted;
    words.for_each([&](const std::string& word, int n) { sorted[word] = n; });
    for (const auto& [word, n] : sorted) std::printf("%s %d\n", word.c_str(), n);
  });
}

// Output:
// 4 words, 'the' 200 times
// and 100
// cat 100
// dog 100
// the 200
