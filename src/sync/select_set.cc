// SPDX-License-Identifier: Apache-2.0
// select_set.cc: the dynamic form of select.                                          Floor 4.

#include <weft/panic.h>
#include <weft/select.h>

namespace weft::inline WEFT_WORLD {

void select_set::check_first_default() const {
  if (default_ != detail::k_no_case) throw panic("reflect.Select: multiple default cases");
}

std::size_t select_set::wait() {
  std::vector<detail::select_case> prepared;
  prepared.reserve(entries_.size());
  for (const auto& e : entries_) prepared.push_back(e->prepare());
  std::size_t chosen =
      detail::select_cases(prepared, default_ == detail::k_no_case, detail::select_order::random);
  if (chosen == detail::k_no_case) chosen = default_;
  entries_[chosen]->fire();
  return chosen;
}

}  // namespace weft::inline WEFT_WORLD
