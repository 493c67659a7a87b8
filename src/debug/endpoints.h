// SPDX-License-Identifier: Apache-2.0
#pragma once
// endpoints: what the debug server answers, by path. A room that has something to show adds a line
// to the table in endpoints.cc.                                                        Floor 6.
//
// Handlers run on a thread of the server, never on a worker: they must neither park nor wait for
// anything that a goroutine has to do, for all workers may be stuck.

#include <weft/detail/base/config.h>

#include <chrono>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weft::inline WEFT_WORLD {
namespace debug {

using text_pairs = std::vector<std::pair<std::string, std::string>>;

/// The server's side of a request, as far as a handler needs it.
class http_wait {
 public:
  virtual ~http_wait() = default;
  /// Lets this much time pass. False if the server is being stopped: give up.
  virtual bool pause(std::chrono::nanoseconds time) = 0;
};

/// What was asked for.
struct http_request {
  std::string method;
  std::string path;
  std::string query;  // as sent, undecoded
  text_pairs params;  // of the query, decoded
  std::string body;
  http_wait* server = nullptr;

  /// The value of the first parameter of this name, or null.
  [[nodiscard]] const std::string* param(std::string_view name) const;
};

struct http_response {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
  text_pairs headers;
};

/// Thrown by a handler: the answer is this status, and the text in one line.
struct http_error {
  int status;
  std::string text;
};

struct endpoint {
  std::string_view path;
  http_response (*handle)(const http_request&);
  std::string_view about;  // for the index page; empty: not listed there
};

/// All endpoints. The paths differ.
std::span<const endpoint> endpoints();

/// The endpoint of a path, or null.
const endpoint* find_endpoint(std::string_view path);

/// The parameter `seconds`, at most k_max_seconds; `fallback` without one. Throws http_error 400 if
/// it makes no sense.
std::chrono::nanoseconds seconds_param(const http_request& request,
                                       std::chrono::nanoseconds fallback);
inline constexpr int k_max_seconds = 3600;

/// The parameter `debug`: 0 without one. Throws http_error 400 if it is not a small number.
int debug_param(const http_request& request);

}  // namespace debug
}  // namespace weft::inline WEFT_WORLD
