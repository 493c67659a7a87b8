// SPDX-License-Identifier: Apache-2.0
#pragma once
// context_node: the tree behind context.                                              Floor 4.
//
// A node is immutable but for what cancel_node guards with its lock. A child owns its parent, so
// the chain upwards always exists; a parent knows its cancelable children, but does not own them.

#include <weft/detail/runtime/timers.h>
#include <weft/detail/sync/cancellation.h>
#include <weft/detail/sync/chan_core.h>

#include <string>

WEFT_UNINSTRUMENTED_BEGIN
namespace weft::inline WEFT_WORLD {
namespace detail {

class cancel_node;

enum class context_kind : std::uint8_t { root, cancel, deadline, value, without_cancel };

class context_node {
 public:
  context_node(const context_node&) = delete;
  context_node& operator=(const context_node&) = delete;

  void add_ref() noexcept {
    if (parent_ == nullptr) return;  // the root is immortal
    refs_.fetch_add(1, relaxed);     // [CX-1] relaxed: the caller has a reference already.
  }
  /// Takes a reference if there is one left to share.
  bool try_add_ref() noexcept;
  /// Frees the node, and every ancestor that nobody else has.
  static void drop_ref(context_node* node) noexcept;

  [[nodiscard]] context_kind kind() const noexcept { return kind_; }
  [[nodiscard]] context_node* parent() const noexcept { return parent_; }
  /// The nearest node, this or above, that can end; null if none can.
  [[nodiscard]] cancel_node* canceler() const noexcept { return canceler_; }
  [[nodiscard]] nanotime_t deadline() const noexcept { return deadline_; }
  /// The value stored for `key` here or above, or null.
  [[nodiscard]] const void* find(const void* key) const noexcept;
  /// "context.Background.WithCancel" and so on.
  [[nodiscard]] std::string describe() const;

 protected:
  /// `parent` gets a reference; null for the root.
  context_node(context_kind kind, context_node* parent, const void* key) noexcept;
  virtual ~context_node() = default;

  context_kind kind_;
  cancel_node* canceler_ = nullptr;
  nanotime_t deadline_ = k_never;

 private:
  [[nodiscard]] virtual const void* stored() const noexcept { return nullptr; }
  [[nodiscard]] virtual const char* key_name() const noexcept { return ""; }

  context_node* const parent_;
  const void* const key_;
  shared_word<std::uint32_t> refs_{1};
  [[no_unique_address]] hb::cell owners_;  // the last of them destroys what the others have used
};

/// A function that is started when a context ends: see after_func.
///
/// INV-1 state_ leaves `waiting` once, by compare-and-swap: the stopper's or the starter's.
/// INV-2 on its canceller's list, which then owns a reference, exactly while listed_. It owns the
///       canceller as long as it exists: no cycle is left once the context has ended or stop()
///       was called.
class context_callback {
 public:
  context_callback(const context_callback&) = delete;
  context_callback& operator=(const context_callback&) = delete;

  void add_ref() noexcept {
    refs_.fetch_add(1, relaxed);  // [CX-2] relaxed: the caller has a reference already.
  }
  void drop_ref() noexcept {
    hb::release_merge(owners_);
    // [CX-3] acq_rel; pairs with itself: the last one sees what the others did.
    if (refs_.fetch_sub(1, acq_rel) == 1) destroy();
  }

  /// Waits for `canceler` to end; at once if it has, never if it is null. Takes a reference.
  void listen(cancel_node* canceler);
  /// True if this call kept the function from being started.
  bool stop() noexcept;

 protected:
  context_callback() noexcept;
  virtual ~context_callback();

 private:
  friend class cancel_node;
  enum : std::uint8_t { waiting, started, stopped };

  void destroy() noexcept;
  virtual void call() = 0;
  virtual void release_function() noexcept = 0;
  /// Starts the function if nobody has stopped it. Uses up the reference of the list.
  void start() noexcept;
  static void retry(timer_node& node, nanotime_t now) noexcept;

  struct retry_node : timer_node {
    context_callback* owner = nullptr;
  };

  shared_word<std::uint8_t> state_{waiting};
  shared_word<std::uint32_t> refs_{1};
  cancel_node* canceler_ = nullptr;  // immutable once listen() has returned
  bool listed_ = false;              // guarded by the canceller's lock, as are the links
  context_callback* next_ = nullptr;
  context_callback* prev_ = nullptr;
  retry_node retry_;  // when a goroutine for the function could not be had
  [[no_unique_address]] hb::cell registered_;
  [[no_unique_address]] hb::cell owners_;  // the last of them destroys what the others have used
};

/// A context that can end.
///
/// INV-1 ends once; err, cause and the closing of done are seen together, under the lock.
/// INV-2 a child is on its parent's list from its making until its whole subtree has ended. So
///       whoever finds the list of an ended node empty knows that all below has ended; who finds
///       it not empty helps.
/// INV-3 a reference is held for the timer from arming to the end of its fire(), or to its
///       disarming.
class cancel_node final : public context_node, public cancel_signal {
 public:
  /// A child of `parent`; it has ended on return if the parent has, or if `deadline` is not after
  /// `now`. Throws std::bad_alloc.
  static cancel_node* make(context_node& parent, nanotime_t now, nanotime_t deadline,
                           std::error_code late_cause);

  /// Ends this node and all below; on return all of them have ended, whoever began. The first
  /// end counts. No recursion, whatever the depth; never more than one lock is held.
  void cancel(errc why, std::error_code cause) noexcept;

  /// The done channel with a reference for the caller. Throws std::bad_alloc.
  chan_core* done();
  [[nodiscard]] std::error_code cause() noexcept;

 private:
  friend class context_callback;

  // Of its two bases, the one that blocked calls know.
  [[nodiscard]] const cancel_signal* as_signal() const noexcept { return this; }

  cancel_node(context_kind kind, context_node& parent, std::error_code late_cause) noexcept;
  ~cancel_node() override;

  void attach() noexcept;
  void arm(nanotime_t now);
  /// Ends this node if it lives; then a child that has not left yet, with a reference, or null.
  cancel_node* end_and_first_child(errc why, std::error_code cause) noexcept;
  void remove_child(cancel_node& child) noexcept;
  waiter* close_as_canceller() noexcept;
  static void fire(timer_node& node, nanotime_t now) noexcept;

  struct deadline_node : timer_node {
    cancel_node* owner = nullptr;
  };

  cancel_node* above_;                   // the nearest cancelable ancestor; immutable
  cancel_node* children_ = nullptr;      // guarded by lock_
  cancel_node* next_sibling_ = nullptr;  // these three guarded by the lock of above_
  cancel_node* previous_sibling_ = nullptr;
  bool attached_ = false;
  context_callback* callbacks_ = nullptr;  // guarded by lock_
  chan_core* done_ = nullptr;              // guarded by lock_
  std::error_code cause_;                  // guarded by lock_ until ended, then immutable
  std::error_code late_cause_;             // immutable: the cause if the deadline passes
  bool timed_ = false;                     // guarded by lock_: the timer has a reference
  deadline_node timer_;
  [[no_unique_address]] hb::cell set_cell_;
};

/// The root of all contexts. Go: context.Background().
context_node& root_context() noexcept;

/// One key of with_value: its address tells keys apart.
template <class Key>
inline constexpr char context_key = 0;

}  // namespace detail
}  // namespace weft::inline WEFT_WORLD
WEFT_UNINSTRUMENTED_END
