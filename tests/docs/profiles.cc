// SPDX-License-Identifier: Apache-2.0
// The snippets of docs/reference/profiles.md.
#include <weft/debug.h>
#include <weft/weft.h>

#include <cstdio>
#include <mutex>
#include <sstream>
#include <string>

namespace {

weft::mutex g_lock;

void work() {
  std::scoped_lock hold(g_lock);
  weft::yield();
}

}  // namespace

int main() {
  return weft::run([] {
    // [switch]
    weft::debug::set_mutex_profile_fraction(100);  // one of 100 contended unlocks
    weft::debug::set_block_profile_rate(10'000);   // one event per 10 us blocked
    // [end]
    weft::wait_group all;
    for (int i = 0; i < 4; ++i)
      all.go([] {
        for (int k = 0; k < 100; ++k) work();
      });
    all.wait();
    // [write]
    std::ostringstream file;  // or a path
    weft::debug::write_profile("mutex", file);
    std::ostringstream text;
    weft::debug::write_profile("goroutine", text, weft::debug::profile_format::text);
    // [end]
    std::string first = text.str();
    std::puts(first.substr(0, first.find('\n')).c_str());
    // [labels]
    weft::debug::with_labels({{"route", "/search"}}, [] {
      weft::go([] { /* inherits them */ });
      for (const auto& [key, value] : weft::debug::labels())
        std::printf("%s=%s\n", key.c_str(), value.c_str());
    });
    // [end]
  });
}

// Output pattern:
// goroutine profile: total <n>
// route=/search
