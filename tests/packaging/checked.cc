// SPDX-License-Identifier: Apache-2.0
// checked.cc: a race, which weft::check finds where it can; status 1.
#include <weft/check.h>
#include <weft/go.h>

#include <cstdio>
#include <memory>

int main() {
  weft::check::report r = weft::check::explore([] {
    auto n = std::make_shared<int>(0);
    for (int i = 0; i < 2; ++i) weft::go([=] { ++*n; });
  });
  std::printf("%s", r.text().c_str());
  return r.ok() ? 0 : 1;
}
