// SPDX-License-Identifier: Apache-2.0
#pragma once
// chan: typed conduits through which goroutines hand values to each other.  Floor 4.  Go: chan T.

#include <weft/detail/sync/chan_handle.h>

#include <concepts>
#include <iterator>

WEFT_UNINSTRUMENTED_BEGIN
namespace weft::inline WEFT_WORLD {

template <class T>
class chan;
template <class T>
class sender;
template <class T>
class receiver;

namespace detail {

/// Receives until the channel is closed and drained. Single pass.
template <class T>
class chan_iterator {
 public:
  using value_type = T;
  using difference_type = std::ptrdiff_t;
  using iterator_concept = std::input_iterator_tag;

  chan_iterator() = default;
  explicit chan_iterator(chan_core* core) : core_(core), value_(recv_value<T>(core)) {}

  T&& operator*() const noexcept { return std::move(*value_); }
  chan_iterator& operator++() {
    value_ = recv_value<T>(core_);
    return *this;
  }
  void operator++(int) { ++*this; }
  friend bool operator==(const chan_iterator& i, std::default_sentinel_t) noexcept {
    return !i.value_.has_value();
  }

 private:
  chan_core* core_ = nullptr;
  mutable std::optional<T> value_;
};

}  // namespace detail

/// The receiving side of a channel. Made implicitly from a chan<T>; has no send and no close.
///
/// Go: <-chan T.
template <class T>
class receiver : public detail::chan_handle {
 public:
  using value_type = T;
  receiver() noexcept = default;
  explicit receiver(detail::chan_core* owned) noexcept : chan_handle(owned) {}

  /// True if both are the same channel, or both nil.
  friend bool operator==(const receiver& a, const receiver& b) noexcept {
    return a.core() == b.core();
  }

  /// As chan<T>::recv.
  std::optional<T> recv() const { return detail::recv_value<T>(core()); }
  std::optional<T> recv(const context& ctx) const { return detail::recv_value<T>(core(), ctx); }
  /// As chan<T>::try_recv.
  std::optional<T> try_recv() const {
    std::optional<T> value;
    if (core() != nullptr) core()->try_recv(&value);
    return value;
  }
  [[nodiscard]] detail::chan_iterator<T> begin() const { return detail::chan_iterator<T>(core()); }
  [[nodiscard]] std::default_sentinel_t end() const noexcept { return {}; }
};

/// The sending side of a channel. Made implicitly from a chan<T>; has no receive and no range.
///
/// Go: chan<- T.
template <class T>
class sender : public detail::chan_handle {
 public:
  using value_type = T;
  sender() noexcept = default;
  explicit sender(detail::chan_core* owned) noexcept : chan_handle(owned) {}

  /// True if both are the same channel, or both nil.
  friend bool operator==(const sender& a, const sender& b) noexcept { return a.core() == b.core(); }

  /// As chan<T>::send.
  void send(const T& value) const
    requires std::copy_constructible<T>
  {
    T copy = detail::copy_operand(value);
    detail::send_value<T>(core(), copy);
  }
  void send(T&& value) const { detail::send_value<T>(core(), detail::moved_operand(value)); }
  std::error_code send(const T& value, const context& ctx) const
    requires std::copy_constructible<T>
  {
    T copy = detail::copy_operand(value);
    return detail::send_with_context(core(), &copy, ctx);
  }
  std::error_code send(T&& value, const context& ctx) const {
    return detail::send_with_context(core(), &detail::moved_operand(value), ctx);
  }
  /// As chan<T>::try_send.
  bool try_send(const T& value) const
    requires std::copy_constructible<T>
  {
    T copy = detail::copy_operand(value);
    return detail::try_send_value<T>(core(), copy);
  }
  bool try_send(T&& value) const {
    return detail::try_send_value<T>(core(), detail::moved_operand(value));
  }
  /// As chan<T>::close.
  void close() const { detail::close_chan(core()); }
};

/// A channel: a cheap, copyable handle to a queue of T through which goroutines and plain threads
/// hand over values. Unbuffered (capacity 0), a send waits for its receive. The default-made
/// handle is nil: sends and receives on it block for ever, close panics.
///
/// | state          | send            | recv                                 | close         |
/// |----------------|-----------------|--------------------------------------|---------------|
/// | nil            | blocks for ever | blocks for ever                      | panic (nil)   |
/// | open, not full | queues          | the first; blocks if empty           | closed        |
/// | open, full     | blocks          | the first, and lets a sender in      | closed (1)    |
/// | closed         | panic           | the rest, then nullopt               | panic (closed)|
///
/// (1) the senders that are blocked panic.
///
/// Values arrive in the order sent; blocked senders and receivers are served first come, first
/// served. Elements must be nothrow-movable; they need be neither copyable nor default-made.
///
/// Memory:   the k-th send synchronizes before the return of the k-th recv; the k-th recv (its
///           start) before the return of the send k + capacity; close before every recv that
///           finds the channel closed. size(), a failed try_send or try_recv, a send or close that
///           panics: no edge.
/// Lifetime: the channel lives as long as a handle; whoever waits has one.
/// Callable from: goroutine | plain thread
/// Cost:     a short lock; no allocation but in make_chan.
/// Go:       chan T.
template <class T>
class chan : public detail::chan_handle {
 public:
  using value_type = T;
  chan() noexcept = default;
  explicit chan(detail::chan_core* owned) noexcept : chan_handle(owned) {}

  /// True if both are the same channel, or both nil.
  friend bool operator==(const chan& a, const chan& b) noexcept { return a.core() == b.core(); }

  operator sender<T>() const noexcept { return sender<T>(shared_core()); }
  operator receiver<T>() const noexcept { return receiver<T>(shared_core()); }

  /// Hands a value over.
  ///
  /// Blocks:   while the buffer is full or, unbuffered, until a receiver takes it.
  /// Errors/misuse: panic "send on closed channel", also if it is closed during the wait; the
  ///           value is then not delivered, and stays with the caller if it was an rvalue.
  void send(const T& value) const
    requires std::copy_constructible<T>
  {
    T copy = detail::copy_operand(value);
    detail::send_value<T>(core(), copy);
  }
  void send(T&& value) const { detail::send_value<T>(core(), detail::moved_operand(value)); }

  /// Sends, unless ctx ends first.
  ///
  /// Returns:  empty if sent; else ctx.err(), and a value given as an rvalue is untouched.
  /// Errors/misuse: panic "send on closed channel".
  std::error_code send(const T& value, const context& ctx) const
    requires std::copy_constructible<T>
  {
    T copy = detail::copy_operand(value);
    return detail::send_with_context(core(), &copy, ctx);
  }
  std::error_code send(T&& value, const context& ctx) const {
    return detail::send_with_context(core(), &detail::moved_operand(value), ctx);
  }

  /// Takes a value.
  ///
  /// Blocks:   while the channel is open and has none to give.
  /// Returns:  the value; nullopt if the channel is closed and drained.
  std::optional<T> recv() const { return detail::recv_value<T>(core()); }

  /// Takes a value, unless ctx ends first: nullopt then, as when the channel is closed and drained.
  std::optional<T> recv(const context& ctx) const { return detail::recv_value<T>(core(), ctx); }

  /// Sends if that can be done at once. A value that is refused is untouched.
  ///
  /// Errors/misuse: panic "send on closed channel".
  bool try_send(const T& value) const
    requires std::copy_constructible<T>
  {
    T copy = detail::copy_operand(value);
    return detail::try_send_value<T>(core(), copy);
  }
  bool try_send(T&& value) const {
    return detail::try_send_value<T>(core(), detail::moved_operand(value));
  }

  /// Receives if that can be done at once; nullopt also if the channel is closed and drained.
  std::optional<T> try_recv() const {
    std::optional<T> value;
    if (core() != nullptr) core()->try_recv(&value);
    return value;
  }

  /// No more sends. Wakes all who wait: receivers get nullopt, senders panic. Values that are
  /// buffered can still be received.
  ///
  /// Errors/misuse: panic "close of closed channel", panic "close of nil channel".
  void close() const { detail::close_chan(core()); }

  [[nodiscard]] detail::chan_iterator<T> begin() const { return detail::chan_iterator<T>(core()); }
  [[nodiscard]] std::default_sentinel_t end() const noexcept { return {}; }

 private:
  detail::chan_core* shared_core() const noexcept {
    if (core() != nullptr) core()->add_ref();
    return core();
  }
};

template <>
class receiver<void> : public detail::chan_handle {
 public:
  using value_type = void;
  receiver() noexcept = default;
  explicit receiver(detail::chan_core* owned) noexcept : chan_handle(owned) {}

  /// True if both are the same channel, or both nil.
  friend bool operator==(const receiver& a, const receiver& b) noexcept {
    return a.core() == b.core();
  }

  bool recv() const { return detail::recv_nothing(core()); }
  bool recv(const context& ctx) const { return detail::recv_nothing(core(), ctx); }
  bool try_recv() const {
    bool received = false;
    if (core() != nullptr) core()->try_recv(&received);
    return received;
  }
};

template <>
class sender<void> : public detail::chan_handle {
 public:
  using value_type = void;
  sender() noexcept = default;
  explicit sender(detail::chan_core* owned) noexcept : chan_handle(owned) {}

  /// True if both are the same channel, or both nil.
  friend bool operator==(const sender& a, const sender& b) noexcept { return a.core() == b.core(); }

  void send() const { detail::send_nothing(core()); }
  std::error_code send(const context& ctx) const {
    return detail::send_with_context(core(), nullptr, ctx);
  }
  bool try_send() const { return core() != nullptr && core()->try_send(nullptr); }
  void close() const { detail::close_chan(core()); }
};

/// A channel of nothing: send() and recv() -> bool (false: closed and drained). For signals.
///
/// Go: chan struct{}.
template <>
class chan<void> : public detail::chan_handle {
 public:
  using value_type = void;
  chan() noexcept = default;
  explicit chan(detail::chan_core* owned) noexcept : chan_handle(owned) {}

  /// True if both are the same channel, or both nil.
  friend bool operator==(const chan& a, const chan& b) noexcept { return a.core() == b.core(); }

  operator sender<void>() const noexcept { return sender<void>(shared_core()); }
  operator receiver<void>() const noexcept { return receiver<void>(shared_core()); }

  void send() const { detail::send_nothing(core()); }
  std::error_code send(const context& ctx) const {
    return detail::send_with_context(core(), nullptr, ctx);
  }
  bool recv() const { return detail::recv_nothing(core()); }
  bool recv(const context& ctx) const { return detail::recv_nothing(core(), ctx); }
  bool try_send() const { return core() != nullptr && core()->try_send(nullptr); }
  bool try_recv() const {
    bool received = false;
    if (core() != nullptr) core()->try_recv(&received);
    return received;
  }
  void close() const { detail::close_chan(core()); }

 private:
  detail::chan_core* shared_core() const noexcept {
    if (core() != nullptr) core()->add_ref();
    return core();
  }
};

/// Makes a channel with room for `capacity` values.
///
/// Errors:   panic "makechan: size out of range" if capacity is negative or absurd;
///           std::bad_alloc.
/// Go:       make(chan T, capacity).
template <class T, std::integral N = int>
[[nodiscard]] chan<T> make_chan(N capacity = 0) {
  constexpr auto k_most = static_cast<unsigned long long>(~0ULL >> 1);
  auto n = static_cast<unsigned long long>(capacity);
  bool absurd = capacity < 0 || n > k_most;
  return chan<T>(
      detail::chan_core::make(detail::ops_for<T>(), absurd ? -1 : static_cast<long long>(n)));
}

}  // namespace weft::inline WEFT_WORLD
WEFT_UNINSTRUMENTED_END
