// SPDX-License-Identifier: Apache-2.0
// timer.cc: timers that send, and timers that run a function.                         Floor 4.
//
// Source: Go's time package since 1.23. A timer's channel makes its value when somebody looks; its
// node is in a heap only while a receiver waits, so that forgotten timers cost nothing.

#include <weft/go.h>
#include <weft/panic.h>
#include <weft/time.h>

#include <new>

namespace weft::inline WEFT_WORLD {
namespace detail {
namespace {

template <class Owner>
struct owned_node : timer_node {
  Owner* owner = nullptr;
};

// When a goroutine for a function could not be had, how soon to try again.
constexpr nanotime_t k_retry_ns = 1'000'000;

}  // namespace

// INV-1 node_ is armed only while armed_ and a receiver waits; a reference is held for it from
//       arming to the end of its fire(), or to a successful disarming.
// INV-2 at most one value is buffered. All is guarded by the channel's lock.
class timer_channel final : public chan_core, public chan_source {
 public:
  timer_channel() noexcept
      : chan_core(element_ops_of<time_point>::value, 1, reinterpret_cast<char*>(&buffer_)) {
    source_ = this;
    node_.owner = this;
    node_.fire = fire;
  }

  static timer_channel& of(const receiver<time_point>& c) noexcept {
    return *static_cast<timer_channel*>(c.core());
  }

  bool stop() noexcept {
    lock_scope hold(lock_);
    return stop_locked();
  }

  bool reset(nanotime_t after, nanotime_t period) {
    lock_scope hold(lock_);
    bool pending = stop_locked();
    when_ = deadline_after(nanotime(), after);
    period_ = period;
    armed_ = true;
    hb::release(set_cell_);  // E20
    if (!receivers_.empty() && !arm_node()) throw std::bad_alloc();
    return pending;
  }

  void refresh() noexcept override {
    if (!armed_) return;
    nanotime_t now = nanotime();
    if (now < when_) return;
    time_point due{std::chrono::nanoseconds(when_)};
    if (period_ > 0) {
      when_ = deadline_after(when_, period_ * ((now - when_) / period_ + 1));
    } else {
      armed_ = false;
    }
    if (waiter* w = receivers_.pop_claimed()) {
      w->after.take_over(set_cell_);  // E20
      ops_->deliver(w->slot, &due);
      w->ok = true;
      ready(*w->owner);
    } else if (count_.load() == 0) {
      cells_.full(0).take_over(set_cell_);  // E20
      ops_->to_slot(slot(0), &due);
      count_.store(1);
    }
    if (receivers_.empty()) disarm_node();
  }

  bool first_waiter() noexcept override { return !armed_ || arm_node(); }
  void last_waiter_gone() noexcept override { disarm_node(); }
  [[nodiscard]] std::int64_t due() const noexcept override { return armed_ ? when_ : k_never; }
  void destroy_source() noexcept override { delete this; }

 private:
  bool stop_locked() noexcept {
    bool pending = armed_ || count_.load() != 0;
    armed_ = false;
    count_.store(0);
    disarm_node();
    return pending;
  }

  bool arm_node() noexcept {
    if (node_.heap.load() != nullptr) return true;
    add_ref();
    if (arm_timer(node_, when_)) return true;
    drop_ref();
    return false;
  }

  void disarm_node() noexcept {
    if (disarm_timer(node_)) drop_ref();  // never the last: the caller has one
  }

  static void fire(timer_node& node, nanotime_t) noexcept {
    timer_channel& t = *static_cast<owned_node<timer_channel>&>(node).owner;
    {
      lock_scope hold(t.lock_);
      t.refresh();
      if (t.armed_ && !t.receivers_.empty() && !t.arm_node())
        fatal("weft: out of memory for a timer");
    }
    t.drop_ref();
  }

  alignas(time_point) char buffer_[sizeof(time_point)];
  owned_node<timer_channel> node_;
  nanotime_t when_ = 0;
  nanotime_t period_ = 0;
  bool armed_ = false;
  [[no_unique_address]] hb::moving_cell set_cell_;
};

receiver<time_point> make_timer_channel(nanotime_t after, nanotime_t period) {
  ensure_runtime();
  auto* made = new timer_channel;
  receiver<time_point> c(made);
  made->reset(after, period);
  return c;
}

bool stop_timer_channel(const receiver<time_point>& c) noexcept {
  sched::point(sched::op::timer_stop, c.core());
  return timer_channel::of(c).stop();
}

bool reset_timer_channel(const receiver<time_point>& c, nanotime_t after, nanotime_t period) {
  sched::point(sched::op::timer_reset, c.core());
  return timer_channel::of(c).reset(after, period);
}

// INV-1 holds_ counts the armings whose fire() has not ended and that were not disarmed; self_
//       keeps the object while there are any.
// INV-2 f_ is started once for each time that armed_ goes from true to false by itself.
class func_timer : public std::enable_shared_from_this<func_timer> {
 public:
  func_timer(const func_timer&) = delete;
  func_timer& operator=(const func_timer&) = delete;
  explicit func_timer(std::function<void()> f) : f_(std::move(f)) {
    node_.owner = this;
    node_.fire = fire;
  }

  // What f_ captured is destroyed after all it did.
  static void destroy(func_timer* t) noexcept {
    const hb::aside all_calls(t->ran_);
    delete t;
  }

  bool stop() noexcept {
    std::shared_ptr<func_timer> dropped;  // outlives the lock
    lock_scope hold(lock_);
    bool pending = armed_;
    armed_ = false;
    if (disarm_timer(node_)) dropped = end_hold();
    return pending;
  }

  bool reset(nanotime_t after) {
    lock_scope hold(lock_);
    bool pending = armed_;
    if (disarm_timer(node_)) --holds_;
    hb::release(set_cell_);  // E20
    arm_locked(deadline_after(nanotime(), after));
    return pending;
  }

 private:
  // Holds: lock_. The node is not in a heap, but an older fire() of it may be under way.
  void arm_locked(nanotime_t when) {
    self_ = shared_from_this();
    ++holds_;
    when_ = when;
    armed_ = true;
    if (arm_timer(node_, when)) return;
    armed_ = false;
    std::shared_ptr<func_timer> other_holder = end_hold();  // the caller has one too
    throw std::bad_alloc();
  }

  // Holds: lock_. The result, if it is the last owner, must outlive the lock.
  std::shared_ptr<func_timer> end_hold() noexcept {
    return --holds_ == 0 ? std::move(self_) : nullptr;
  }

  static void fire(timer_node& node, nanotime_t) noexcept {
    func_timer& t = *static_cast<owned_node<func_timer>&>(node).owner;
    std::shared_ptr<func_timer> keep;  // outlives the lock
    lock_scope hold(t.lock_);
    keep = t.self_;
    t.end_hold();
    // Stopped, or set anew, since this call was due?
    if (!t.armed_ || t.when_ > nanotime()) return;
    t.armed_ = false;
    if (disarm_timer(t.node_)) --t.holds_;  // set anew, and due again already: one start for both
    try {
      const hb::on_behalf whoever_set_it(t.set_cell_);  // E20
      go([keep] {
        keep->f_();
        hb::release_merge(keep->ran_);
      });
    } catch (...) {
      try {
        t.arm_locked(deadline_after(nanotime(), k_retry_ns));
      } catch (...) {
        fatal("weft: out of memory for a timer");
      }
    }
  }

  lock lock_{lock_rank::chan};  // guards the rest but f_
  owned_node<func_timer> node_;
  nanotime_t when_ = 0;
  bool armed_ = false;
  unsigned holds_ = 0;
  std::shared_ptr<func_timer> self_;
  std::function<void()> f_;
  [[no_unique_address]] hb::moving_cell set_cell_;
  [[no_unique_address]] hb::cell ran_;
};

std::shared_ptr<func_timer> make_func_timer(nanotime_t after, std::function<void()> f) {
  ensure_runtime();
  std::shared_ptr<func_timer> made(new func_timer(std::move(f)), func_timer::destroy);
  made->reset(after);
  return made;
}

bool stop_func_timer(func_timer& t) noexcept {
  sched::point(sched::op::timer_stop, &t);
  return t.stop();
}

bool reset_func_timer(func_timer& t, nanotime_t after) {
  sched::point(sched::op::timer_reset, &t);
  return t.reset(after);
}

}  // namespace detail

// Here, so that weft's code alone counts the owners of a func_timer: a checker that sees some of
// the counting misses the edges of the rest.
timer& timer::operator=(timer&&) noexcept = default;
timer::~timer() = default;

bool timer::stop() {
  if (func_ != nullptr) return detail::stop_func_timer(*func_);
  if (!c_) throw panic("time: Stop called on uninitialized Timer");
  return detail::stop_timer_channel(c_);
}

bool timer::reset_to(detail::nanotime_t after) {
  if (func_ != nullptr) return detail::reset_func_timer(*func_, after);
  if (!c_) throw panic("time: Reset called on uninitialized Timer");
  return detail::reset_timer_channel(c_, after, 0);
}

detail::nanotime_t ticker::check_interval(detail::nanotime_t d) {
  if (d <= 0) throw panic("non-positive interval for NewTicker");
  return d;
}

void ticker::stop() noexcept {
  if (c_) detail::stop_timer_channel(c_);
}

void ticker::reset_to(detail::nanotime_t d) {
  if (d <= 0) throw panic("non-positive interval for Ticker.Reset");
  if (!c_) throw panic("time: Reset called on uninitialized Ticker");
  detail::reset_timer_channel(c_, d, d);
}

}  // namespace weft::inline WEFT_WORLD
