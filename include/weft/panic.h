// SPDX-License-Identifier: Apache-2.0
#pragma once
// panic: what a misuse throws that Go answers with a recoverable panic; and error codes. Floor 0.

#include <weft/detail/base/config.h>

#include <exception>
#include <system_error>

WEFT_UNINSTRUMENTED_BEGIN
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

/// Why something ended that was no misuse: what the forms of blocking calls that take a context
/// return, and context::err().
///
/// Go: context.Canceled, context.DeadlineExceeded, net.ErrClosed.
enum class errc : int {
  canceled = 1,           // "context canceled"; equivalent to std::errc::operation_canceled
  deadline_exceeded = 2,  // "context deadline exceeded"; equivalent to std::errc::timed_out
  closed = 3,             // "use of closed object"
};

/// The category of errc; its name is "weft".
const std::error_category& error_category() noexcept;

inline std::error_code make_error_code(errc e) noexcept {
  return {static_cast<int>(e), error_category()};
}

}  // namespace weft::inline WEFT_WORLD
WEFT_UNINSTRUMENTED_END

template <>
struct std::is_error_code_enum<weft::errc> : std::true_type {};
