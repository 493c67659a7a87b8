// SPDX-License-Identifier: Apache-2.0
#pragma once
// context: deadlines, cancellation and request-scoped values.  Floor 4.  Go: package context.
//
// Every blocking call of weft has a form that takes a context as its last argument. The rule is
// the same for all: if the context has ended already, nothing is done; else, what can be done at
// once is done; else the call blocks until it can be done or the context ends. If both happen at
// the same time, either may win, and what is lost by one is taken by another: a lock is never
// held by nobody, a permit or a value is never dropped.

#include <weft/chan.h>
#include <weft/detail/sync/context_node.h>
#include <weft/time.h>

#include <optional>
#include <string>
#include <utility>

WEFT_UNINSTRUMENTED_BEGIN
namespace weft::inline WEFT_WORLD {

namespace detail {

/// Shared ownership of a node.
class context_ref {
 public:
  constexpr context_ref() noexcept = default;
  explicit context_ref(context_node* owned) noexcept : node_(owned) {}
  context_ref(const context_ref& other) noexcept : node_(other.node_) {
    if (node_ != nullptr) node_->add_ref();
  }
  context_ref(context_ref&& other) noexcept : node_(std::exchange(other.node_, nullptr)) {}
  context_ref& operator=(context_ref other) noexcept {
    std::swap(node_, other.node_);
    return *this;
  }
  ~context_ref() { context_node::drop_ref(node_); }
  [[nodiscard]] context_node* get() const noexcept { return node_; }

 private:
  context_node* node_ = nullptr;
};

template <class Key>
class value_node final : public context_node {
 public:
  template <class V>
  value_node(context_node& parent, V&& v)
      : context_node(context_kind::value, &parent, &context_key<Key>), value_(std::forward<V>(v)) {}

 private:
  [[nodiscard]] const void* stored() const noexcept override { return &value_; }
  [[nodiscard]] const char* key_name() const noexcept override { return __PRETTY_FUNCTION__; }
  typename Key::type value_;
};

template <class F>
class callback_of final : public context_callback {
 public:
  template <class G>
  explicit callback_of(G&& f) : f_(std::forward<G>(f)) {}
  callback_of(callback_of&&) = delete;
  callback_of(const callback_of&) = delete;
  callback_of& operator=(const callback_of&) = delete;

 private:
  void call() override { static_cast<void>(std::invoke(std::move(*f_))); }
  void release_function() noexcept override { f_.reset(); }
  std::optional<F> f_;
};

}  // namespace detail

/// A handle to a node in a tree of contexts: cheap to copy, immutable. It ends by the cancel
/// function that was made with it, by its deadline, or with its parent; once ended it stays so. A
/// default-made context is nil, and good for nothing but assignment and comparison.
///
/// Errors/misuse: using a nil context panics: "invalid memory address or nil pointer dereference".
/// Memory:   what came before the end (the call of cancel) synchronizes before a receive on
///           done() that returns, before err() and cause() that tell of it, and before the return
///           of a blocking call that it ended.
/// Callable from: goroutine | plain thread
/// Cost:     a handle is a pointer; copying is one atomic add. No goroutine is ever started to
///           watch a parent.
/// Go:       context.Context.
class context {
 public:
  context() noexcept = default;
  /// For the makers below.
  explicit context(detail::context_ref node) noexcept : node_(std::move(node)) {}

  /// A channel that is closed when the context ends; nil if it never can.
  /// Errors:   std::bad_alloc at the first call on a node.
  [[nodiscard]] receiver<void> done() const;

  /// Empty while the context lives; then errc::canceled or errc::deadline_exceeded. done() is
  /// closed by then.
  [[nodiscard]] std::error_code err() const;

  /// Why it ended: what the canceller said, or err(). Empty while it lives.
  [[nodiscard]] std::error_code cause() const;

  /// When it will end at the latest, if that is known.
  [[nodiscard]] std::optional<time_point> deadline() const;

  /// What with_value<Key> stored, in the nearest node upwards; null if nobody did. Valid as long
  /// as this context or one made from it exists.
  /// Cost:     proportional to the depth.
  template <class Key>
  [[nodiscard]] const typename Key::type* value() const {
    return static_cast<const typename Key::type*>(node().find(&detail::context_key<Key>));
  }

  /// How it was made, for people: "context.Background.WithCancel". Go: String().
  [[nodiscard]] std::string describe() const { return node().describe(); }

  explicit operator bool() const noexcept { return node_.get() != nullptr; }
  friend bool operator==(const context& a, const context& b) noexcept {
    return a.node_.get() == b.node_.get();
  }

  /// For the primitives: what a blocked call listens to; null if the context can never end.
  [[nodiscard]] detail::cancel_signal* signal() const { return node().canceler(); }
  /// For the makers below.
  [[nodiscard]] detail::context_node& node() const {
    if (node_.get() == nullptr) panic_nil();
    return *node_.get();
  }

 private:
  [[noreturn]] WEFT_COLD static void panic_nil();
  detail::context_ref node_;
};

/// What ends a context. May be called any number of times, from anywhere; the first counts. When
/// it returns, the context and all made from it have ended. Dropping it ends nothing.
///
/// Go: context.CancelFunc.
class cancel_function {
 public:
  cancel_function() noexcept = default;
  explicit cancel_function(detail::context_ref node) noexcept : node_(std::move(node)) {}
  void operator()() const noexcept;

 private:
  detail::context_ref node_;
};

/// The same, saying why. An empty code stands for errc::canceled.
///
/// Go: context.CancelCauseFunc.
class cancel_cause_function {
 public:
  cancel_cause_function() noexcept = default;
  explicit cancel_cause_function(detail::context_ref node) noexcept : node_(std::move(node)) {}
  void operator()(std::error_code cause = {}) const noexcept;

 private:
  detail::context_ref node_;
};

/// The context that never ends, has no deadline and no values: the root of all others.
///
/// Go: context.Background.
[[nodiscard]] context background() noexcept;

/// A child that ends when its cancel function is called, or with its parent.
///
/// Errors:   std::bad_alloc. Errors/misuse: panic "cannot create context from nil parent".
/// Cost:     one allocation; a parent that can end is locked for a moment.
/// Go:       context.WithCancel.
[[nodiscard]] std::pair<context, cancel_function> with_cancel(const context& parent);

/// The same with a cancel function that tells cause().
///
/// Go: context.WithCancelCause.
[[nodiscard]] std::pair<context, cancel_cause_function> with_cancel_cause(const context& parent);

/// A child that also ends, with errc::deadline_exceeded, when `when` has come; at once if that is
/// past. The parent's deadline, if sooner, stays. `cause` is what cause() gives if time ran out.
/// Call cancel when the work is done: it gives the timer back.
///
/// Errors:   std::bad_alloc; std::system_error if the runtime cannot start. Errors/misuse: panic
///           "cannot create context from nil parent".
/// Memory:   the making synchronizes before the end by the deadline is seen.
/// Cost:     as with_cancel, and an entry in a timer heap.
/// Go:       context.WithDeadline, context.WithDeadlineCause.
[[nodiscard]] std::pair<context, cancel_function> with_deadline(const context& parent,
                                                                time_point when,
                                                                std::error_code cause = {});

namespace detail {
std::pair<context, cancel_function> with_timeout(const context& parent, nanotime_t d,
                                                 std::error_code cause);
}

/// with_deadline, `d` from now.
///
/// Go: context.WithTimeout, context.WithTimeoutCause.
template <class Rep, class Period>
[[nodiscard]] std::pair<context, cancel_function> with_timeout(const context& parent,
                                                               std::chrono::duration<Rep, Period> d,
                                                               std::error_code cause = {}) {
  return detail::with_timeout(parent, detail::to_nanoseconds(d), cause);
}

/// A child that carries a value. Key is a type that nobody else has, with a member `type`:
///   struct request_id { using type = std::string; };
///
/// Errors:   std::bad_alloc, and what copying v throws. Errors/misuse: panic "cannot create
///           context from nil parent".
/// Go:       context.WithValue.
template <class Key>
[[nodiscard]] context with_value(const context& parent, typename Key::type v);

/// A child with the values of its parent that never ends and has no deadline.
///
/// Go: context.WithoutCancel.
[[nodiscard]] context without_cancel(const context& parent);

/// Keeps the function of after_func from being started. Dropping it stops nothing.
class stop_function {
 public:
  stop_function() noexcept = default;
  explicit stop_function(detail::context_callback* owned) noexcept : callback_(owned) {}
  stop_function(const stop_function& other) noexcept : callback_(other.callback_) {
    if (callback_ != nullptr) callback_->add_ref();
  }
  stop_function(stop_function&& other) noexcept
      : callback_(std::exchange(other.callback_, nullptr)) {}
  stop_function& operator=(stop_function other) noexcept {
    std::swap(callback_, other.callback_);
    return *this;
  }
  ~stop_function() {
    if (callback_ != nullptr) callback_->drop_ref();
  }

  /// True if this call kept the function from ever being started; false if it was started, or
  /// stopped before. Does not wait for it.
  bool operator()() const noexcept { return callback_ != nullptr && callback_->stop(); }

 private:
  detail::context_callback* callback_ = nullptr;
};

/// Runs f in a goroutine of its own once ctx has ended; at once if it has.
///
/// Errors:   std::bad_alloc, std::system_error. Errors/misuse: a nil context panics.
/// Memory:   this call and the end of ctx synchronize before the start of f.
/// Lifetime: f lives until it has run, or was stopped.
/// Go:       context.AfterFunc.
template <class F>
  requires std::is_invocable_v<std::decay_t<F>>
stop_function after_func(const context& ctx, F&& f) {
  detail::cancel_node* canceler = ctx.node().canceler();
  auto* made = new detail::callback_of<std::decay_t<F>>(std::forward<F>(f));
  stop_function stop(made);
  made->listen(canceler);
  return stop;
}

/// A child of a context for a scope: it ends with the scope at the latest.
///
/// Go: ctx, cancel := context.WithCancel(parent); defer cancel().
class [[nodiscard]] cancel_scope {
 public:
  explicit cancel_scope(const context& parent) : made_(with_cancel(parent)) {}
  template <class Rep, class Period>
  cancel_scope(const context& parent, std::chrono::duration<Rep, Period> timeout)
      : made_(with_timeout(parent, timeout)) {}
  cancel_scope(const cancel_scope&) = delete;
  cancel_scope& operator=(const cancel_scope&) = delete;
  ~cancel_scope() { cancel(); }

  [[nodiscard]] const context& ctx() const noexcept { return made_.first; }
  void cancel() const noexcept { made_.second(); }

 private:
  std::pair<context, cancel_function> made_;
};

namespace detail {
[[noreturn]] WEFT_COLD void panic_nil_parent();
inline context_node& parent_node(const context& parent) {
  if (!parent) panic_nil_parent();
  return parent.node();
}
}  // namespace detail

template <class Key>
context with_value(const context& parent, typename Key::type v) {
  detail::context_node& above = detail::parent_node(parent);
  return context(detail::context_ref(new detail::value_node<Key>(above, std::move(v))));
}

}  // namespace weft::inline WEFT_WORLD
WEFT_UNINSTRUMENTED_END
