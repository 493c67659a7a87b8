// SPDX-License-Identifier: Apache-2.0
#pragma once
// sync_map: a hash map that goroutines use at once.  Floor 5.  Go: sync.Map.

#include <weft/detail/contract/hb.h>
#include <weft/detail/contract/sched.h>
#include <weft/detail/lib/mix.h>
#include <weft/detail/lib/split_table.h>

#include <concepts>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

WEFT_UNINSTRUMENTED_BEGIN
namespace weft::inline WEFT_WORLD {

/// A hash map without locks: loads write nothing that another processor reads, and neither wait nor
/// make anybody wait; stores of different keys do not meet. Values are copied in and out. Made for
/// keys that are read much oftener than written; for writing much see sharded_map.
///
/// Memory:   an operation that writes synchronizes before each one that reads what it wrote (E16).
///           All of them read, but store() and erase(). store(), swap(), erase() and clear() write;
///           load_and_delete() and compare_and_delete() do if they delete, load_or_store() if it
///           stores, compare_and_swap() if it swaps.
/// Cancel/exceptions: what K, V, Hash or Equal throw comes out of the call. It has then changed
///           nothing.
/// Lifetime: a value that was replaced or deleted is destroyed when nobody reads it any more: by a
///           later call that deletes, which may be one of some hundreds later while there are many,
///           or with the map. No call may run when the map is destroyed.
/// Callable from: goroutine | plain thread
/// Cost:     a search without locks; one allocation for a key or value stored. About 600 bytes
///           empty, 16 for each key that there was at once, and each node.
/// Go:       sync.Map, as of 1.24. Hash and Equal are called by several goroutines at once.
template <class K, class V, class Hash = std::hash<K>, class Equal = std::equal_to<K>>
class sync_map {
 public:
  using key_type = K;
  using mapped_type = V;

  sync_map() : sync_map(Hash()) {}
  explicit sync_map(Hash hash, Equal equal = Equal())
      : table_(k_traits), hash_(std::move(hash)), equal_(std::move(equal)) {}
  sync_map(const sync_map&) = delete;
  sync_map& operator=(const sync_map&) = delete;

  /// Returns:  a copy of the value, if there is one.
  /// Go:       Map.Load.
  [[nodiscard]] std::optional<V> load(const K& key) const {
    point(op::map_load);
    cursor at(table_);
    return copy(find(at, order(key), key));
  }

  /// Sets the value.
  ///
  /// Go:       Map.Store.
  void store(K key, V value) {
    point(op::map_update);
    owned made = make(std::move(key), std::move(value));
    cursor at(table_);
    while (!put(at, find(at, made), made)) continue;
  }

  /// Sets the value unless there is one.
  ///
  /// Returns:  the value there is in the end, and true if it was there before.
  /// Go:       Map.LoadOrStore.
  std::pair<V, bool> load_or_store(K key, V value) {
    point(op::map_update);
    cursor at(table_);
    entry* found = find(at, order(key), key);
    if (found != nullptr) return {*copy(found), true};
    V result = value;
    owned made = make(std::move(key), std::move(value));
    for (;; found = find(at, made)) {
      if (found != nullptr) return {*copy(found), true};
      if (put(at, nullptr, made)) return {std::move(result), false};
    }
  }

  /// Deletes the key.
  ///
  /// Returns:  a copy of the value it had, if any.
  /// Go:       Map.LoadAndDelete.
  std::optional<V> load_and_delete(const K& key) {
    point(op::map_update);
    cursor at(table_);
    for (;;) {
      std::optional<V> value = copy(find(at, order(key), key));
      if (!value || remove(at)) return value;
    }
  }

  /// Deletes the key.
  ///
  /// Returns:  true if there was one.
  /// Go:       Map.Delete.
  bool erase(const K& key) {
    point(op::map_update);
    cursor at(table_);
    while (find(at, order(key), key) != nullptr)
      if (remove(at)) return true;
    return false;
  }

  /// Sets the value.
  ///
  /// Returns:  a copy of the value before, if any.
  /// Go:       Map.Swap.
  std::optional<V> swap(K key, V value) {
    point(op::map_update);
    owned made = make(std::move(key), std::move(value));
    cursor at(table_);
    for (;;) {
      entry* found = find(at, made);
      std::optional<V> before = copy(found);
      if (put(at, found, made)) return before;
    }
  }

  /// Sets the value if there is one that equals `old`.
  ///
  /// Returns:  true if it did so.
  /// Go:       Map.CompareAndSwap.
  bool compare_and_swap(const K& key, const V& old, V desired)
    requires std::equality_comparable<V>
  {
    point(op::map_update);
    cursor at(table_);
    if (!equals(find(at, order(key), key), old)) return false;
    owned made = make(key, std::move(desired));
    for (;;) {
      entry* found = find(at, made);
      if (!equals(found, old)) return false;
      if (put(at, found, made)) return true;
    }
  }

  /// Deletes the key if its value equals `old`.
  ///
  /// Returns:  true if it did so.
  /// Go:       Map.CompareAndDelete.
  bool compare_and_delete(const K& key, const V& old)
    requires std::equality_comparable<V>
  {
    point(op::map_update);
    cursor at(table_);
    while (equals(find(at, order(key), key), old))
      if (remove(at)) return true;
    return false;
  }

  /// Calls f(key, value) for each key, until f gives false. No key comes twice. It is no snapshot:
  /// a key that is stored or deleted meanwhile comes with any value it had meanwhile, or not at
  /// all. f is called without locks, on copies, and may call anything.
  ///
  /// Cost:     the whole map's length, whenever f stops; copies some tens of keys at a time.
  /// Go:       Map.Range.
  template <class F>
    requires std::is_invocable_r_v<bool, F&, const K&, const V&>
  void range(F&& f) const {
    std::vector<std::pair<K, V>> batch;
    std::uint64_t next = 0;
    do {
      point(op::map_range);
      batch.clear();
      next = collect(next, batch);
      for (const auto& [key, value] : batch)
        if (!f(key, value)) return;
    } while (next != 0);
  }

  /// Deletes all keys at one instant, and destroys the values that nobody reads.
  ///
  /// Cost:     a walk over the whole map.
  /// Go:       Map.Clear.
  void clear() {
    point(op::map_update);
    detail::hb::release_merge(deletions_);  // E16
    table_.clear();
  }

 private:
  using cursor = detail::split_table::cursor;
  using op = detail::sched::op;

  struct entry : detail::split_table::node {
    entry(K&& k, V&& v) : key(std::move(k)), value(std::move(v)) {}
    entry(const K& k, V&& v) : key(k), value(std::move(v)) {}
    const K key;
    const V value;
    [[no_unique_address]] detail::hb::cell cell;  // of the call that stored it
  };
  using owned = std::unique_ptr<entry>;

  static constexpr detail::retired_nodes::traits k_traits = {
      .destroy =
          [](detail::retired_node* n) noexcept {
            detail::hb::unseen([&] { delete static_cast<entry*>(n); });
          },
      .address = [](const detail::retired_node* n) noexcept -> const void* {
        return static_cast<const detail::split_table::link*>(static_cast<const entry*>(n));
      },
      .light = true,
      .prompt = true};
  static constexpr std::size_t k_batch = 64;

  void point(op what) const noexcept { detail::sched::point(what, this); }

  [[nodiscard]] std::uint64_t order(const K& key) const {
    return detail::split_table::order_of(detail::mix(hash_(key)));
  }

  template <class Key>
  owned make(Key&& key, V&& value) {
    std::uint64_t place = order(key);
    owned made(new entry(std::forward<Key>(key), std::move(value)));
    made->order.store(place, detail::relaxed);  // [SM-30] relaxed: not linked yet.
    detail::hb::release(made->cell);            // E16
    return made;
  }

  // The entry with this key, protected while `at` stays there; else null, and `at` where one is to
  // be put.
  entry* find(cursor& at, std::uint64_t order, const K& key) const {
    for (;;) {
      bool here = at.start(order);
      while (here && at.order() == order) {
        auto& e = static_cast<entry&>(at.current());
        // Only the value that is read has an edge; comparing keys with others' makes none.
        bool equal = false;
        detail::hb::unseen([&] { equal = equal_(e.key, key); });
        if (equal) return &e;
        here = at.advance();
      }
      if (here) return nullptr;
    }
  }
  entry* find(cursor& at, const owned& made) const {
    // [SM-31] relaxed: constant.
    return find(at, made->order.load(detail::relaxed), made->key);
  }

  // What it observes, be it that there is nothing.
  [[nodiscard]] std::optional<V> copy(entry* e) const {
    observe(e);
    return e == nullptr ? std::nullopt : std::optional<V>(e->value);
  }
  [[nodiscard]] bool equals(entry* e, const V& value) const {
    observe(e);
    return e != nullptr && e->value == value;
  }
  void observe(entry* e) const noexcept {
    detail::hb::acquire(e == nullptr ? deletions_ : e->cell);  // E16
  }

  bool put(cursor& at, const entry* instead_of, owned& made) {
    if (instead_of == nullptr ? !at.insert(*made) : !at.replace(*made)) return false;
    static_cast<void>(made.release());
    return true;
  }

  bool remove(cursor& at) {
    detail::hb::release_merge(deletions_);  // E16
    return at.erase();
  }

  // Copies entries from order `first` on; gives the order to go on with, 0 at the end. All of one
  // order come at once, as it cannot be gone on within them.
  std::uint64_t collect(std::uint64_t first, std::vector<std::pair<K, V>>& batch) const {
    cursor at(table_);
    std::size_t complete = 0;  // so many of batch are below order `first`
    for (bool here = at.start(first);; here = here ? at.advance() : at.start(first)) {
      if (!here) {
        while (batch.size() > complete) batch.pop_back();
        continue;
      }
      if (at.at_end()) return 0;
      if (!at.at_node()) continue;
      if (at.order() != first) {
        first = at.order();
        complete = batch.size();
        if (complete >= k_batch) return first;
      }
      auto& e = static_cast<entry&>(at.current());
      observe(&e);
      batch.emplace_back(e.key, e.value);
    }
  }

  mutable detail::split_table table_;
  [[no_unique_address]] Hash hash_;
  [[no_unique_address]] Equal equal_;
  // The race build merges all deletions: who finds nothing under one key has, there, an edge from
  // the deletion of another.
  [[no_unique_address]] mutable detail::hb::cell deletions_;
};

}  // namespace weft::inline WEFT_WORLD
WEFT_UNINSTRUMENTED_END
