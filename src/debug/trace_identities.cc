// SPDX-License-Identifier: Apache-2.0
// trace_identities.cc: see trace_identities.h.                                        Floor 6.

#include "debug/trace_identities.h"

#include "debug/symbols.h"

#include <algorithm>

namespace weft::inline WEFT_WORLD {
namespace debug {

using detail::trace::kind;
using detail::trace::record;

trace_identities::trace_identities(const detail::trace::contents& all,
                                   const std::vector<goroutine_now>& living) {
  for_each_record(all, [this](const record& r, const detail::trace::thread_info&) { note(r); });
  for (const goroutine_now& g : living) {
    identity& i = all_[g.id];
    if (i.name.empty()) i.name = g.name;
    i.creator = g.creator;
    ++i.records;
  }
}

void trace_identities::note(const record& r) {
  switch (r.what) {
    case kind::created:
    case kind::ended: {
      identity& i = all_[r.a];
      i.creator = static_cast<std::uintptr_t>(r.c);
      if (!r.text.empty()) i.name = std::string(r.text);
      ++i.records;
      break;
    }
    case kind::switched:
      if (r.b != 0) ++all_[r.b].records;
      if (r.a != 0) ++all_[r.a].records;
      break;
    case kind::woken:
    case kind::blocking_began:
    case kind::blocking_ended:
    case kind::region_began:
    case kind::region_ended:
    case kind::logged:
      if (r.a != 0) ++all_[r.a].records;
      break;
    default:
      break;
  }
}

void trace_identities::limit(std::size_t most) {
  if (all_.size() <= most) return;
  std::vector<identity*> order;
  order.reserve(all_.size());
  for (auto& [id, i] : all_) order.push_back(&i);
  std::nth_element(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(most), order.end(),
                   [](const identity* a, const identity* b) { return a->records > b->records; });
  for (std::size_t i = most; i < order.size(); ++i) order[i]->lane = false;
  without_lane_ = order.size() - most;
}

bool trace_identities::has_lane(std::uint64_t id) const {
  auto at = all_.find(id);
  return at != all_.end() && at->second.lane;
}

const std::string& trace_identities::place(std::uintptr_t creator) {
  auto [at, fresh] = places_.try_emplace(creator);
  if (!fresh || creator == 0) return at->second;
  for (const frame& f : symbolise(creator)) {
    if (is_internal(f)) continue;
    std::string file = f.file.substr(f.file.rfind('/') + 1);
    at->second = f.function + " " + file + ":" + std::to_string(f.line);
    break;
  }
  return at->second;
}

std::string trace_identities::name(std::uint64_t id) {
  std::string text = "goroutine " + std::to_string(id);
  auto at = all_.find(id);
  if (at == all_.end()) return text;
  const std::string& more = at->second.name.empty() ? place(at->second.creator) : at->second.name;
  if (!more.empty()) text += ": " + more;
  return text;
}

}  // namespace debug
}  // namespace weft::inline WEFT_WORLD
