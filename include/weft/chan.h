// SPDX-License-Identifier: Apache-2.0
#pragma once
// chan: typed conduits through which goroutines hand values to each other.  Floor 4.  Go: chan T.

#include <weft/detail/sync/chan_core.h>

#include <concepts>
#include <iterator>
#include <type_traits>

namespace weft::inline WEFT_WORLD {

template <class T>
class chan;
template <class T>
class sender;
template <class T>
class receiver;

namespace detail {

// Go's limit, so that a value always fits the stacks it is handed between.
inline constexpr std::size_t k_max_element = 64 * 1024;

template <class T>
constexpr void check_element() {
  if constexpr (!std::is_void_v<T>) {
    static_assert(std::is_object_v<T> && !std::is_const_v<T> && !std::is_volatile_v<T>,
                  "weft::chan: the element type must be a plain object type");
    static_assert(std::is_nothrow_move_constructible_v<T> && std::is_nothrow_destructible_v<T>,
                  "weft::chan: moving and destroying an element must not throw");
    static_assert(sizeof(T) < k_max_element, "weft::chan: channel element type too large (>64kB)");
  }
}

template <class T>
constexpr const element_ops& ops_for() {
  check_element<T>();
  if constexpr (std::is_void_v<T>) {
    return void_element_ops::value;
  } else {
    return element_ops_of<T>::value;
  }
}

/// Shared ownership of a channel: what chan, sender and receiver have in common. A channel lives
/// as long as any handle to it does, and everybody who waits on it has one.
class chan_handle {
 public:
  constexpr chan_handle() noexcept = default;
  explicit chan_handle(chan_core* owned) noexcept : core_(owned) {}
  chan_handle(const chan_handle& other) noexcept : core_(other.core_) {
    if (core_ != nullptr) core_->add_ref();
  }
  chan_handle(chan_handle&& other) noexcept : core_(std::exchange(other.core_, nullptr)) {}
  chan_handle& operator=(const chan_handle& other) noexcept {
    chan_handle(other).swap(*this);
    return *this;
  }
  chan_handle& operator=(chan_handle&& other) noexcept {
    chan_handle(std::move(other)).swap(*this);
    return *this;
  }
  ~chan_handle() {
    if (core_ != nullptr) core_->drop_ref();
  }

  /// Number of buffered values; 0 for unbuffered, nil and timer channels. Promises no edge.
  /// Go: len(c).
  [[nodiscard]] std::size_t size() const noexcept { return core_ == nullptr ? 0 : core_->size(); }
  /// Go: cap(c).
  [[nodiscard]] std::size_t capacity() const noexcept {
    return core_ == nullptr ? 0 : core_->capacity();
  }
  /// False for a nil channel.
  explicit operator bool() const noexcept { return core_ != nullptr; }
  /// For select and the timers.
  [[nodiscard]] chan_core* core() const noexcept { return core_; }

 private:
  void swap(chan_handle& other) noexcept { std::swap(core_, other.core_); }
  chan_core* core_ = nullptr;
};

template <class T>
void send_value(chan_core* core, T& value) {
  if (WEFT_UNLIKELY(core == nullptr)) block_on_nil(wait_reason::chan_send_nil);
  sched::point(sched::op::chan_send, core);
  if (!core->send_inline(value)) core->send_locked(&value);
}

template <class T>
std::optional<T> recv_value(chan_core* core) {
  if (WEFT_UNLIKELY(core == nullptr)) block_on_nil(wait_reason::chan_receive_nil);
  sched::point(sched::op::chan_recv, core);
  std::optional<T> value;
  if (!core->recv_inline(value)) core->recv_locked(&value);
  return value;
}

inline void send_nothing(chan_core* core) {
  if (core == nullptr) block_on_nil(wait_reason::chan_send_nil);
  core->send(nullptr);
}

inline bool recv_nothing(chan_core* core) {
  if (core == nullptr) block_on_nil(wait_reason::chan_receive_nil);
  bool received = false;
  core->recv(&received);
  return received;
}

template <class T>
bool try_send_value(chan_core* core, T& value) {
  return core != nullptr && core->try_send(&value);
}

inline void close_chan(chan_core* core) {
  if (core == nullptr) panic_close_of_nil();
  core->close();
}

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
    T copy(value);
    detail::send_value<T>(core(), copy);
  }
  void send(T&& value) const { detail::send_value<T>(core(), value); }
  /// As chan<T>::try_send.
  bool try_send(const T& value) const
    requires std::copy_constructible<T>
  {
    T copy(value);
    return detail::try_send_value<T>(core(), copy);
  }
  bool try_send(T&& value) const { return detail::try_send_value<T>(core(), value); }
  /// As chan<T>::close.
  void close() const { detail::close_chan(core()); }
};

/// A channel: a cheap, copyable handle to a queue of T through which goroutines and plain threads
/// hand over values. Unbuffered (capacity 0), a send waits for its receive. The default-made
/// handle is nil: sends and receives on it block for ever, close panics.
///
/// | state            | send            | recv                   | close             |
/// |------------------|-----------------|------------------------|-------------------|
/// | nil              | blocks for ever | blocks for ever        | panic (nil)       |
/// | open, not full   | queues          | takes the first, or blocks if empty | closed |
/// | open, full       | blocks          | takes the first, lets a sender in | closed, blocked
/// senders panic | | closed           | panic           | the rest, then nullopt | panic (closed) |
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
    T copy(value);
    detail::send_value<T>(core(), copy);
  }
  void send(T&& value) const { detail::send_value<T>(core(), value); }

  /// Takes a value.
  ///
  /// Blocks:   while the channel is open and has none to give.
  /// Returns:  the value; nullopt if the channel is closed and drained.
  std::optional<T> recv() const { return detail::recv_value<T>(core()); }

  /// Sends if that can be done at once. A value that is refused is untouched.
  ///
  /// Errors/misuse: panic "send on closed channel".
  bool try_send(const T& value) const
    requires std::copy_constructible<T>
  {
    T copy(value);
    return detail::try_send_value<T>(core(), copy);
  }
  bool try_send(T&& value) const { return detail::try_send_value<T>(core(), value); }

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
  bool recv() const { return detail::recv_nothing(core()); }
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
