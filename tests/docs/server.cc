// SPDX-License-Identifier: Apache-2.0
// The snippet of docs/reference/debug_server.md.
#include <weft/debug.h>
#include <weft/weft.h>

#include <cstdio>
#include <stdexcept>

int main() {
  // [serve]
  weft::debug::server debug = weft::debug::serve("127.0.0.1:0");
  std::printf("debug server on %s\n", debug.address().c_str());
  // [end]
  // [refused]
  try {
    weft::debug::serve("0.0.0.0:6060");
  } catch (const std::invalid_argument& e) {
    std::puts(e.what());
  }
  // [end]
  debug.stop();
}

// Output pattern:
// debug server on 127.0.0.1:<n>
// weft: 0.0.0.0:6060 can be reached from other machines...
