// SPDX-License-Identifier: Apache-2.0
// live_endpoints.cc: see live_endpoints.h.                                            Floor 6.

#include "debug/live_endpoints.h"

#include <weft/debug/trace.h>

#include "debug/page_data.h"

#include <sstream>
#include <system_error>

namespace weft::inline WEFT_WORLD {
namespace debug {
namespace {

// The data within the page must not end the element it stands in.
std::string for_script(const std::string& json) {
  std::string safe;
  for (char c : json) {
    if (c == '<') {
      safe += "\\u003c";
    } else {
      safe += c;
    }
  }
  return safe;
}

http_response fresh(std::string type, std::string body) {
  http_response r;
  r.content_type = std::move(type);
  r.body = std::move(body);
  r.headers.emplace_back("Cache-Control", "no-store");
  return r;
}

}  // namespace

http_response page_endpoint(const http_request& request) {
  const std::string* format = request.param("format");
  if (format != nullptr && *format != "json" && *format != "html")
    throw http_error{400, "parameter format=" + *format + ": must be html or json"};
  std::string json = to_json(collect_page());
  if (format != nullptr && *format == "json") return fresh("application/json", std::move(json));
  std::string page = k_page_html;
  constexpr std::string_view k_place = "@page_first@";
  page.replace(page.find(k_place), k_place.size(), for_script(json));
  http_response r = fresh("text/html; charset=utf-8", std::move(page));
  // Nothing from elsewhere, whatever names the program has.
  r.headers.emplace_back("Content-Security-Policy",
                         "default-src 'none'; style-src 'unsafe-inline'; script-src "
                         "'unsafe-inline'; connect-src 'self'; img-src data:");
  return r;
}

http_response trace_endpoint(const http_request& request) {
  std::chrono::nanoseconds length = seconds_param(request, std::chrono::seconds(1));
  try {
    start_trace();
  } catch (const std::system_error&) {
    throw http_error{500, "Could not enable tracing: a trace is on already"};
  }
  bool going_on = request.server == nullptr || request.server->pause(length);
  std::ostringstream out;
  trace_summary summary = stop_trace(out);
  if (!going_on) throw http_error{503, "the server is being stopped"};
  http_response r = fresh("application/octet-stream", std::move(out).str());
  r.headers.emplace_back("Content-Disposition", "attachment; filename=\"trace.pftrace\"");
  r.headers.emplace_back("X-Weft-Dropped-Events", std::to_string(summary.dropped));
  return r;
}

}  // namespace debug
}  // namespace weft::inline WEFT_WORLD
