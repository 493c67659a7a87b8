// SPDX-License-Identifier: Apache-2.0
// The snippet of docs/reference/goroutine_local.md.
#include <weft/weft.h>

#include <cstdio>
#include <string>

namespace {
// [use]
weft::goroutine_local<std::string> request;  // empty in every goroutine at first

void log(const char* what) { std::printf("[%s] %s\n", request->c_str(), what); }

void serve(const char* id, const weft::chan<void>& turn) {
  *request = id;
  log("begins");
  turn.send();  // parks; may come back on another thread
  log("ends");
}
// [end]
}  // namespace

int main() {
  return weft::run([] {
    auto turn = weft::make_chan<void>();
    weft::wait_group one;
    one.go([turn] { serve("request 1", turn); });
    turn.recv();
    one.wait();
    log("is main's, and has none");
  });
}

// Output:
// [request 1] begins
// [request 1] ends
// [] is main's, and has none
