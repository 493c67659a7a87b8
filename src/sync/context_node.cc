// SPDX-License-Identifier: Apache-2.0
// context_node.cc: the tree of contexts, and its end from the top down.               Floor 4.
//
// Source: the promises of Go's context package. Go holds a parent's lock while it cancels the
// children, recursively; here a canceller holds one lock at a time, and a second one helps the
// first instead of waiting for it, so that neither can hinder the other.

#include <weft/detail/sync/context_node.h>
#include <weft/go.h>
#include <weft/time.h>

#include <string_view>

namespace weft::inline WEFT_WORLD {
namespace detail {
namespace {

// When a goroutine for a function could not be had, how soon to try again.
constexpr nanotime_t k_retry_ns = 1'000'000;

// "Key = X" out of what the compiler calls the member function of a template of Key.
std::string_view key_of(std::string_view function) noexcept {
  constexpr std::string_view k_mark = "Key = ";
  std::size_t at = function.find(k_mark);
  if (at == std::string_view::npos) return function;
  function.remove_prefix(at + k_mark.size());
  return function.substr(0, function.find_first_of(";]"));
}

class root_node final : public context_node {
 public:
  root_node() noexcept : context_node(context_kind::root, nullptr, nullptr) {}
};

}  // namespace

context_node& root_context() noexcept {
  // Never destroyed: contexts may be used while the process ends.
  alignas(root_node) static char memory[sizeof(root_node)];
  static context_node* const root = ::new (memory) root_node;
  return *root;
}

context_node::context_node(context_kind kind, context_node* parent, const void* key) noexcept
    : kind_(kind), parent_(parent), key_(key) {
  if (parent == nullptr) return;
  parent->add_ref();
  if (kind == context_kind::without_cancel) return;
  canceler_ = parent->canceler_;
  deadline_ = parent->deadline_;
}

bool context_node::try_add_ref() noexcept {
  std::uint32_t n = refs_.load(relaxed);  // [CX-4] relaxed: checked by the swap.
  while (n != 0) {
    // [CX-5] relaxed: the caller holds the lock under which the node is still listed.
    if (refs_.compare_exchange_weak(n, n + 1, relaxed, relaxed)) return true;
  }
  return false;
}

void context_node::drop_ref(context_node* node) noexcept {
  while (node != nullptr && node->parent_ != nullptr) {
    hb::release_merge(node->owners_);
    // [CX-6] acq_rel; pairs with itself: the last one sees what the others did.
    if (node->refs_.fetch_sub(1, acq_rel) != 1) return;
    context_node* parent = node->parent_;
    {
      const hb::aside all_owners(node->owners_);
      delete node;
    }
    node = parent;
  }
}

const void* context_node::find(const void* key) const noexcept {
  for (const context_node* n = this; n != nullptr; n = n->parent_)
    if (n->key_ == key) return n->stored();
  return nullptr;
}

std::string context_node::describe() const {
  std::string text;
  for (const context_node* n = this; n != nullptr; n = n->parent_) {
    std::string part;
    switch (n->kind_) {
      case context_kind::root:
        part = "context.Background";
        break;
      case context_kind::cancel:
        part = ".WithCancel";
        break;
      case context_kind::deadline: {
        auto left = std::chrono::nanoseconds(n->deadline_ - nanotime());
        part = ".WithDeadline(";
        part += std::to_string(std::chrono::duration<double>(left).count());
        part += "s)";
        break;
      }
      case context_kind::value:
        part = ".WithValue(";
        part += key_of(n->key_name());
        part += ")";
        break;
      case context_kind::without_cancel:
        part = ".WithoutCancel";
        break;
    }
    text.insert(0, part);
  }
  return text;
}

cancel_node::cancel_node(context_kind kind, context_node& parent,
                         std::error_code late_cause) noexcept
    : context_node(kind, &parent, nullptr), above_(parent.canceler()), late_cause_(late_cause) {
  canceler_ = this;
  timer_.owner = this;
  timer_.fire = fire;
}

cancel_node::~cancel_node() {
  if (above_ != nullptr) above_->remove_child(*this);
  if (done_ != nullptr) done_->drop_ref();
}

cancel_node* cancel_node::make(context_node& parent, nanotime_t now, nanotime_t deadline,
                               std::error_code late_cause) {
  bool sooner = deadline < parent.deadline();
  auto* made =
      new cancel_node(sooner ? context_kind::deadline : context_kind::cancel, parent, late_cause);
  if (sooner) made->deadline_ = deadline;
  made->attach();
  if (!sooner) return made;
  try {
    made->arm(now);
  } catch (...) {
    drop_ref(made);
    throw;
  }
  return made;
}

void cancel_node::attach() noexcept {
  if (above_ == nullptr) return;
  sched::touch(sched::op::context_err, above_->as_signal());
  {
    lock_scope hold(above_->lock_);
    if (!above_->ended_locked()) {
      next_sibling_ = above_->children_;
      if (next_sibling_ != nullptr) next_sibling_->previous_sibling_ = this;
      above_->children_ = this;
      attached_ = true;
      return;
    }
  }
  cancel(static_cast<errc>(above_->ended().value()), above_->cause());
}

void cancel_node::arm(nanotime_t now) {
  if (deadline_ <= now) {
    cancel(errc::deadline_exceeded, late_cause_);
    return;
  }
  ensure_runtime();
  lock_scope hold(lock_);
  if (ended_locked()) return;
  hb::release(set_cell_);  // E20
  if (!arm_timer(timer_, deadline_)) throw std::bad_alloc();
  timed_ = true;
  add_ref();
}

void cancel_node::fire(timer_node& node, nanotime_t) noexcept {
  cancel_node* self = static_cast<deadline_node&>(node).owner;
  const hb::on_behalf whoever_set_it(self->set_cell_);  // E20
  self->cancel(errc::deadline_exceeded, self->late_cause_);
  drop_ref(self);
}

cancel_node* cancel_node::end_and_first_child(errc why, std::error_code cause) noexcept {
  wake_list blocked;
  waiter* receivers = nullptr;
  context_callback* callbacks = nullptr;
  cancel_node* child = nullptr;
  bool disarm = false;
  {
    lock_scope hold(lock_);
    if (!ended_locked()) {
      sched::touch(sched::op::cancel, as_signal());
      cause_ = cause ? cause : make_error_code(why);
      if (done_ != nullptr) receivers = done_->close_and_collect();
      end_locked(why, blocked);
      callbacks = std::exchange(callbacks_, nullptr);
      for (context_callback* c = callbacks; c != nullptr; c = c->next_) c->listed_ = false;
      disarm = std::exchange(timed_, false);
    }
    // One whose count is zero is on its way out of the list.
    for (child = children_; child != nullptr && !child->try_add_ref();)
      child = child->next_sibling_;
  }
  if (disarm && disarm_timer(timer_)) drop_ref(this);  // never the last: the caller has one
  chan_core::ready_all(receivers);
  blocked.ready_all();
  while (callbacks != nullptr) {
    context_callback* next = callbacks->next_;
    callbacks->start();
    callbacks = next;
  }
  return child;
}

void cancel_node::remove_child(cancel_node& child) noexcept {
  sched::touch(sched::op::context_err, as_signal());
  lock_scope hold(lock_);
  if (!child.attached_) return;
  child.attached_ = false;
  cancel_node* next = child.next_sibling_;
  cancel_node* previous = child.previous_sibling_;
  (previous != nullptr ? previous->next_sibling_ : children_) = next;
  if (next != nullptr) next->previous_sibling_ = previous;
  child.next_sibling_ = child.previous_sibling_ = nullptr;
}

void cancel_node::cancel(errc why, std::error_code cause) noexcept {
  sched::point(sched::op::cancel, as_signal());
  cancel_node* at = this;  // a reference is held to each node from below this down to here
  for (;;) {
    if (cancel_node* child = at->end_and_first_child(why, cause)) {
      why = static_cast<errc>(at->ended().value());
      cause = at->cause_;
      at = child;
      continue;
    }
    if (at == this) break;
    cancel_node* up = at->above_;
    up->remove_child(*at);
    drop_ref(at);
    at = up;
  }
  if (above_ != nullptr) above_->remove_child(*this);
}

chan_core* cancel_node::done() {
  // Whoever asks first makes it, whoever ends the context closes it: no race between the two.
  chan_core* made = nullptr;
  hb::unseen([&] { made = chan_core::make(void_element_ops::value, 0); });
  chan_core* result = nullptr;
  waiter* nobody = nullptr;
  sched::touch(sched::op::context_err, as_signal());
  {
    lock_scope hold(lock_);
    if (done_ == nullptr) {
      done_ = std::exchange(made, nullptr);
      if (ended_locked()) nobody = close_as_canceller();
    }
    result = done_;
    result->add_ref();
  }
  chan_core::ready_all(nobody);
  if (made != nullptr) made->drop_ref();
  return result;
}

// Holds: lock_. The context has ended: its channel is closed as if it had been there then.
waiter* cancel_node::close_as_canceller() noexcept {
  const hb::on_behalf canceller(end_cell());  // E19
  return done_->close_and_collect();
}

std::error_code cancel_node::cause() noexcept {
  if (!ended()) return {};
  return cause_;
}

context_callback::context_callback() noexcept {
  retry_.owner = this;
  retry_.fire = retry;
}

context_callback::~context_callback() { context_node::drop_ref(canceler_); }

void context_callback::destroy() noexcept {
  const hb::aside all_owners(owners_);
  delete this;
}

void context_callback::listen(cancel_node* canceler) {
  hb::release(registered_);  // E19
  if (canceler == nullptr) return;
  ensure_runtime();
  add_ref();
  sched::touch(sched::op::context_err, canceler->as_signal());
  {
    lock_scope hold(canceler->lock_);
    if (!canceler->ended_locked()) {
      canceler_ = canceler;
      canceler->add_ref();
      next_ = canceler->callbacks_;
      if (next_ != nullptr) next_->prev_ = this;
      canceler->callbacks_ = this;
      listed_ = true;
      return;
    }
  }
  static_cast<void>(canceler->ended());
  start();
}

bool context_callback::stop() noexcept {
  sched::point(sched::op::cancel, this);
  std::uint8_t old = waiting;
  if (!state_.compare_exchange_strong(old, stopped)) return false;
  sched::touch(sched::op::cancel, this);
  bool unlisted = false;
  if (canceler_ != nullptr) {
    sched::touch(sched::op::context_err, canceler_->as_signal());
    lock_scope hold(canceler_->lock_);
    if (listed_) {
      listed_ = false;
      unlisted = true;
      (prev_ != nullptr ? prev_->next_ : canceler_->callbacks_) = next_;
      if (next_ != nullptr) next_->prev_ = prev_;
    }
  }
  release_function();
  if (unlisted) drop_ref();  // the list's
  return true;
}

void context_callback::start() noexcept {
  sched::touch(sched::op::cancel, this);
  std::uint8_t old = waiting;
  if (!state_.compare_exchange_strong(old, started) && old != started) {
    drop_ref();
    return;
  }
  try {
    go([this] {
      struct guard {
        context_callback* self;
        ~guard() {
          self->release_function();
          self->drop_ref();
        }
      } scope{this};
      hb::acquire(registered_);  // E19
      call();
    });
  } catch (...) {
    if (!arm_timer(retry_, deadline_after(nanotime(), k_retry_ns)))
      fatal("weft: out of memory for the function of a context");
  }
}

void context_callback::retry(timer_node& node, nanotime_t) noexcept {
  static_cast<retry_node&>(node).owner->start();
}

}  // namespace detail
}  // namespace weft::inline WEFT_WORLD
