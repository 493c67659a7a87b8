// SPDX-License-Identifier: Apache-2.0
#pragma once
// linearizable: does a concurrent object behave like a sequential one?  Floor 6.  Go: none.
//
// Only in programs that are linked to weft::check.

#include <weft/check.h>
#include <weft/detail/contract/hb.h>
#include <weft/detail/contract/sched.h>
#include <weft/panic.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

WEFT_UNINSTRUMENTED_BEGIN
namespace weft::inline WEFT_WORLD {
namespace check {

/// What a sequential object is to linearizable(): a value with the operations that were asked of
/// the concurrent one. apply() performs one and gives what it returns; == tells states apart.
template <class S>
concept specification = std::copyable<S> && std::equality_comparable<S> &&
                        requires(S state, const typename S::operation& what) {
                          { state.apply(what) } -> std::same_as<typename S::result>;
                        } && std::equality_comparable<typename S::result>;

/// One operation of a history. Without a result it has not returned: it may have taken effect, or
/// not.
template <specification S>
struct operation {
  typename S::operation what;
  std::optional<typename S::result> result;
  std::size_t begin = 0;
  std::size_t end = ~std::size_t{0};
};

namespace detail {

/// The search of J. Wing and C. Gong, "Testing and verifying concurrent objects" (JPDC 1993): as
/// the next to take effect, any operation that began before every other one that is left ended;
/// what led nowhere from the same state with the same operations left is not tried again (G. Lowe,
/// 2017).
template <specification S>
class linearization {
 public:
  explicit linearization(const std::vector<operation<S>>& all) : all_(all) {}

  bool exists(const S& state, std::uint64_t left) {
    std::size_t first_end = ~std::size_t{0};
    bool only_pending = true;
    for (std::size_t i = 0; i < all_.size(); ++i) {
      if ((left >> i & 1) == 0 || !all_[i].result) continue;
      only_pending = false;
      first_end = all_[i].end < first_end ? all_[i].end : first_end;
    }
    if (only_pending) return true;
    std::vector<S>& dead = dead_ends_[left];
    for (const S& d : dead)
      if (d == state) return false;
    for (std::size_t i = 0; i < all_.size(); ++i) {
      if ((left >> i & 1) == 0 || all_[i].begin > first_end) continue;
      S next = state;
      typename S::result r = next.apply(all_[i].what);
      if (all_[i].result && !(*all_[i].result == r)) continue;
      if (exists(next, left & ~(std::uint64_t{1} << i))) return true;
    }
    dead_ends_[left].push_back(state);
    return false;
  }

 private:
  const std::vector<operation<S>>& all_;
  std::map<std::uint64_t, std::vector<S>> dead_ends_;  // by which operations are left
};

}  // namespace detail

/// Is there an order of the operations, each between its begin and its end, in which `spec` gives
/// the results that were given?
///
/// Errors/misuse: panic "check: more than 64 operations".
template <specification S>
bool linearizable(const S& spec, const std::vector<operation<S>>& operations) {
  constexpr std::size_t k_most = 64;
  if (operations.size() > k_most) throw panic("check: more than 64 operations");
  bool is = false;
  weft::detail::hb::unseen([&] {
    std::uint64_t all = operations.size() == k_most ? ~std::uint64_t{0}
                                                    : (std::uint64_t{1} << operations.size()) - 1;
    is = detail::linearization<S>(operations).exists(spec, all);
  });
  return is;
}

/// Writes down what goroutines do to an object under check::explore(). That an operation ends
/// before another begins is part of the behaviour then: the search tries both orders.
///
/// Callable from: goroutine
template <specification S>
class history {
 public:
  /// Calls f(), which performs `what` on the object and gives its result.
  template <class F>
  typename S::result operator()(typename S::operation what, F&& f) {
    namespace sched = weft::detail::sched;
    std::size_t place = 0;
    sched::point(sched::op::atomic_load, this);
    weft::detail::hb::unseen([&] {
      place = all_.size();
      all_.push_back({std::move(what), std::nullopt, now_++});
    });
    typename S::result r = f();
    sched::point(sched::op::atomic_update, this);
    weft::detail::hb::unseen([&] {
      all_[place].result = r;
      all_[place].end = now_++;
    });
    return r;
  }
  [[nodiscard]] const std::vector<operation<S>>& operations() const noexcept { return all_; }
  /// A failure of the body unless the history is linearizable.
  void expect_linearizable(const S& spec = {}) const {
    check::expect(linearizable(spec, all_), "the history is not linearizable");
  }

 private:
  std::vector<operation<S>> all_;
  std::size_t now_ = 0;
};

}  // namespace check
}  // namespace weft::inline WEFT_WORLD
WEFT_UNINSTRUMENTED_END
