// SPDX-License-Identifier: Apache-2.0
#pragma once
// pprof_endpoints: what `go tool pprof` asks for, below /debug/pprof/; and /metrics.  Floor 6.

#include "debug/endpoints.h"

namespace weft::inline WEFT_WORLD {
namespace debug {

http_response index_endpoint(const http_request& request);
http_response cmdline_endpoint(const http_request& request);
http_response cpu_profile_endpoint(const http_request& request);
http_response symbol_endpoint(const http_request& request);
/// /debug/pprof/NAME for the kinds of profile_kinds.cc.
http_response profile_endpoint(const http_request& request);
http_response metrics_endpoint(const http_request& request);

inline constexpr std::string_view k_pprof_root = "/debug/pprof/";

}  // namespace debug
}  // namespace weft::inline WEFT_WORLD
