// SPDX-License-Identifier: Apache-2.0
#pragma once
// server: profiles, metrics and dumps over HTTP.                       Floor 6.  Go:
// net/http/pprof.

#include <weft/detail/base/config.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

WEFT_UNINSTRUMENTED_BEGIN
namespace weft::inline WEFT_WORLD {
namespace debug {

struct serve_options {
  /// Serve on an address that others than this machine can reach. Whoever can reach it can read
  /// the program's stacks and command line, and slow it down.
  bool allow_public = false;
};

/// A debug server that is running. A handle, cheap to copy; dropping it stops nothing.
class server {
 public:
  /// Where it listens, such as "127.0.0.1:6060".
  [[nodiscard]] const std::string& address() const noexcept;
  [[nodiscard]] std::uint16_t port() const noexcept;

  /// Ends it: nothing is accepted any more, and requests under way are given up soon. Any number of
  /// times.
  ///
  /// Blocks:   the thread, until the server's threads have ended.
  void stop();

  struct impl;
  explicit server(std::shared_ptr<impl> made) noexcept;

 private:
  std::shared_ptr<impl> impl_;
};

/// Serves /debug/pprof/ (for `go tool pprof`, and for people), /metrics (for Prometheus) and what
/// else the index page lists, until the process ends. It has threads of its own, and answers while
/// every worker is stuck. Nothing can be changed through it.
///
/// `address` is HOST:PORT; a port of 0 lets the system choose, see server::port(). Without a host
/// it is 127.0.0.1. At most 8 requests are answered at once; others get status 503.
///
/// Blocks:   no; returns once the socket listens.
/// Errors/misuse: std::invalid_argument if the address makes no sense, or is not of this machine
///           alone without serve_options::allow_public; std::system_error if it cannot be had;
///           std::runtime_error if weft was built without (WEFT_DEBUG_SERVER).
/// Lifetime: the server outlives the handle. It does not keep a deadlock from being reported.
/// Callable from: goroutine | plain thread
/// Go:       import _ "net/http/pprof"; go http.ListenAndServe(address, nil).
/// Example:  tests/docs/server.cc
server serve(std::string_view address, const serve_options& options = {});

}  // namespace debug
}  // namespace weft::inline WEFT_WORLD
WEFT_UNINSTRUMENTED_END
