// SPDX-License-Identifier: Apache-2.0
// endpoints.cc: the table of all endpoints, and what their handlers share.            Floor 6.

#include "debug/endpoints.h"

#include "debug/live_endpoints.h"
#include "debug/pprof_endpoints.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace weft::inline WEFT_WORLD {
namespace debug {
namespace {

http_response greet(const http_request&) {
  http_response r;
  r.body = "weft: see /debug/pprof/\n";
  return r;
}

constexpr endpoint k_endpoints[] = {
    {"/", greet, ""},
    {"/debug/pprof/", index_endpoint, ""},
    {"/debug/pprof/cmdline", cmdline_endpoint, "The command line of this process"},
    {"/debug/pprof/profile", cpu_profile_endpoint,
     "CPU profile, of 30 seconds unless seconds=N says otherwise"},
    {"/debug/pprof/symbol", symbol_endpoint, "Names of functions, by address"},
    {"/debug/pprof/trace", trace_endpoint,
     "Execution trace for ui.perfetto.dev, of 1 second unless seconds=N says otherwise"},
    {"/debug/weft", page_endpoint, "What the program is doing, and what is wrong: a live page"},
    {"/metrics", metrics_endpoint, "Metrics in Prometheus' text format"},
};

constexpr endpoint k_profile_endpoint = {k_pprof_root, profile_endpoint, ""};

[[noreturn]] void refuse(const std::string& name, const std::string& value, const char* wanted) {
  throw http_error{400, "parameter " + name + "=" + value + ": " + wanted};
}

}  // namespace

const std::string* http_request::param(std::string_view name) const {
  auto at = std::find_if(params.begin(), params.end(),
                         [&](const auto& p) { return std::string_view(p.first) == name; });
  return at == params.end() ? nullptr : &at->second;
}

std::span<const endpoint> endpoints() { return k_endpoints; }

const endpoint* find_endpoint(std::string_view path) {
  const auto* end = std::end(k_endpoints);
  const auto* at =
      std::find_if(std::begin(k_endpoints), end, [&](const endpoint& e) { return e.path == path; });
  if (at != end) return at;
  // Below this every name is meant to be a profile's, and answered as such.
  return path.substr(0, k_pprof_root.size()) == k_pprof_root ? &k_profile_endpoint : nullptr;
}

std::chrono::nanoseconds seconds_param(const http_request& request,
                                       std::chrono::nanoseconds fallback) {
  const std::string* text = request.param("seconds");
  if (text == nullptr) return fallback;
  double seconds = 0;
  const char* end = text->data() + text->size();
  auto [stop, error] = std::from_chars(text->data(), end, seconds);
  if (error == std::errc::result_out_of_range && stop == end)
    refuse("seconds", *text, "must be above 0 and at most 3600");
  if (error != std::errc() || stop != end || !std::isfinite(seconds) || seconds < 1e-9)
    refuse("seconds", *text, "must be a number of seconds above 0");
  if (seconds > k_max_seconds) refuse("seconds", *text, "must be at most 3600");
  return std::chrono::nanoseconds(static_cast<std::int64_t>(seconds * 1e9));
}

int debug_param(const http_request& request) {
  const std::string* text = request.param("debug");
  if (text == nullptr) return 0;
  int level = 0;
  const char* end = text->data() + text->size();
  auto [stop, error] = std::from_chars(text->data(), end, level);
  if (error != std::errc() || stop != end || level < 0 || level > 2)
    refuse("debug", *text, "must be 0, 1 or 2");
  return level;
}

}  // namespace debug
}  // namespace weft::inline WEFT_WORLD
