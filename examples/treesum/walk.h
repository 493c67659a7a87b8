// SPDX-License-Identifier: Apache-2.0
#pragma once
// Finds the files of a tree. Called by the walking goroutine of the pipeline and by the plain loop.
#include <functional>
#include <string>

#include "entry.h"

namespace treesum {

// Visits each regular file under root (outcome::found), what could not be read (failed), and
// special files and loops of symbolic links (skipped). Symbolic links below root are not followed.
// Ends early once visit gives false or host.stopped() gives true.
void walk(const std::string& root, const host& host, const std::function<bool(entry)>& visit);

}  // namespace treesum
