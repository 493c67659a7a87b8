// SPDX-License-Identifier: Apache-2.0
#pragma once
// panic: what a misuse that Go answers with a recoverable panic throws.               Floor 0.

#include <weft/detail/base/config.h>

#include <exception>

namespace weft::inline WEFT_WORLD {

/// A recoverable panic. what() is exactly Go's text, such as "send on closed channel".
///
/// One that no handler catches ends the process: "panic: TEXT", a dump of all goroutines, exit
/// status 2. Fatal errors ("fatal error: TEXT") are no exceptions and cannot be caught.
///
/// Go: runtime.Error, and what the standard library passes to panic().
class panic : public std::exception {
 public:
  /// `text` must live for ever: a string literal.
  explicit panic(const char* text) noexcept : text_(text) {}
  [[nodiscard]] const char* what() const noexcept override { return text_; }

 private:
  const char* text_;
};

}  // namespace weft::inline WEFT_WORLD
