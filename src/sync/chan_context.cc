// SPDX-License-Identifier: Apache-2.0
// chan_context.cc: sends and receives that a context may end.                         Floor 4.

#include <weft/context.h>
#include <weft/detail/sync/cancellation.h>
#include <weft/detail/sync/chan_core.h>

#include <new>

namespace weft::inline WEFT_WORLD {
namespace detail {

std::error_code chan_core::send_unless(void* value, cancel_signal& signal) {
  sched::point(sched::op::chan_send, this);
  if (std::error_code e = signal.ended()) return e;
  if (try_send(value)) return {};
  cancelable_wait wait(signal);
  if (std::error_code e = wait.subscribe()) return e;
  lock_.acquire_lock();
  if (const attempted a = send_if_ready(value); a.result != attempt::would_block) {
    lock_.release_lock();
    if (a.woken != nullptr) ready(*a.woken->owner);
    if (a.result == attempt::closed) throw panic("send on closed channel");
    return {};
  }
  sched::touch(sched::op::chan_send, this);  // it is to be found in the queue
  wait.node.slot = value;
  hb::release(wait.node.before);  // E5
  senders_.push_back(wait.node);
  wait.park(wait_reason::chan_send, lock_);
  sched::touch(sched::op::chan_send, this);  // of whoever has woken it
  if (wait.canceled()) {
    lock_scope hold(lock_);
    dequeue(senders_, wait.node);
    return signal.ended();
  }
  if (!wait.node.ok) throw panic("send on closed channel");
  hb::acquire(wait.node.after);  // E7 E8
  return {};
}

std::error_code chan_core::recv_unless(void* destination, cancel_signal& signal) {
  sched::point(sched::op::chan_recv, this);
  if (std::error_code e = signal.ended()) return e;
  if (try_recv(destination) != attempt::would_block) return {};
  cancelable_wait wait(signal);
  if (std::error_code e = wait.subscribe()) return e;
  lock_.acquire_lock();
  if (const attempted a = recv_if_ready(destination); a.result != attempt::would_block) {
    lock_.release_lock();
    if (a.woken != nullptr) ready(*a.woken->owner);
    return {};
  }
  sched::touch(sched::op::chan_recv, this);
  wait.node.slot = destination;
  hb::release(wait.node.before);  // E7 E8
  if (!enqueue_receiver(wait.node)) {
    lock_.release_lock();
    throw std::bad_alloc();
  }
  wait.park(wait_reason::chan_receive, lock_);
  sched::touch(sched::op::chan_recv, this);
  if (wait.canceled()) {
    lock_scope hold(lock_);
    dequeue(receivers_, wait.node);
    return signal.ended();
  }
  hb::acquire(wait.node.after);  // E5 E6
  return {};
}

std::error_code send_with_context(chan_core* core, void* value, const context& ctx) {
  cancel_signal* signal = ctx.signal();
  if (core == nullptr) {
    if (signal == nullptr) block_on_nil(wait_reason::chan_send_nil);
    return wait_for_end(*signal, wait_reason::chan_send_nil);
  }
  if (signal != nullptr) return core->send_unless(value, *signal);
  core->send(value);
  return {};
}

void recv_with_context(chan_core* core, void* destination, const context& ctx) {
  cancel_signal* signal = ctx.signal();
  if (core == nullptr) {
    if (signal == nullptr) block_on_nil(wait_reason::chan_receive_nil);
    static_cast<void>(wait_for_end(*signal, wait_reason::chan_receive_nil));
  } else if (signal == nullptr) {
    core->recv(destination);
  } else {
    static_cast<void>(core->recv_unless(destination, *signal));
  }
}

}  // namespace detail
}  // namespace weft::inline WEFT_WORLD
