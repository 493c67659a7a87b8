// SPDX-License-Identifier: Apache-2.0
#pragma once
// pool: objects that were used, for whoever needs one next.  Floor 5.  Go: sync.Pool.

#include <weft/detail/base/atomic.h>
#include <weft/detail/contract/hb.h>
#include <weft/detail/contract/sched.h>
#include <weft/detail/runtime/park.h>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <functional>
#include <memory>
#include <new>
#include <optional>
#include <type_traits>
#include <utility>

WEFT_UNINSTRUMENTED_BEGIN
namespace weft::inline WEFT_WORLD {

/// Keeps objects that are costly to make, from one use to the next. Each processor has a shelf of
/// its own, with one place in front, and the others behind it, last in, first out; other shelves
/// are asked if that is empty or full.
///
/// INV-1 nobody waits for a shelf: one that is in use is passed over. So a move of T may block.
///
/// Memory:   put(x) synchronizes before the return of the get() that gives x; the end of the make()
///           that made x before the return of the get() that gives it (E17). No edge otherwise.
/// Lifetime: no call may run when it is destroyed; what it keeps is destroyed with it. Not
///           copyable, not movable.
/// Callable from: goroutine | plain thread
/// Cost:     an exchange and a store each; no allocation but one for each shelf. Kept are, for each
///           processor, at most 64 objects, or as many as make 64 KiB but at least 4. There is no
///           collector to empty the shelves: what put() finds no room for, or no shelf that is not
///           just in use, it destroys.
/// Go:       sync.Pool, which drops objects at garbage collections and is unbounded between them.
template <class T>
class pool {
  static_assert(std::is_move_constructible_v<T>, "weft::pool: the objects must be movable");

 public:
  using value_type = T;

  pool()
    requires std::is_default_constructible_v<T>
      : pool([] { return T(); }) {}
  /// make gives a new object; several goroutines may call it at once.
  template <class F>
    requires std::is_invocable_r_v<T, F&>
  explicit pool(F make)
      : make_(std::move(make)),
        mask_(std::bit_ceil(std::min(detail::processors_to_expect(), k_most_shelves)) - 1),
        shelves_(new shelf[mask_ + 1]) {}
  pool(const pool&) = delete;
  pool& operator=(const pool&) = delete;

  /// Returns:  an object that was put, whichever, or else a new one.
  /// Cancel/exceptions: what make, or T's move constructor, throws.
  /// Go:       Pool.Get.
  [[nodiscard]] T get() {
    detail::sched::point(detail::sched::op::pool_get, this);
    const unsigned own = detail::processor_hint();
    for (unsigned i = 0; i <= mask_; ++i) {
      shelf& s = shelves_[(own + i) & mask_];
      if (s.count.load(detail::relaxed) == 0 || !s.try_lock()) continue;  // [PL-4] relaxed: a look.
      const unlocking scope{s};
      if (std::size_t n = s.count.load(detail::relaxed); n != 0) return s.take(n);
    }
    return make_();
  }

  /// Gives an object back. A null pointer is ignored.
  ///
  /// Errors:   std::bad_alloc, and what T's move constructor throws; the object is destroyed then.
  /// Go:       Pool.Put.
  void put(T object) {
    detail::sched::point(detail::sched::op::pool_put, this);
    if constexpr (requires { object == nullptr; })
      if (object == nullptr) return;
    const unsigned own = detail::processor_hint();
    for (unsigned i = 0; i <= mask_; ++i) {
      shelf& s = shelves_[(own + i) & mask_];
      // [PL-5] relaxed: a look.
      if (s.count.load(detail::relaxed) == k_room || !s.try_lock()) continue;
      const unlocking scope{s};
      if (std::size_t n = s.count.load(detail::relaxed); n != k_room) return s.add(n, object);
    }
  }

 private:
  static constexpr unsigned k_most_shelves = 256;
  static constexpr std::size_t k_room =
      std::clamp<std::size_t>(std::size_t{64} * 1024 / sizeof(T), 4, 64);

  struct place {
    alignas(T) std::byte room[sizeof(T)];
    [[no_unique_address]] detail::hb::cell cell;
    T* object() noexcept { return std::launder(reinterpret_cast<T*>(room)); }
  };

  struct alignas(detail::k_cache_line) shelf {
    detail::shared_word<bool> locked{false};
    detail::shared_word<std::size_t> count{0};  // guarded by locked; others have a look
    bool in_front = false;                      // guarded by locked: places[0] has an object
    std::unique_ptr<place[]> places;            // guarded by locked; the other objects: from 1 on

    shelf() = default;
    shelf(const shelf&) = delete;
    shelf& operator=(const shelf&) = delete;
    ~shelf() {
      std::size_t n = count.load();
      if (in_front) {
        std::destroy_at(places[0].object());
        --n;
      }
      for (; n > 0; --n) std::destroy_at(places[n].object());
    }

    bool try_lock() noexcept {
      // [PL-1] acquire; pairs with the release [PL-2].
      return !locked.load(detail::relaxed) && !locked.exchange(true, detail::acquire);
    }
    // [PL-2] release; pairs with the acquire [PL-1].
    void unlock() noexcept { locked.store(false, detail::release); }

    // One of n, in Go's order: the one in front, then the last one put.
    T take(std::size_t n) {
      [[maybe_unused]] const detail::hb::unseen_scope shelves_are_shared;
      place& from = places[in_front ? 0 : n];
      struct leave {  // after the move, into the result or out by an exception
        shelf& s;
        place& from;
        std::size_t n;
        ~leave() {
          std::destroy_at(from.object());
          s.in_front = false;
          s.count.store(n - 1, detail::relaxed);  // [PL-6] relaxed: for looks; else guarded.
        }
      } scope{*this, from, n};
      detail::hb::acquire(from.cell);  // E17
      return T(std::move(*from.object()));
    }

    void add(std::size_t n, T& object) {
      [[maybe_unused]] const detail::hb::unseen_scope shelves_are_shared;
      if (places == nullptr) places.reset(new place[k_room]);
      place& to = places[in_front ? n : 0];
      std::construct_at(to.object(), std::move(object));
      detail::hb::release(to.cell);  // E17
      in_front = true;
      count.store(n + 1, detail::relaxed);  // [PL-3] relaxed: for looks; else guarded.
    }
  };
  struct unlocking {
    shelf& s;
    ~unlocking() { s.unlock(); }
  };

  const std::function<T()> make_;
  const unsigned mask_;
  const std::unique_ptr<shelf[]> shelves_;
};

template <class F>
pool(F) -> pool<std::invoke_result_t<F&>>;

}  // namespace weft::inline WEFT_WORLD
WEFT_UNINSTRUMENTED_END
