// SPDX-License-Identifier: Apache-2.0
#pragma once
// The same work twice: as a pipeline of goroutines, and as a plain loop to measure it against.
#include <weft/chan.h>

#include <functional>
#include <string>

#include "report.h"

namespace treesum {

// One goroutine walks, `digesters` digest, the caller collects. To be called on a goroutine.
// Ends early, with a part of the tree, once done is closed; every goroutine is gone on return.
// messages may be null: then nothing is said.
tally run_pipeline(const std::string& root, unsigned digesters, weft::receiver<void> done,
                   console* messages);

// Without weft, on one thread. Ends early once stopped gives true.
tally run_plain_loop(const std::string& root, const std::function<bool()>& stopped);

}  // namespace treesum
