// SPDX-License-Identifier: Apache-2.0
// labels.cc: see weft/debug/labels.h.                                                 Floor 6.

#include <weft/debug/labels.h>

#include "runtime/labels.h"

namespace weft::inline WEFT_WORLD {
namespace debug {
namespace {

void append(detail::label_pairs& to, label_list labels) {
  for (auto [key, value] : labels) to.emplace_back(key, value);
}

}  // namespace

void set_labels(label_list labels) {
  detail::label_pairs pairs;
  append(pairs, labels);
  detail::drop_labels(detail::exchange_labels(detail::make_labels(std::move(pairs))));
}

std::vector<std::pair<std::string, std::string>> labels() {
  detail::label_set* own = detail::own_labels();
  if (own == nullptr) return {};
  auto pairs = own->pairs;
  detail::drop_labels(own);
  return pairs;
}

label_scope::label_scope(label_list added) {
  detail::label_pairs pairs = labels();
  append(pairs, added);
  before_ = detail::exchange_labels(detail::make_labels(std::move(pairs)));
}

label_scope::~label_scope() {
  detail::drop_labels(detail::exchange_labels(static_cast<detail::label_set*>(before_)));
}

}  // namespace debug
}  // namespace weft::inline WEFT_WORLD
