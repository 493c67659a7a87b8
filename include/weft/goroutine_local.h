// SPDX-License-Identifier: Apache-2.0
#pragma once
// goroutine_local: a variable of which every goroutine has its own.                   Floor 3.

#include <weft/detail/base/config.h>

#include <cstdint>
#include <memory>

WEFT_UNINSTRUMENTED_BEGIN
namespace weft::inline WEFT_WORLD {
namespace detail {

/// Never the same twice, so that no variable finds the values of one that is gone.
std::uint64_t new_local_key() noexcept;
void* find_local(std::uint64_t key) noexcept;
void add_local(std::uint64_t key, void* value, void (*destroy)(void*));

}  // namespace detail

/// A T for each goroutine (and each plain thread), default-made at its first use there and
/// destroyed when the goroutine ends.
///
/// Use it where a thread's code would use `thread_local`: a goroutine may resume on another
/// thread after any blocking call, so that a reference to a thread_local must not be kept across
/// one.
///
/// Returns:  a reference that is good until the goroutine ends.
/// Errors:   what T's constructor throws, std::bad_alloc.
/// Memory:   no edges; a value is seen by its own goroutine only.
/// Lifetime: values live until their goroutine ends, whether the goroutine_local still does or
///           not; it should outlive its users, so make it static.
/// Callable from: goroutine | plain thread
/// Cost:     a scan of the goroutine's few values.
/// Go:       none; Go passes a context instead.
template <class T>
class goroutine_local {
 public:
  goroutine_local() = default;
  goroutine_local(const goroutine_local&) = delete;
  goroutine_local& operator=(const goroutine_local&) = delete;

  T& get() {
    if (void* mine = detail::find_local(key_)) return *static_cast<T*>(mine);
    auto made = std::make_unique<T>();
    detail::add_local(key_, made.get(), [](void* p) { delete static_cast<T*>(p); });
    return *made.release();
  }
  T& operator*() { return get(); }
  T* operator->() { return &get(); }

 private:
  const std::uint64_t key_ = detail::new_local_key();
};

}  // namespace weft::inline WEFT_WORLD
WEFT_UNINSTRUMENTED_END
