// SPDX-License-Identifier: Apache-2.0
// A cache whose one lock is held while values are made, and a debug server that shows it.
//
// hot_lock [SECONDS [ADDRESS [mended]]]: how long it runs, and where the server listens.

// [program]
#include <weft/debug.h>
#include <weft/weft.h>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

using namespace std::chrono_literals;

std::string fetch(int) {
  weft::sleep_for(2ms);  // as if it came over the network
  return "value";
}

struct cache {
  weft::mutex lock;
  std::map<int, std::string> values;  // guarded by lock

  std::string get(int key) {
    std::scoped_lock hold(lock);
    auto at = values.find(key);
    if (at == values.end()) at = values.emplace(key, fetch(key)).first;
    return at->second;
  }

  // The lock is not held while the value is made. Two may then make the same; the first is kept.
  std::string get_mended(int key) {
    {
      std::scoped_lock hold(lock);
      if (auto at = values.find(key); at != values.end()) return at->second;
    }
    std::string made = fetch(key);
    std::scoped_lock hold(lock);
    return values.emplace(key, std::move(made)).first->second;
  }
};

int main(int argc, char** argv) {
  auto end =
      weft::clock::now() + std::chrono::milliseconds(argc > 1 ? std::atoi(argv[1]) * 1000 : 100);
  bool mended = argc > 3 && std::string_view(argv[3]) == "mended";
  weft::debug::set_mutex_profile_fraction(10);
  weft::debug::set_block_profile_rate(10'000);
  weft::debug::serve(argc > 2 ? argv[2] : "127.0.0.1:0");
  return weft::run([=] {
    cache c;
    weft::wait_group readers;
    for (int reader = 0; reader < 8; ++reader) {
      readers.go([&c, reader, mended, end] {
        for (int key = reader; weft::clock::now() < end; key += 8)
          static_cast<void>(mended ? c.get_mended(key) : c.get(key));
      });
    }
    readers.wait();
    std::puts("done");
  });
}
// [end]

// Output:
// done
