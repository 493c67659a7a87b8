// SPDX-License-Identifier: Apache-2.0
#pragma once
// chan_core: the channel behind chan<T>, whatever T is.                               Floor 4.
//
// INV-1 at least one of senders_ and receivers_ is empty of live waiters, but for a goroutine that
//       sends and receives on the same unbuffered channel in one select.
// INV-2 0 <= count_ <= capacity_; the values are in slots recv_at_, recv_at_ + 1, ... in the order
//       they were sent.
// INV-3 capacity_ > 0: count_ > 0 means that no receiver waits; count_ < capacity_ that no sender
//       does.
// INV-4 after closed_ no sender waits, no receiver waits, and count_ only falls.
// All state is guarded by lock_. count_, closed_ and the heads of the queues may be glimpsed
// without it where Go does: "empty and not closed", "full and not closed". No value is ever moved
// but under lock_ and into memory that its receiver owns: delivered exactly once.
//
// Memory: see docs/memory_model.md; the hb:: calls are at the places that make the edges.

#include <weft/detail/contract/hb.h>
#include <weft/detail/contract/sched.h>
#include <weft/detail/os/lock.h>
#include <weft/detail/runtime/park.h>

#include <cstddef>
#include <optional>
#include <utility>

#include <system_error>

WEFT_UNINSTRUMENTED_BEGIN
namespace weft::inline WEFT_WORLD {

class context;

namespace detail {

class cancel_signal;

/// How to handle elements of some type. All noexcept, and none may block: run under the lock.
struct element_ops {
  std::size_t size;
  std::size_t align;
  void (*deliver)(void* destination, void* value) noexcept;   // destination: std::optional<T>*
  void (*to_slot)(void* slot, void* value) noexcept;          // constructs *slot from *value
  void (*from_slot)(void* destination, void* slot) noexcept;  // ... and destroys *slot
  void (*slot_to_slot)(void* slot, void* value) noexcept;
  void (*destroy)(void* slot) noexcept;
};

enum class attempt : unsigned char { done, would_block, closed };

/// What came of an attempt, and a waiter whose party the caller must ready after unlocking, or
/// null. By value, so that the caller's frame is free to end in a park.
struct attempted {
  attempt result;
  waiter* woken = nullptr;
};

class chan_core;

/// What feeds a timer's channel: values come into being when somebody looks.
class chan_source {
 public:
  /// A value that has fallen due goes to the first waiting receiver, which is made ready, or into
  /// the buffer. Holds: the channel's lock.
  virtual void refresh() noexcept = 0;
  /// The channel has its first waiting receiver. False if memory ran out. Holds: as above.
  virtual bool first_waiter() noexcept = 0;
  /// The channel's last waiting receiver has gone. Holds: as above.
  virtual void last_waiter_gone() noexcept = 0;
  /// When the next value will be there, or k_never. Holds: as above.
  [[nodiscard]] virtual std::int64_t due() const noexcept = 0;
  /// The last handle is gone: ends the object that the channel is part of.
  virtual void destroy_source() noexcept = 0;

 protected:
  ~chan_source() = default;
};

class chan_core {
 public:
  /// Throws panic("makechan: size out of range") or std::bad_alloc.
  static chan_core* make(const element_ops& ops, long long capacity);

  chan_core(const chan_core&) = delete;
  chan_core& operator=(const chan_core&) = delete;

  void add_ref() noexcept {
    refs_.fetch_add(1, relaxed);  // [CH-1] relaxed: the caller has a reference already.
  }
  void drop_ref() noexcept {
    hb::release_merge(owners_);
    // [CH-2] acq_rel; pairs with [CH-2] of the other droppers: the last sees all their writes.
    if (refs_.fetch_sub(1, acq_rel) == 1) destroy();
  }

  /// Blocking send of *value, which is moved from only if it is delivered. Throws panic.
  void send(void* value);
  /// False if that would block, and *value untouched.
  bool try_send(void* value);
  /// Blocking receive into *destination; left as it is if closed and drained.
  void recv(void* destination);
  attempt try_recv(void* destination);
  /// As send() and recv(), unless the signal ends first: then its error, and nothing is moved.
  std::error_code send_unless(void* value, cancel_signal& signal);
  std::error_code recv_unless(void* destination, cancel_signal& signal);
  void close();

  /// The first half of close(), for a caller that holds locks of its own: wakes nobody yet, but
  /// gives the waiters that the caller must make ready, chained by `next`. Only once.
  [[nodiscard]] waiter* close_and_collect() noexcept;
  static void ready_all(waiter* first) noexcept;

  [[nodiscard]] std::size_t size() const noexcept {
    sched::point(sched::op::chan_len, this);
    return source_ != nullptr ? 0 : count_.load(relaxed);  // [CH-3] relaxed: promises no edge.
  }
  [[nodiscard]] std::size_t capacity() const noexcept { return source_ != nullptr ? 0 : capacity_; }

  /// The scheduling points of send and recv.
  void before_send() const noexcept {
    sched::point_offers(
        sched::op::chan_send, 1, [this](std::uint64_t) { return offer(true); }, false);
  }
  void before_recv() const noexcept {
    sched::point_offers(
        sched::op::chan_recv, 1, [this](std::uint64_t) { return offer(false); }, false);
  }
  [[nodiscard]] sched::offer offer(bool sending) const noexcept { return {this, look, sending}; }
  static sched::outlook look(const void* core, bool sending) noexcept;

  /// Buffered send in the caller's own code, for the common case: room, and nobody waits. The
  /// lock is held on return if it says no.
  template <class T>
  WEFT_ALWAYS_INLINE bool send_inline(T& value) noexcept {
    lock_.acquire_lock();
    hb::read(this, 1);
    std::size_t n = count_.load(relaxed);  // [CH-4] relaxed: guarded by lock_.
    if (WEFT_UNLIKELY(n >= capacity_ || closed_.load(relaxed) || !receivers_.empty())) return false;
    hb::release(cells_.full(send_at_));   // E5
    hb::acquire(cells_.empty(send_at_));  // E8
    sched::value(value);
    hb::unseen([&] {
      ::new (static_cast<void*>(reinterpret_cast<T*>(buffer_) + send_at_)) T(std::move(value));
    });
    send_at_ = after(send_at_);
    count_.store(n + 1, release);  // [CH-5] release-store; pairs with the fence [CH-6].
    lock_.release_lock();
    return true;
  }

  /// Buffered receive, likewise.
  template <class T>
  WEFT_ALWAYS_INLINE bool recv_inline(std::optional<T>& destination) noexcept {
    lock_.acquire_lock();
    std::size_t n = count_.load(relaxed);  // [CH-7] relaxed: guarded by lock_.
    if (WEFT_UNLIKELY(n == 0 || !senders_.empty() || source_ != nullptr)) return false;
    T* slot = reinterpret_cast<T*>(buffer_) + recv_at_;
    hb::release(cells_.empty(recv_at_));  // E8
    hb::acquire(cells_.full(recv_at_));   // E5
    sched::value(*slot);
    hb::unseen([&] {
      destination.emplace(std::move(*slot));
      slot->~T();
    });
    recv_at_ = after(recv_at_);
    count_.store(n - 1, release);  // [CH-8] release-store; pairs with the fence [CH-6].
    lock_.release_lock();
    return true;
  }

  /// What send_inline and recv_inline leave undone. Holds: lock_, released on return.
  void send_locked(void* value);
  void recv_locked(void* destination) noexcept(false);

 private:
  friend class select_op;
  friend class timer_channel;
  friend struct chan_view;

  chan_core(const element_ops& ops, std::size_t capacity, char* buffer) noexcept
      : capacity_(capacity), buffer_(buffer), ops_(&ops), cells_(capacity) {}
  ~chan_core() = default;

  void destroy() noexcept;

  [[nodiscard]] std::size_t after(std::size_t i) const noexcept {
    return i + 1 == capacity_ ? 0 : i + 1;
  }
  [[nodiscard]] void* slot(std::size_t i) noexcept { return buffer_ + i * ops_->size; }
  [[nodiscard]] bool valid() const noexcept;

  // Holds: lock_.
  attempted send_if_ready(void* value) noexcept;
  attempted recv_if_ready(void* destination) noexcept;
  // Holds: lock_.
  [[nodiscard]] waiter* close_locked() noexcept;
  // Holds: lock_. False if memory for the source's timer ran out.
  bool enqueue_receiver(waiter& w) noexcept;
  void dequeue(wait_queue& q, waiter& w) noexcept;

  // Glimpses without the lock, in Go's order: never "would block" once closed and drained. What one
  // says is certain of the moment it looks at, which may lie before what this thread did last.
  [[nodiscard]] bool looks_drained() const noexcept;
  [[nodiscard]] bool looks_full() const noexcept;
  // The same, of a moment that comes after that.
  [[nodiscard]] bool recv_would_block() const noexcept;
  [[nodiscard]] bool send_would_block() const noexcept;

  lock lock_{lock_rank::chan};
  shared_word<bool> closed_{false};
  shared_word<std::size_t> count_{0};
  const std::size_t capacity_;
  char* const buffer_;
  std::size_t recv_at_ = 0;
  std::size_t send_at_ = 0;
  wait_queue receivers_;
  wait_queue senders_;
  const element_ops* const ops_;
  chan_source* source_ = nullptr;  // immutable once shared
  shared_word<std::uint32_t> refs_{1};
  [[no_unique_address]] hb::slot_cells cells_;
  [[no_unique_address]] hb::cell close_cell_;
  [[no_unique_address]] hb::cell owners_;  // the last of them destroys what the others have used
};

/// Blocks for ever: an operation on a nil channel.
[[noreturn]] WEFT_COLD void block_on_nil(wait_reason why);
[[noreturn]] WEFT_COLD void panic_close_of_nil();

/// The forms with a context, for any channel, nil ones included.
std::error_code send_with_context(chan_core* core, void* value, const context& ctx);
void recv_with_context(chan_core* core, void* destination, const context& ctx);

template <class T>
struct element_ops_of {
  static void deliver(void* destination, void* from) noexcept {
    sched::value(*static_cast<T*>(from));
    static_cast<std::optional<T>*>(destination)->emplace(std::move(*static_cast<T*>(from)));
  }
  static void to_slot(void* slot, void* from) noexcept {
    sched::value(*static_cast<T*>(from));
    ::new (slot) T(std::move(*static_cast<T*>(from)));
  }
  static void from_slot(void* destination, void* slot) noexcept {
    deliver(destination, slot);
    static_cast<T*>(slot)->~T();
  }
  static void destroy(void* slot) noexcept { static_cast<T*>(slot)->~T(); }
  static constexpr element_ops value{sizeof(T), alignof(T), deliver, to_slot,
                                     from_slot, to_slot,    destroy};
};

/// chan<void>: the elements are nothing; a receive says only whether there was one.
struct void_element_ops {
  static void deliver(void* destination, void*) noexcept {
    *static_cast<bool*>(destination) = true;
  }
  static void nothing(void*, void*) noexcept {}
  static void nothing_to_destroy(void*) noexcept {}
  static constexpr element_ops value{0, 1, deliver, nothing, deliver, nothing, nothing_to_destroy};
};

}  // namespace detail
}  // namespace weft::inline WEFT_WORLD
WEFT_UNINSTRUMENTED_END
