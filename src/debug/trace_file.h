// SPDX-License-Identifier: Apache-2.0
#pragma once
// trace_file: a recording as a file.                                                  Floor 6.

#include <weft/debug/trace.h>

#include "debug/trace_merge.h"

namespace weft::inline WEFT_WORLD {
namespace debug {

/// Throws std::system_error if the file cannot be written.
trace_summary write_trace_file(const recording& r, const std::string& path);

}  // namespace debug
}  // namespace weft::inline WEFT_WORLD
