// SPDX-License-Identifier: Apache-2.0
#pragma once
// hb_unseen: accesses that are nobody's, in the two builds that watch them.           Floor 2.
//
// Included by hb_race.h and hb_check.h; hb.h says what each call means.

#include <weft/detail/base/config.h>

WEFT_UNSEEN_BEGIN
namespace weft::inline WEFT_WORLD {
namespace detail::hb {

class unseen_scope {
 public:
  unseen_scope() noexcept;
  unseen_scope(const unseen_scope&) = delete;
  unseen_scope& operator=(const unseen_scope&) = delete;
  ~unseen_scope();
};

template <class F>
void unseen(F&& f) noexcept(noexcept(f())) {
  const unseen_scope ignore;
  f();
}

}  // namespace detail::hb
}  // namespace weft::inline WEFT_WORLD
WEFT_UNSEEN_END
