// SPDX-License-Identifier: Apache-2.0
#pragma once
// labels: what a goroutine is working on, for profiles and dumps.                     Floor 3.
//
// INV-1 a set never changes once it is made; goroutines and samples share it and count.
// INV-2 only the goroutine itself changes goroutine::labels and ::name, under a lock that others
//       hold while they read them. What interrupts the goroutine's own thread may read the labels
//       without, and finds the old set or the new one, each still alive.

#include "runtime/goroutine.h"

#include <string>
#include <utility>
#include <vector>

namespace weft::inline WEFT_WORLD {
namespace detail {

using label_pairs = std::vector<std::pair<std::string, std::string>>;

struct label_set {
  label_pairs pairs;                    // by key, each once
  shared_word<std::uint32_t> users{1};  // counts shares
};

/// A new set with one share, or null if `pairs` is empty. The last value of a key counts.
label_set* make_labels(label_pairs pairs);
/// Another share, of null too. May be called by a signal handler.
label_set* share_labels(label_set* labels) noexcept;
void drop_labels(label_set* labels) noexcept;

/// Gives the calling goroutine these labels, one share of which becomes its own. Gives back its
/// share of the old ones. On a plain thread gives `labels` back.
label_set* exchange_labels(label_set* labels) noexcept;
/// A share of the calling goroutine's.
label_set* own_labels() noexcept;
/// Copies any live goroutine's name and labels, though it may be ending.
void read_identity(goroutine& g, std::string& name, label_pairs& labels);
/// Frees name and labels of the calling goroutine, which ends.
void end_identity(goroutine& g) noexcept;

}  // namespace detail
}  // namespace weft::inline WEFT_WORLD
