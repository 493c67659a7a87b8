// SPDX-License-Identifier: Apache-2.0
// panic: its type and its texts.
#include <weft/chan.h>
#include <weft/panic.h>

#include <exception>
#include <stdexcept>
#include <type_traits>

#include "support/with_procs.h"

namespace weft_test {
namespace {

static_assert(std::is_base_of_v<std::exception, weft::panic>);
static_assert(std::is_nothrow_copy_constructible_v<weft::panic>);

TEST(Panic, IsAnExceptionWithGosText) {
  const auto c = weft::make_chan<int>();
  c.close();
  try {
    c.close();
    FAIL() << "no panic";
  } catch (const std::exception& e) {
    EXPECT_STREQ(e.what(), "close of closed channel");
    EXPECT_NE(dynamic_cast<const weft::panic*>(&e), nullptr);
  }
}

TEST(Panic, KeepsItsTextWhenCopied) {
  std::exception_ptr kept;
  try {
    weft::chan<int>{}.close();
  } catch (...) {
    kept = std::current_exception();
  }
  try {
    std::rethrow_exception(kept);
  } catch (const weft::panic& p) {
    const weft::panic copy = p;
    EXPECT_STREQ(copy.what(), "close of nil channel");
  }
}

}  // namespace
}  // namespace weft_test
