// SPDX-License-Identifier: Apache-2.0
// pprof_endpoints.cc: see pprof_endpoints.h. Texts and headers are Go's net/http/pprof. Floor 6.

#include "debug/pprof_endpoints.h"

#include <weft/debug.h>
#include <weft/go.h>

#include "base/markup.h"
#include "debug/cpu_profile.h"
#include "debug/profile.h"
#include "debug/symbols.h"

#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <sstream>
#include <system_error>

namespace weft::inline WEFT_WORLD {
namespace debug {
namespace {

constexpr std::chrono::seconds k_cpu_default{30};  // as Go
constexpr std::size_t k_most_symbols = 10000;

http_response binary(std::string_view name, std::string body) {
  http_response r;
  r.content_type = "application/octet-stream";
  r.headers.emplace_back("Content-Disposition",
                         "attachment; filename=\"" + std::string(name) + "\"");
  r.body = std::move(body);
  return r;
}

[[noreturn]] void stopped() { throw http_error{503, "the debug server is being stopped"}; }

http_response delta_of(const profile_kind& kind, const http_request& request) {
  std::chrono::nanoseconds time = seconds_param(request, {});
  std::int64_t begin = system_now_ns();
  profile before = take_profile(kind);
  if (!request.server->pause(time)) stopped();
  profile p = take_profile(kind);
  subtract(p, before);
  p.duration_ns = system_now_ns() - begin;
  return binary(std::string(kind.name) + "-delta", encode(p));
}

void append_row(std::string& html, std::string_view name, std::string_view link,
                std::string_view about) {
  html += "<tr><td><a href=\"" + detail::escape_markup(link) + "\">" + detail::escape_markup(name) +
          "</a></td><td>" + detail::escape_markup(about) + "</td></tr>\n";
}

}  // namespace

http_response index_endpoint(const http_request&) {
  std::string html =
      "<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"><title>/debug/pprof/</title>\n"
      "<style>td { padding-right: 2em }</style></head>\n<body><h1>/debug/pprof/</h1>\n"
      "<p>" +
      std::to_string(num_goroutines()) +
      " goroutines. Set debug=1 as a query parameter to read a profile as text, "
      "seconds=N for what N seconds add.</p>\n<table>\n";
  for (const profile_kind& k : all_profile_kinds())
    append_row(html, k.name, std::string(k.name) + "?debug=1", k.about);
  for (const endpoint& e : endpoints())
    if (!e.about.empty()) append_row(html, e.path, e.path, e.about);
  append_row(html, "full goroutine stack dump", "goroutine?debug=2",
             "Every goroutine with its state, stack and creation site");
  html += "</table></body></html>\n";
  http_response r;
  r.content_type = "text/html; charset=utf-8";
  r.body = std::move(html);
  return r;
}

http_response cmdline_endpoint(const http_request&) {
  std::ifstream file("/proc/self/cmdline", std::ios::binary);
  std::ostringstream line;
  line << file.rdbuf();
  http_response r;
  r.body = std::move(line).str();
  // The arguments are joined, not ended, by zeros.
  if (!r.body.empty() && r.body.back() == '\0') r.body.pop_back();
  return r;
}

http_response cpu_profile_endpoint(const http_request& request) {
  std::chrono::nanoseconds time = seconds_param(request, k_cpu_default);
  std::optional<cpu_recording> recording;
  try {
    recording.emplace();
  } catch (const std::system_error& e) {
    bool in_use = e.code() == std::errc::operation_in_progress;
    throw http_error{500, std::string("Could not enable CPU profiling: ") +
                              (in_use ? "cpu profiling already in use" : e.what())};
  }
  constexpr std::chrono::nanoseconds k_step = std::chrono::milliseconds(detail::k_cpu_poll_ms);
  auto end = std::chrono::steady_clock::now() + time;
  for (;;) {
    auto left = end - std::chrono::steady_clock::now();
    if (left <= left.zero()) break;
    if (!request.server->pause(std::min<std::chrono::nanoseconds>(left, k_step))) stopped();
    recording->poll();
  }
  return binary("profile", encode(recording->finish()));
}

// GET ?0xpc+0xpc, or the same as the body of a POST. Asked for nothing, says that it knows symbols.
http_response symbol_endpoint(const http_request& request) {
  const std::string& asked = request.method == "POST" ? request.body : request.query;
  http_response r;
  r.body = "num_symbols: 1\n";
  std::size_t begin = 0;
  for (std::size_t n = 0; begin < asked.size(); ++n) {
    if (n == k_most_symbols) throw http_error{400, "more than 10000 addresses at once"};
    std::size_t end = std::min(asked.find('+', begin), asked.size());
    std::string word = asked.substr(begin, end - begin);
    begin = end + 1;
    char* rest = nullptr;
    std::uintptr_t pc = std::strtoull(word.c_str(), &rest, 0);
    if (pc == 0 || *rest != '\0') continue;
    // The innermost function is what the address is in; it is given as a call's, not a return's.
    char line[32];
    std::snprintf(line, sizeof line, "0x%" PRIxPTR " ", pc);
    frame f = symbolise(pc + 1).front();
    if (f.line != 0 || f.offset != 0) r.body += line + f.function + '\n';
  }
  return r;
}

http_response profile_endpoint(const http_request& request) {
  const profile_kind* kind =
      find_profile_kind(std::string_view(request.path).substr(k_pprof_root.size()));
  if (kind == nullptr) throw http_error{404, "Unknown profile"};
  int debug = debug_param(request);
  if (request.param("seconds") != nullptr) {
    if (debug != 0) throw http_error{400, "seconds and debug params are incompatible"};
    return delta_of(*kind, request);
  }
  http_response r;
  if (debug == 0) {
    r = binary(kind->name, encode(take_profile(*kind)));
  } else if (debug == 2 && kind->name == "goroutine") {
    std::ostringstream all;
    dump_goroutines(all);
    r.body = std::move(all).str();
  } else if (debug == 2 && kind->name == "goroutineleak") {
    r.body = find_leaks().text();
  } else {
    r.body = kind->text(take_profile(*kind));
  }
  return r;
}

}  // namespace debug
}  // namespace weft::inline WEFT_WORLD
