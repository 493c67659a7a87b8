// SPDX-License-Identifier: Apache-2.0
// The snippet of docs/reference/singleflight.md.
#include <weft/weft.h>

#include <cstdio>
#include <string>

namespace {

std::string read_page(const std::string& name) { return "the page of " + name; }

// [use]
weft::singleflight<std::string, std::string> pages;

// However many ask for a page at once, it is read once.
std::string page(const std::string& name) {
  return pages.call(name, [&] { return read_page(name); });
}
// [end]

}  // namespace

int main() {
  return weft::run([] {
    weft::wait_group readers;
    for (int i = 0; i < 10; ++i) readers.go([] { page("ann"); });
    readers.wait();
    std::printf("%s\n", page("bob").c_str());
  });
}

// Output:
// the page of bob
