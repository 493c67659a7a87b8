// SPDX-License-Identifier: Apache-2.0
#pragma once
// sharded_map: a hash map in stripes, each under a lock of its own.  Floor 5.

#include <weft/detail/lib/flat_table.h>
#include <weft/detail/lib/mix.h>
#include <weft/detail/runtime/park.h>
#include <weft/mutex.h>

#include <algorithm>
#include <bit>
#include <concepts>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <type_traits>
#include <utility>

WEFT_UNINSTRUMENTED_BEGIN
namespace weft::inline WEFT_WORLD {

/// A hash map for goroutines that write much: keys are spread over so many locked tables that two
/// of them seldom meet, and a value can be changed in place. For reading mostly see sync_map.
///
/// Blocks:   while another call works on the same stripe.
/// Memory:   as if each stripe were under a mutex of its own (E9): a call on a key synchronizes
///           before every later call on that key.
/// Cancel/exceptions: what K, V, Hash, Equal or a function given throw comes out of the call. set()
///           and erase() have then changed nothing.
/// Lifetime: no call may run when it is destroyed. Not copyable, not movable.
/// Callable from: goroutine | plain thread
/// Cost:     a mutex and a search in a flat table; an allocation only when a stripe grows, or for
///           each new key if K and V are large or their moves may throw. Stripes do not shrink.
///           64 bytes for each stripe.
/// Go:       none; a slice of maps, each with a sync.Mutex.
template <class K, class V, class Hash = std::hash<K>, class Equal = std::equal_to<K>>
class sharded_map {
 public:
  using key_type = K;
  using mapped_type = V;

  /// So many stripes, two or more, rounded up to a power of two; 0: eight for each processor.
  explicit sharded_map(std::size_t stripes = 0, Hash hash = Hash(), Equal equal = Equal())
      : bits_(bits_for(stripes)),
        stripes_(new stripe[std::size_t{1} << bits_]),
        hash_(std::move(hash)),
        equal_(std::move(equal)) {}
  sharded_map(const sharded_map&) = delete;
  sharded_map& operator=(const sharded_map&) = delete;

  /// Returns:  a copy of the value, if there is one.
  [[nodiscard]] std::optional<V> get(const K& key) const {
    const std::uint64_t h = hash(key);
    stripe& s = at(h);
    const std::scoped_lock hold(s.lock);
    const entry* e = s.table.find(h, key, equal_);
    return e == nullptr ? std::nullopt : std::optional<V>(e->value);
  }

  [[nodiscard]] bool contains(const K& key) const {
    const std::uint64_t h = hash(key);
    stripe& s = at(h);
    const std::scoped_lock hold(s.lock);
    return s.table.find(h, key, equal_) != nullptr;
  }

  /// Sets the value. One that was there is destroyed without the lock.
  void set(const K& key, V value) { put(key, value); }
  void set(K&& key, V value) { put(std::move(key), value); }

  /// Deletes the key; its value is destroyed without the lock.
  ///
  /// Returns:  true if there was one.
  bool erase(const K& key) {
    const std::uint64_t h = hash(key);
    stripe& s = at(h);
    std::optional<typename flat::removed> dead;
    const std::scoped_lock hold(s.lock);
    const entry* e = s.table.find(h, key, equal_);
    if (e != nullptr) dead.emplace(s.table.erase(h, *e));
    return e != nullptr;
  }

  /// Calls f(V&), on a default-made value if there is none. f runs under the stripe's lock: it may
  /// block, but must not call this map. If it throws, the value stays as f left it.
  ///
  /// Returns:  what f gives.
  template <class F>
    requires std::is_invocable_v<F, V&>
  auto update(const K& key, F&& f) {
    const std::uint64_t h = hash(key);
    stripe& s = at(h);
    const std::scoped_lock hold(s.lock);
    entry* e = s.table.find(h, key, equal_);
    if (e == nullptr) e = &s.table.insert(h, key);
    return std::invoke(std::forward<F>(f), e->value);
  }

  /// Calls f(key, value) for each, stripe by stripe, each under its lock: f may change the value
  /// and may block, but must not call this map. It is no snapshot of the whole.
  template <class F>
    requires std::is_invocable_v<F&, const K&, V&>
  void for_each(F&& f) {
    for_each_stripe(
        [&](stripe& s) { s.table.for_each([&](entry& e) { f(std::as_const(e.key), e.value); }); });
  }
  template <class F>
    requires std::is_invocable_v<F&, const K&, const V&>
  void for_each(F&& f) const {
    for_each_stripe(
        [&](stripe& s) { s.table.for_each([&](const entry& e) { f(e.key, e.value); }); });
  }

  /// Returns:  the number of keys; exact if nobody writes.
  [[nodiscard]] std::size_t size() const {
    std::size_t n = 0;
    for_each_stripe([&](stripe& s) { n += s.table.size(); });
    return n;
  }

  /// Deletes all keys, stripe by stripe.
  void clear() {
    for (std::size_t i = 0; i >> bits_ == 0; ++i) {
      flat dead;
      const std::scoped_lock hold(stripes_[i].lock);
      dead.swap(stripes_[i].table);
    }
  }

 private:
  using flat = detail::flat_table<K, V>;
  using entry = typename flat::entry;
  struct alignas(detail::k_cache_line) stripe {
    mutex lock;  // guards table
    flat table;
  };

  static constexpr std::size_t k_for_each_processor = 8;
  static constexpr std::size_t k_most = 4096;

  static unsigned bits_for(std::size_t stripes) {
    if (stripes == 0) stripes = k_for_each_processor * detail::processors_to_expect();
    return static_cast<unsigned>(std::bit_width(std::clamp<std::size_t>(stripes, 2, k_most) - 1));
  }

  [[nodiscard]] std::uint64_t hash(const K& key) const { return detail::mix(hash_(key)); }
  // By the high bits; tables look at the low ones.
  [[nodiscard]] stripe& at(std::uint64_t hash) const noexcept {
    return stripes_[hash >> (64 - bits_)];
  }

  template <class Key>
  void put(Key&& key, V& value) {
    const std::uint64_t h = hash(key);
    stripe& s = at(h);
    const std::scoped_lock hold(s.lock);
    if (entry* e = s.table.find(h, key, equal_)) {
      using std::swap;
      swap(e->value, value);
    } else {
      s.table.insert(h, std::forward<Key>(key), std::move(value));
    }
  }

  template <class F>
  void for_each_stripe(F f) const {
    for (std::size_t i = 0; i >> bits_ == 0; ++i) {
      const std::scoped_lock hold(stripes_[i].lock);
      f(stripes_[i]);
    }
  }

  const unsigned bits_;
  const std::unique_ptr<stripe[]> stripes_;
  [[no_unique_address]] Hash hash_;
  [[no_unique_address]] Equal equal_;
};

}  // namespace weft::inline WEFT_WORLD
WEFT_UNINSTRUMENTED_END
