// SPDX-License-Identifier: Apache-2.0
#pragma once
// forgetful, hidden_address: notes that lead nowhere.                                 Floor 6.
//
// What a report has noted of stacks, locks and channels must not stay in the free memory of the
// heap: find_leaks() would meet it there, and take for reached what nothing but a report has seen.

#include <weft/detail/base/config.h>

#include <compare>
#include <cstdint>
#include <cstring>
#include <new>

namespace weft::inline WEFT_WORLD {
namespace debug {

template <class T>
struct forgetful {
  using value_type = T;

  forgetful() = default;
  template <class U>
  // NOLINTNEXTLINE(google-explicit-constructor): as allocators are
  forgetful(const forgetful<U>&) noexcept {}

  T* allocate(std::size_t n) { return static_cast<T*>(::operator new(n * sizeof(T))); }
  void deallocate(T* p, std::size_t n) noexcept {
    explicit_bzero(static_cast<void*>(p), n * sizeof(T));
    ::operator delete(p);
  }
  template <class U>
  bool operator==(const forgetful<U>&) const noexcept {
    return true;
  }
};

/// Tells objects apart, also while the world goes on, and is no handle to them: inverted.
class hidden_address {
 public:
  explicit hidden_address(const void* p) noexcept
      : inverted_(~reinterpret_cast<std::uintptr_t>(p)) {}
  auto operator<=>(const hidden_address&) const = default;

 private:
  std::uintptr_t inverted_;
};

}  // namespace debug
}  // namespace weft::inline WEFT_WORLD
