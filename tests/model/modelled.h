// SPDX-License-Identifier: Apache-2.0
#pragma once
// modelled: what is included after this, is compiled in a namespace of its own, over the checker's
// primitives. Include it after all that is to be the checker's.

#include <weft/detail/base/atomic.h>
#include <weft/detail/os/lock.h>

#include "model/machine_host.h"

#undef WEFT_WORLD
#define WEFT_WORLD in_check::modelled

namespace weft::inline in_check {
namespace modelled::detail {
using namespace weft::in_check::detail;  // NOLINT(google-build-using-namespace): what lies below

// lock_model.cc has its grains.
class lock {
 public:
  constexpr explicit lock(lock_rank /*rank*/) noexcept {}
  lock(const lock&) = delete;
  lock& operator=(const lock&) = delete;
  void acquire_lock() noexcept { mutex_.lock(); }
  void release_lock() noexcept { mutex_.unlock(); }

 private:
  weft_model::host::mutex mutex_;
};
class [[nodiscard]] lock_scope {
 public:
  explicit lock_scope(lock& l) noexcept : lock_(l) { lock_.acquire_lock(); }
  ~lock_scope() { lock_.release_lock(); }
  lock_scope(const lock_scope&) = delete;
  lock_scope& operator=(const lock_scope&) = delete;

 private:
  lock& lock_;
};
}  // namespace modelled::detail
}  // namespace weft::inline in_check
