// SPDX-License-Identifier: Apache-2.0
#pragma once
// outcomes: all that a body can return, races and all.  Floor 6.  Go: none; the memory model.
//
// Only in programs that are linked to weft::check.

#include <weft/check.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <ostream>
#include <set>
#include <sstream>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

WEFT_UNINSTRUMENTED_BEGIN
namespace weft::inline WEFT_WORLD {
namespace check {

/// What a racy read of a var finds, in outcomes().
enum memory_kind : unsigned char {
  go,        // any value that Go's memory model allows, but for acausal ones
  coherent,  // of those, what leaves each variable one order of writes that all readers agree on
  sc,        // the last one that was written
};

namespace detail {

report outcomes(void (*body)(void*), void* arg, void (*result)(void*, std::uint64_t),
                void* result_arg, memory_kind model, const options& o);

template <class T>
concept printable = requires(std::ostream& out, const T& t) { out << t; };

// As << does it, pairs, tuples and arrays by their parts: (1, 0). Else "?".
template <class T>
void print(std::ostream& out, const T& t) {
  if constexpr (printable<T>) {
    out << t;
  } else if constexpr (requires { std::tuple_size<T>::value; }) {
    std::apply(
        [&out](const auto&... part) {
          const char* before = "(";
          ((out << before, print(out, part), before = ", "), ...);
          out << ")";
        },
        t);
  } else {
    out << "?";
  }
}

}  // namespace detail

/// What a test says of the results of a body.
template <class T>
struct expected_outcomes {
  std::set<T> allowed{};  // none: all that are not forbidden
  std::set<T> forbidden{};
};

/// Results that were found, beside those that a test expects.
template <class T>
struct outcome_verdict {
  std::set<T> forbidden;   // found, and forbidden
  std::set<T> unexpected;  // found, and neither allowed nor forbidden
  std::set<T> missing;     // allowed, and not found: no mistake, but the test is not about them
  bool complete = false;   // no other result is possible
  std::string text;        // a line for each result: how often, which, what is wrong with it

  /// Nothing but what is allowed can be returned, and all of it was looked at.
  [[nodiscard]] bool ok() const noexcept {
    return complete && forbidden.empty() && unexpected.empty();
  }
  explicit operator bool() const noexcept { return ok(); }
  friend std::ostream& operator<<(std::ostream& out, const outcome_verdict& v) {
    return out << v.text;
  }
};

/// All results of a body, each with the number of executions that gave it.
template <class T>
class outcome_set : public std::map<T, std::uint64_t> {
 public:
  report how;                    // of the search; how.complete: there are no others
  std::uint64_t reads_from = 0;  // how many ways there are for reads to find writes

  /// The results beside those that a test allows and forbids; one that it does both is forbidden.
  [[nodiscard]] outcome_verdict<T> against(const expected_outcomes<T>& e) const {
    outcome_verdict<T> v;
    std::ostringstream text;
    auto line = [&](std::uint64_t times, const T& result, const char* what) {
      text.width(10);
      text << times << "  ";
      detail::print(text, result);
      text << what << "\n";
    };
    for (const auto& [result, times] : *this) {
      const bool forbidden = e.forbidden.contains(result);
      const bool unexpected = !forbidden && !e.allowed.empty() && !e.allowed.contains(result);
      if (forbidden) v.forbidden.insert(result);
      if (unexpected) v.unexpected.insert(result);
      line(times, result, forbidden ? "  FORBIDDEN" : unexpected ? "  UNEXPECTED" : "");
    }
    for (const T& result : e.allowed) {
      if (this->contains(result) || e.forbidden.contains(result)) continue;
      v.missing.insert(result);
      line(0, result, "  allowed, not found");
    }
    v.complete = how.complete;
    v.text = std::move(text).str() + how.summary() + "\n";
    return v;
  }

  /// A histogram: a line for each result, and how they were found.
  friend std::ostream& operator<<(std::ostream& out, const outcome_set& all) {
    return out << all.against({});
  }
};

/// What body can return under the contract: reads and writes of weft::var that race are no failure
/// here, but find whatever the memory model allows. Of a body that fails, what it returned before.
/// Always searched exhaustively, whatever options::strategy is.
///
/// Returns:  the results. They are all there are only if how.complete; how.ok() is false if an
///           execution failed.
/// Callable from: plain thread, one at a time
template <class T, class F>
  requires std::is_invocable_r_v<T, F&>
outcome_set<T> outcomes(F&& body, memory_kind model = go,
                        const options& o = {.stop_at_failure = false}) {
  struct state {
    std::remove_reference_t<F>* body;
    outcome_set<T> all;
    std::optional<T> last;
    std::set<std::uint64_t> ways;
  } s{std::addressof(body), {}, {}, {}};
  s.all.how = detail::outcomes(
      [](void* p) {
        auto& mine = *static_cast<state*>(p);
        mine.last.reset();
        mine.last.emplace((*mine.body)());
      },
      &s,
      [](void* p, std::uint64_t way) {
        auto& mine = *static_cast<state*>(p);
        if (mine.last) ++mine.all[*mine.last];
        mine.ways.insert(way);
      },
      &s, model, o);
  s.all.reads_from = s.ways.size();
  return std::move(s.all);
}

}  // namespace check
}  // namespace weft::inline WEFT_WORLD
WEFT_UNINSTRUMENTED_END
