// SPDX-License-Identifier: Apache-2.0
#pragma once
// labels: telling profiles what a goroutine is working on.               Floor 6.  Go:
// runtime/pprof.

#include <weft/detail/base/config.h>

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

WEFT_UNINSTRUMENTED_BEGIN
namespace weft::inline WEFT_WORLD {
namespace debug {

/// Keys and values, such as {{"tenant", name}, {"route", "/search"}}. Of a key that comes twice
/// the last value counts.
using label_list = std::initializer_list<std::pair<std::string_view, std::string_view>>;

/// Gives the calling goroutine these labels in place of those it had. CPU and goroutine profiles
/// and dumps show them; goroutines it starts from now on inherit them.
///
/// Blocks:   no.
/// Errors/misuse: std::bad_alloc. On a plain thread it does nothing.
/// Callable from: goroutine | plain thread
/// Cost:     an allocation for the set, and for each text that is not short.
/// Go:       pprof.SetGoroutineLabels; the labels are the goroutine's, no context carries them.
void set_labels(label_list labels);

/// The calling goroutine's labels, by key.
std::vector<std::pair<std::string, std::string>> labels();

/// Adds labels to the calling goroutine's for as long as it lives. To be destroyed by the goroutine
/// that made it, the last one first.
class label_scope {
 public:
  explicit label_scope(label_list labels);
  ~label_scope();
  label_scope(const label_scope&) = delete;
  label_scope& operator=(const label_scope&) = delete;

 private:
  void* before_;
};

/// Calls f() with labels added to the calling goroutine's, which has its old ones back when f is
/// left, by an exception too.
///
/// Returns:  what f() does.
/// Go:       pprof.Do.
template <class F>
decltype(auto) with_labels(label_list labels, F&& f) {
  label_scope scope(labels);
  return std::forward<F>(f)();
}

}  // namespace debug
}  // namespace weft::inline WEFT_WORLD
WEFT_UNINSTRUMENTED_END
