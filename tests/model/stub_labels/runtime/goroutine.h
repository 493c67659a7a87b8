// SPDX-License-Identifier: Apache-2.0
#pragma once
// goroutine: in place of src/runtime/goroutine.h: what a goroutine has of its identity.

#include <weft/detail/base/atomic.h>

namespace weft::inline WEFT_WORLD {
namespace detail {

struct label_set;

struct goroutine {
  char* name = nullptr;
  label_set* labels = nullptr;
};

}  // namespace detail
}  // namespace weft::inline WEFT_WORLD
