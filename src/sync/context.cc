// SPDX-License-Identifier: Apache-2.0
// context.cc: making and asking contexts.                                             Floor 4.

#include <weft/context.h>

namespace weft::inline WEFT_WORLD {
namespace detail {
namespace {

class without_cancel_node final : public context_node {
 public:
  explicit without_cancel_node(context_node& parent) noexcept
      : context_node(context_kind::without_cancel, &parent, nullptr) {}
};

// A new cancelable node, for a context and for its cancel function.
std::pair<context_ref, context_ref> make_cancelable(const context& parent, nanotime_t now,
                                                    nanotime_t deadline,
                                                    std::error_code late_cause) {
  context_ref made(cancel_node::make(parent_node(parent), now, deadline, late_cause));
  context_ref other = made;
  return {std::move(made), std::move(other)};
}

void cancel(const context_ref& node, std::error_code cause) noexcept {
  if (node.get() != nullptr) node.get()->canceler()->cancel(errc::canceled, cause);
}

}  // namespace

cancel_signal* signal_of(const context& ctx) { return ctx.signal(); }

void panic_nil_parent() { throw panic("cannot create context from nil parent"); }

}  // namespace detail

void context::panic_nil() { throw panic("invalid memory address or nil pointer dereference"); }

receiver<void> context::done() const {
  detail::cancel_node* canceler = node().canceler();
  return canceler == nullptr ? receiver<void>() : receiver<void>(canceler->done());
}

std::error_code context::err() const {
  detail::cancel_node* canceler = node().canceler();
  if (canceler == nullptr) return {};
  canceler->before_look();
  return canceler->ended();
}

std::error_code context::cause() const {
  detail::cancel_node* canceler = node().canceler();
  if (canceler == nullptr) return {};
  canceler->before_look();
  return canceler->cause();
}

std::optional<time_point> context::deadline() const {
  detail::nanotime_t when = node().deadline();
  if (when == detail::k_never) return std::nullopt;
  return time_point(std::chrono::nanoseconds(when));
}

void cancel_function::operator()() const noexcept { detail::cancel(node_, {}); }

void cancel_cause_function::operator()(std::error_code cause) const noexcept {
  detail::cancel(node_, cause);
}

context background() noexcept { return context(detail::context_ref(&detail::root_context())); }

std::pair<context, cancel_function> with_cancel(const context& parent) {
  auto [node, same] = detail::make_cancelable(parent, 0, detail::k_never, {});
  return {context(std::move(node)), cancel_function(std::move(same))};
}

std::pair<context, cancel_cause_function> with_cancel_cause(const context& parent) {
  auto [node, same] = detail::make_cancelable(parent, 0, detail::k_never, {});
  return {context(std::move(node)), cancel_cause_function(std::move(same))};
}

std::pair<context, cancel_function> with_deadline(const context& parent, time_point when,
                                                  std::error_code cause) {
  auto [node, same] = detail::make_cancelable(
      parent, detail::nanotime(), detail::to_nanoseconds(when.time_since_epoch()), cause);
  return {context(std::move(node)), cancel_function(std::move(same))};
}

std::pair<context, cancel_function> detail::with_timeout(const context& parent, nanotime_t d,
                                                         std::error_code cause) {
  nanotime_t now = nanotime();
  auto [node, same] = make_cancelable(parent, now, deadline_after(now, d), cause);
  return {context(std::move(node)), cancel_function(std::move(same))};
}

context without_cancel(const context& parent) {
  return context(detail::context_ref(new detail::without_cancel_node(detail::parent_node(parent))));
}

}  // namespace weft::inline WEFT_WORLD
