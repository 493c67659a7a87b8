// SPDX-License-Identifier: Apache-2.0
#pragma once
// chan_handle: what chan, sender and receiver have in common.                         Floor 4.

#include <weft/detail/sync/chan_core.h>

#include <type_traits>

WEFT_UNINSTRUMENTED_BEGIN
namespace weft::inline WEFT_WORLD {
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
  chan_handle(const chan_handle& other) noexcept : core_(other.core()) {
    if (core_ != nullptr) core_->add_ref();
  }
  chan_handle(chan_handle&& other) noexcept : core_(std::exchange(other.core_, nullptr)) {
    hb::write(&other, sizeof other);
  }
  chan_handle& operator=(const chan_handle& other) noexcept {
    chan_handle(other).swap(*this);
    return *this;
  }
  chan_handle& operator=(chan_handle&& other) noexcept {
    chan_handle(std::move(other)).swap(*this);
    return *this;
  }
  ~chan_handle() {
    hb::write(this, sizeof *this);
    if (core_ != nullptr) core_->drop_ref();
  }

  /// Number of buffered values; 0 for unbuffered, nil and timer channels. Promises no edge.
  /// Go: len(c).
  [[nodiscard]] std::size_t size() const noexcept { return core() == nullptr ? 0 : core_->size(); }
  /// Go: cap(c).
  [[nodiscard]] std::size_t capacity() const noexcept {
    return core() == nullptr ? 0 : core_->capacity();
  }
  /// False for a nil channel.
  explicit operator bool() const noexcept { return core() != nullptr; }
  /// For select and the timers. A use of the handle counts as a plain read of it.
  [[nodiscard]] chan_core* core() const noexcept {
    hb::read(this, sizeof *this);
    return core_;
  }

 private:
  void swap(chan_handle& other) noexcept {
    hb::write(this, sizeof *this);
    std::swap(core_, other.core_);
  }
  chan_core* core_ = nullptr;
};

/// Copies the operand of a send: a read of the user's variable.
template <class T>
T copy_operand(const T& value) {
  hb::read(&value, sizeof value);
  return T(value);
}

/// The operand of a send that is moved from: a write, unless moving is copying.
template <class T>
T& moved_operand(T& value) noexcept {
  if constexpr (std::is_trivially_copyable_v<T>) {
    hb::read(&value, sizeof value);
  } else {
    hb::write(&value, sizeof value);
  }
  return value;
}

template <class T>
void send_value(chan_core* core, T& value) {
  if (WEFT_UNLIKELY(core == nullptr)) block_on_nil(wait_reason::chan_send_nil);
  core->before_send();
  if (!core->send_inline(value)) core->send_locked(&value);
}

// In the caller's own code: after a park, each frame that returns is a mispredicted branch.
template <class T>
WEFT_ALWAYS_INLINE std::optional<T> recv_value(chan_core* core) {
  if (WEFT_UNLIKELY(core == nullptr)) block_on_nil(wait_reason::chan_receive_nil);
  core->before_recv();
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

template <class T>
std::optional<T> recv_value(chan_core* core, const context& ctx) {
  std::optional<T> value;
  recv_with_context(core, &value, ctx);
  return value;
}

inline bool recv_nothing(chan_core* core, const context& ctx) {
  bool received = false;
  recv_with_context(core, &received, ctx);
  return received;
}

inline void close_chan(chan_core* core) {
  if (core == nullptr) panic_close_of_nil();
  core->close();
}

}  // namespace detail
}  // namespace weft::inline WEFT_WORLD
WEFT_UNINSTRUMENTED_END
