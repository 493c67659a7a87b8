// SPDX-License-Identifier: Apache-2.0
// The snippets of docs/guide/find-a-leak.md.
#include <weft/debug.h>
#include <weft/weft.h>

#include <cstdio>

using namespace std::chrono_literals;

namespace {

// [ask]
std::optional<int> ask(std::chrono::milliseconds limit) {
  auto answer = weft::make_chan<int>();
  weft::go({.name = "server"}, [answer] {
    weft::sleep_for(20ms);
    answer.send(42);  // nobody is there any more
  });
  std::optional<int> given;
  weft::select(weft::on_recv(answer, [&given](std::optional<int> n) { given = n; }),
               weft::on_recv(weft::after(limit)));
  return given;
}
// [end]

// Ends with all that it had on the stack.
[[gnu::noinline]] void lose_one() { static_cast<void>(ask(1ms)); }

bool look() {
  // [find]
  weft::debug::leak_report leaks = weft::debug::find_leaks();
  if (leaks.certain.empty()) return false;
  const weft::debug::blocked_goroutine& g = leaks.certain.front();
  std::printf("%s [%s]\n", g.name.c_str(), g.reason.c_str());
  // [end]
  return true;
}

void guarded() {
  // [guard]
  weft::debug::leak_guard guard([](const weft::debug::leak_report& leaks) {
    std::printf("%zu left\n", leaks.certain.size() + leaks.suspected.size());
  });
  // [end]
  lose_one();
}

}  // namespace

int main() {
  return weft::run([] {
    // An old word somewhere may hide a leak: another one, then.
    for (int tries = 0; tries < 50; ++tries) {
      lose_one();
      weft::sleep_for(40ms);
      if (look()) break;
    }
    guarded();
  });
}

// Output:
// server [chan send]
// 1 left
