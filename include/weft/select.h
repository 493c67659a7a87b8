// SPDX-License-Identifier: Apache-2.0
#pragma once
// select: waits until one of several channel operations can go ahead.  Floor 4.  Go: select.

#include <weft/chan.h>
#include <weft/detail/sync/select_core.h>

#include <array>
#include <functional>
#include <memory>
#include <type_traits>
#include <vector>

WEFT_UNINSTRUMENTED_BEGIN
namespace weft::inline WEFT_WORLD {
namespace detail {

struct no_handler {
  template <class... Args>
  void operator()(Args&&...) const noexcept {}
};

// A channel named by an lvalue outlives the select; a temporary is kept in the case.
template <class C>
class held_chan {
 public:
  explicit held_chan(C&& c) : handle_(std::forward<C>(c)) {}
  [[nodiscard]] chan_core* core() const noexcept { return handle_.core(); }

 private:
  std::conditional_t<std::is_lvalue_reference_v<C>, C, std::remove_cvref_t<C>> handle_;
};

template <class C>
using element_of = typename std::remove_cvref_t<C>::value_type;

template <class C>
concept can_receive = std::convertible_to<const std::remove_cvref_t<C>&, receiver<element_of<C>>>;
template <class C>
concept can_send = std::convertible_to<const std::remove_cvref_t<C>&, sender<element_of<C>>>;

template <class C, class H>
class recv_case {
 public:
  using slot_type = std::conditional_t<
      std::is_void_v<element_of<C>>, bool,
      std::optional<std::conditional_t<std::is_void_v<element_of<C>>, int, element_of<C>>>>;

  recv_case(C&& c, H&& handler) : chan_(std::forward<C>(c)), handler_(std::forward<H>(handler)) {}

  select_case prepare() noexcept { return {chan_.core(), &slot_, false}; }
  void fire() { std::invoke(handler_, std::move(slot_)); }

 private:
  held_chan<C> chan_;
  slot_type slot_{};
  std::decay_t<H> handler_;
};

// V: T&& when the caller gave an rvalue T, which is moved from only if it is sent; else T.
template <class C, class V, class H>
class send_case {
 public:
  template <class U>
  send_case(C&& c, U&& value, H&& handler)
      : chan_(std::forward<C>(c)),
        value_(read_operand(std::forward<U>(value))),
        handler_(std::forward<H>(handler)) {}

  select_case prepare() noexcept { return {chan_.core(), std::addressof(value_), true}; }
  void fire() { std::invoke(handler_); }

 private:
  template <class U>
  static U&& read_operand(U&& value) noexcept {
    if constexpr (std::is_lvalue_reference_v<U>) hb::read(std::addressof(value), sizeof value);
    return std::forward<U>(value);
  }

  held_chan<C> chan_;
  V value_;
  std::decay_t<H> handler_;
};

template <class C, class H>
class send_nothing_case {
 public:
  send_nothing_case(C&& c, H&& handler)
      : chan_(std::forward<C>(c)), handler_(std::forward<H>(handler)) {}

  select_case prepare() noexcept { return {chan_.core(), nullptr, true}; }
  void fire() { std::invoke(handler_); }

 private:
  held_chan<C> chan_;
  std::decay_t<H> handler_;
};

template <class H>
class default_case {
 public:
  explicit default_case(H&& handler) : handler_(std::forward<H>(handler)) {}
  select_case prepare() noexcept { return {}; }
  void fire() { std::invoke(handler_); }

 private:
  std::decay_t<H> handler_;
};

template <class Case>
inline constexpr bool is_default_case = false;
template <class H>
inline constexpr bool is_default_case<default_case<H>> = true;

template <class... Cases>
std::size_t select_among(select_order order, Cases&... cases) {
  constexpr std::size_t n = sizeof...(Cases);
  constexpr std::size_t defaults = (std::size_t{0} + ... + (is_default_case<Cases> ? 1 : 0));
  static_assert(defaults <= 1, "weft::select: at most one otherwise()");
  std::array<select_case, n> prepared{cases.prepare()...};
  std::size_t chosen = select_cases(prepared, defaults == 0, order);
  if constexpr (defaults == 1) {
    constexpr std::array<bool, n> is_default{is_default_case<Cases>...};
    if (chosen == k_no_case)
      for (std::size_t i = 0; i < n; ++i)
        if (is_default[i]) chosen = i;
  }
  std::size_t i = 0;
  static_cast<void>(((i++ == chosen ? (cases.fire(), true) : false) || ...));
  return chosen;
}

}  // namespace detail

/// A case of select: receive from c, then call handler(std::optional<T>), or handler(bool) for
/// chan<void>; nullopt or false mean closed and drained. The handler may be left out.
///
/// Go: case v, ok := <-c:
template <class C, class H = detail::no_handler>
  requires detail::can_receive<C>
[[nodiscard]] auto on_recv(C&& c, H&& handler = {}) {
  return detail::recv_case<C, H>(std::forward<C>(c), std::forward<H>(handler));
}

/// A case of select: send value to c, then call handler(). An lvalue is copied; an rvalue of the
/// element type is moved from only if this case is performed. The handler may be left out.
///
/// Lifetime: the case refers to c, if that is an lvalue, and to an rvalue value: make it where
///           select is called.
/// Go: case c <- value:
template <class C, class U, class H = detail::no_handler>
  requires detail::can_send<C> && (!std::is_void_v<detail::element_of<C>>) &&
           std::convertible_to<U&&, detail::element_of<C>>
[[nodiscard]] auto on_send(C&& c, U&& value, H&& handler = {}) {
  using T = detail::element_of<C>;
  using V = std::conditional_t<std::is_same_v<U, T>, T&&, T>;
  return detail::send_case<C, V, H>(std::forward<C>(c), std::forward<U>(value),
                                    std::forward<H>(handler));
}

/// The same for chan<void>.
template <class C, class H = detail::no_handler>
  requires detail::can_send<C> && std::is_void_v<detail::element_of<C>>
[[nodiscard]] auto on_send(C&& c, H&& handler = {}) {
  return detail::send_nothing_case<C, H>(std::forward<C>(c), std::forward<H>(handler));
}

/// What select does if no case is ready: it does not block then. At most one in a select.
///
/// Go: default:
template <class H = detail::no_handler>
[[nodiscard]] auto otherwise(H&& handler = {}) {
  return detail::default_case<H>(std::forward<H>(handler));
}

/// Performs exactly one of the cases, then calls its handler, outside all locks.
///
/// Blocks:   until a case is ready; for ever if there is none, or only nil channels; not at all
///           with otherwise(). Of several ready cases each is chosen with equal probability.
/// Returns:  the index of the case among the arguments, otherwise() counted like any other.
/// Errors/misuse: panic "send on closed channel" if a send case is chosen and its channel is
///           closed. What a handler throws comes out.
/// Memory:   the edges of the operation performed; none from the other cases.
/// Callable from: goroutine | plain thread
/// Cost:     two locks when a case is ready at once; no allocation up to 8 cases.
/// Go:       select. In C++ the order in which the arguments are evaluated is unspecified.
template <class... Cases>
std::size_t select(Cases&&... cases) {
  if constexpr (sizeof...(Cases) == 0) {
    return detail::select_cases({}, true, detail::select_order::random);
  } else {
    return detail::select_among(detail::select_order::random, cases...);
  }
}

/// As select, but of several ready cases the first in the order given is chosen.
///
/// Go: none (asked for in golang/go#80090 and #52637).
template <class... Cases>
std::size_t select_in_order(Cases&&... cases) {
  if constexpr (sizeof...(Cases) == 0) {
    return detail::select_cases({}, true, detail::select_order::given);
  } else {
    return detail::select_among(detail::select_order::given, cases...);
  }
}

/// A select whose cases are known only at run time. The set keeps its channels alive and may be
/// waited on again and again: copyable values are sent anew each time; the case of a move-only
/// value is never ready again once it has been sent.
///
/// Go: reflect.Select.
class select_set {
 public:
  select_set() = default;
  select_set(select_set&&) = default;
  select_set& operator=(select_set&&) = default;

  /// Each returns the index of the new case. At most 65536 cases.
  template <class C, class H = detail::no_handler>
    requires detail::can_receive<C>
  std::size_t add_recv(C&& c, H&& handler = {}) {
    using Held = std::remove_cvref_t<C>;
    return add(std::make_unique<static_entry<detail::recv_case<Held, std::decay_t<H>>>>(
        Held(std::forward<C>(c)), std::decay_t<H>(std::forward<H>(handler))));
  }

  template <class C, class U, class H = detail::no_handler>
    requires detail::can_send<C> && (!std::is_void_v<detail::element_of<C>>) &&
             std::convertible_to<U&&, detail::element_of<C>>
  std::size_t add_send(C&& c, U&& value, H&& handler = {}) {
    using T = detail::element_of<C>;
    return add(std::make_unique<send_entry<T, std::decay_t<H>>>(
        sender<T>(c), T(std::forward<U>(value)), std::forward<H>(handler)));
  }

  template <class C, class H = detail::no_handler>
    requires detail::can_send<C> && std::is_void_v<detail::element_of<C>>
  std::size_t add_send(C&& c, H&& handler = {}) {
    using Held = std::remove_cvref_t<C>;
    return add(std::make_unique<static_entry<detail::send_nothing_case<Held, std::decay_t<H>>>>(
        Held(std::forward<C>(c)), std::decay_t<H>(std::forward<H>(handler))));
  }

  /// Throws panic("reflect.Select: multiple default cases") for a second one.
  template <class H = detail::no_handler>
  std::size_t add_default(H&& handler = {}) {
    check_first_default();
    default_ = entries_.size();
    return add(std::make_unique<static_entry<detail::default_case<std::decay_t<H>>>>(
        std::decay_t<H>(std::forward<H>(handler))));
  }

  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }

  /// As select: performs one case, calls its handler, returns its index.
  std::size_t wait();

 private:
  struct entry {
    virtual ~entry() = default;
    virtual detail::select_case prepare() = 0;
    virtual void fire() = 0;
  };

  template <class Case>
  struct static_entry : entry {
    template <class... Args>
    explicit static_entry(Args&&... args) : made(std::forward<Args>(args)...) {}
    detail::select_case prepare() override { return made.prepare(); }
    void fire() override { made.fire(); }
    Case made;
  };

  template <class T, class H>
  struct send_entry : entry {
    template <class G>
    send_entry(sender<T> c, T&& v, G&& h)
        : to(std::move(c)), value(std::move(v)), handler(std::forward<G>(h)) {}
    detail::select_case prepare() override {
      if constexpr (std::is_copy_constructible_v<T>) {
        outgoing.emplace(value);
        return {to.core(), std::addressof(*outgoing), true};
      } else {
        return {sent ? nullptr : to.core(), std::addressof(value), true};
      }
    }
    void fire() override {
      sent = true;
      std::invoke(handler);
    }
    sender<T> to;
    T value;
    std::optional<T> outgoing;
    H handler;
    bool sent = false;
  };

  void check_first_default() const;
  std::size_t add(std::unique_ptr<entry> e) {
    entries_.push_back(std::move(e));
    return entries_.size() - 1;
  }

  std::vector<std::unique_ptr<entry>> entries_;
  std::size_t default_ = detail::k_no_case;
};

}  // namespace weft::inline WEFT_WORLD
WEFT_UNINSTRUMENTED_END
