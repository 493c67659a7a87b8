// SPDX-License-Identifier: Apache-2.0
// trace_absent.cc: instead of what needs protozero to write a trace.                  Floor 6.

#include "debug/trace_lanes.h"

#include <stdexcept>

namespace weft::inline WEFT_WORLD {
namespace debug {

trace_summary write_trace(const recording&, std::ostream&) {
  throw std::runtime_error("weft was built without WEFT_DEBUG_SERVER: it cannot write traces");
}

}  // namespace debug
}  // namespace weft::inline WEFT_WORLD
