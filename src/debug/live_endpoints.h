// SPDX-License-Identifier: Apache-2.0
#pragma once
// live_endpoints: the live page and the trace over HTTP.                              Floor 6.

#include "debug/endpoints.h"

namespace weft::inline WEFT_WORLD {
namespace debug {

/// /debug/weft: the page; with format=json, its data.
http_response page_endpoint(const http_request& request);

/// /debug/pprof/trace: a trace of so many seconds (1), for Perfetto.
http_response trace_endpoint(const http_request& request);

}  // namespace debug
}  // namespace weft::inline WEFT_WORLD
