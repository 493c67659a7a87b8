// SPDX-License-Identifier: Apache-2.0
// c_locks.cc: std::mutex, std::condition_variable, std::shared_mutex and their kin.   Floor 6.
//
// Each behaves as weft's own: a goroutine that waits for one is blocked, with its reason, in the
// report of a deadlock; edges and dependence are those of the twin. What C++ leaves undefined, such
// as to unlock what another goroutine has locked, is a failure.

#include "check/c_library.h"

#include <weft/condition_variable.h>
#include <weft/mutex.h>
#include <weft/shared_mutex.h>

#include <pthread.h>
#include <mutex>
#include <string>

namespace weft::inline WEFT_WORLD {
namespace detail::checker::c_library {
namespace {

[[noreturn]] void misuse(engine& e, const char* text) {
  e.fail(outcome::failure, std::string("misuse: ") + text);
}

class mutex_twin {
 public:
  // Of a kind of pthread_mutex_t: what to do if the owner comes again.
  int lock(engine& e, int kind) {
    if (again(e, kind)) return 0;
    if (owner_ == e.current() && kind == PTHREAD_MUTEX_ERRORCHECK) return EDEADLK;
    lock_.lock();
    return own(e);
  }
  int try_lock(engine& e, int kind) {
    if (again(e, kind)) return 0;
    return lock_.try_lock() ? own(e) : EBUSY;
  }
  int lock_for(engine& e, int kind, nanotime_t most) {
    if (again(e, kind)) return 0;
    if (!in_time(most, [&](const context& ctx) { return lock_.lock(ctx); })) return ETIMEDOUT;
    return own(e);
  }
  int unlock(engine& e) {
    if (owner_ == nullptr) misuse(e, "unlock of an unlocked std::mutex, or pthread_mutex_t");
    if (owner_ != e.current())
      misuse(e, "unlock of a std::mutex, or pthread_mutex_t, that another goroutine has locked");
    if (--depth_ != 0) return 0;
    owner_ = nullptr;
    lock_.unlock();
    return 0;
  }

 private:
  bool again(engine& e, int kind) noexcept {
    if (owner_ != e.current() || kind != PTHREAD_MUTEX_RECURSIVE) return false;
    ++depth_;
    return true;
  }
  int own(engine& e) noexcept {
    owner_ = e.current();
    depth_ = 1;
    return 0;
  }

  mutex lock_;
  goroutine* owner_ = nullptr;
  unsigned depth_ = 0;
};

class shared_mutex_twin {
 public:
  int lock(engine& e) {
    lock_.lock();
    writer_ = e.current();
    return 0;
  }
  int lock_shared() {
    lock_.lock_shared();
    ++readers_;
    return 0;
  }
  int try_lock(engine& e) {
    if (!lock_.try_lock()) return EBUSY;
    writer_ = e.current();
    return 0;
  }
  int try_lock_shared() {
    if (!lock_.try_lock_shared()) return EBUSY;
    ++readers_;
    return 0;
  }
  int lock_for(engine& e, nanotime_t most) {
    if (!in_time(most, [&](const context& ctx) { return lock_.lock(ctx); })) return ETIMEDOUT;
    writer_ = e.current();
    return 0;
  }
  int lock_shared_for(nanotime_t most) {
    if (!in_time(most, [&](const context& ctx) { return lock_.lock_shared(ctx); }))
      return ETIMEDOUT;
    ++readers_;
    return 0;
  }
  int unlock(engine& e) {
    if (writer_ != nullptr) {
      if (writer_ != e.current())
        misuse(e, "unlock of a std::shared_mutex that another goroutine has locked");
      writer_ = nullptr;
      lock_.unlock();
      return 0;
    }
    if (readers_ == 0) misuse(e, "unlock of an unlocked std::shared_mutex");
    --readers_;
    lock_.unlock_shared();
    return 0;
  }

 private:
  shared_mutex lock_;
  goroutine* writer_ = nullptr;
  std::size_t readers_ = 0;
};

int kind_of(const pthread_mutex_t* m) noexcept { return m->__data.__kind & 3; }

// A mutex of the C library as condition_variable::wait wants it.
struct held_mutex {
  engine& e;
  mutex_twin& twin;
  int kind;
  void lock() { twin.lock(e, kind); }
  void unlock() { twin.unlock(e); }
};

int wait_for(engine& e, pthread_cond_t* c, pthread_mutex_t* m, nanotime_t most) {
  held_mutex lock{e, twin_of<mutex_twin>(e, m), kind_of(m)};
  auto& condition = twin_of<condition_variable>(e, c);
  auto wait = [&](const context& ctx) { return condition.wait(lock, ctx); };
  return in_time(most, wait) ? 0 : ETIMEDOUT;
}

}  // namespace
}  // namespace detail::checker::c_library
}  // namespace weft::inline WEFT_WORLD

namespace c = weft::detail::checker::c_library;
using weft::detail::checker::engine;

// The C library's function of this name; the conditions have an older one, too.
#define WEFT_REAL(name) static auto* const real = c::real<decltype(name)>(#name)
#define WEFT_REAL_CONDITION(name) \
  static auto* const real = c::real<decltype(name)>(#name, "GLIBC_2.3.2")

extern "C" {

int pthread_mutex_lock(pthread_mutex_t* m) noexcept {
  if (engine* e = c::asked()) return c::twin_of<c::mutex_twin>(*e, m).lock(*e, c::kind_of(m));
  WEFT_REAL(pthread_mutex_lock);
  return real(m);
}
int pthread_mutex_trylock(pthread_mutex_t* m) noexcept {
  if (engine* e = c::asked()) return c::twin_of<c::mutex_twin>(*e, m).try_lock(*e, c::kind_of(m));
  WEFT_REAL(pthread_mutex_trylock);
  return real(m);
}
int pthread_mutex_clocklock(pthread_mutex_t* m, clockid_t clock, const timespec* then) noexcept {
  if (engine* e = c::asked())
    return c::twin_of<c::mutex_twin>(*e, m).lock_for(*e, c::kind_of(m), c::until(clock, *then));
  WEFT_REAL(pthread_mutex_clocklock);
  return real(m, clock, then);
}
int pthread_mutex_timedlock(pthread_mutex_t* m, const timespec* then) noexcept {
  if (c::asked() != nullptr) return pthread_mutex_clocklock(m, CLOCK_REALTIME, then);
  WEFT_REAL(pthread_mutex_timedlock);
  return real(m, then);
}
int pthread_mutex_unlock(pthread_mutex_t* m) noexcept {
  if (engine* e = c::asked()) return c::twin_of<c::mutex_twin>(*e, m).unlock(*e);
  WEFT_REAL(pthread_mutex_unlock);
  return real(m);
}

int pthread_cond_wait(pthread_cond_t* condition, pthread_mutex_t* m) {
  if (engine* e = c::asked()) {
    c::held_mutex lock{*e, c::twin_of<c::mutex_twin>(*e, m), c::kind_of(m)};
    c::twin_of<weft::condition_variable>(*e, condition).wait(lock);
    return 0;
  }
  WEFT_REAL_CONDITION(pthread_cond_wait);
  return real(condition, m);
}
int pthread_cond_clockwait(pthread_cond_t* condition, pthread_mutex_t* m, clockid_t clock,
                           const timespec* then) {
  if (engine* e = c::asked()) return c::wait_for(*e, condition, m, c::until(clock, *then));
  WEFT_REAL(pthread_cond_clockwait);
  return real(condition, m, clock, then);
}
int pthread_cond_timedwait(pthread_cond_t* condition, pthread_mutex_t* m, const timespec* then) {
  if (engine* e = c::asked()) return c::wait_for(*e, condition, m, c::until(CLOCK_REALTIME, *then));
  WEFT_REAL_CONDITION(pthread_cond_timedwait);
  return real(condition, m, then);
}
int pthread_cond_signal(pthread_cond_t* condition) noexcept {
  if (engine* e = c::asked())
    return c::twin_of<weft::condition_variable>(*e, condition).notify_one(), 0;
  WEFT_REAL_CONDITION(pthread_cond_signal);
  return real(condition);
}
int pthread_cond_broadcast(pthread_cond_t* condition) noexcept {
  if (engine* e = c::asked())
    return c::twin_of<weft::condition_variable>(*e, condition).notify_all(), 0;
  WEFT_REAL_CONDITION(pthread_cond_broadcast);
  return real(condition);
}

int pthread_rwlock_wrlock(pthread_rwlock_t* l) noexcept {
  if (engine* e = c::asked()) return c::twin_of<c::shared_mutex_twin>(*e, l).lock(*e);
  WEFT_REAL(pthread_rwlock_wrlock);
  return real(l);
}
int pthread_rwlock_rdlock(pthread_rwlock_t* l) noexcept {
  if (engine* e = c::asked()) return c::twin_of<c::shared_mutex_twin>(*e, l).lock_shared();
  WEFT_REAL(pthread_rwlock_rdlock);
  return real(l);
}
int pthread_rwlock_trywrlock(pthread_rwlock_t* l) noexcept {
  if (engine* e = c::asked()) return c::twin_of<c::shared_mutex_twin>(*e, l).try_lock(*e);
  WEFT_REAL(pthread_rwlock_trywrlock);
  return real(l);
}
int pthread_rwlock_tryrdlock(pthread_rwlock_t* l) noexcept {
  if (engine* e = c::asked()) return c::twin_of<c::shared_mutex_twin>(*e, l).try_lock_shared();
  WEFT_REAL(pthread_rwlock_tryrdlock);
  return real(l);
}
int pthread_rwlock_clockwrlock(pthread_rwlock_t* l, clockid_t clock,
                               const timespec* then) noexcept {
  if (engine* e = c::asked())
    return c::twin_of<c::shared_mutex_twin>(*e, l).lock_for(*e, c::until(clock, *then));
  WEFT_REAL(pthread_rwlock_clockwrlock);
  return real(l, clock, then);
}
int pthread_rwlock_clockrdlock(pthread_rwlock_t* l, clockid_t clock,
                               const timespec* then) noexcept {
  if (engine* e = c::asked())
    return c::twin_of<c::shared_mutex_twin>(*e, l).lock_shared_for(c::until(clock, *then));
  WEFT_REAL(pthread_rwlock_clockrdlock);
  return real(l, clock, then);
}
int pthread_rwlock_timedwrlock(pthread_rwlock_t* l, const timespec* then) noexcept {
  if (c::asked() != nullptr) return pthread_rwlock_clockwrlock(l, CLOCK_REALTIME, then);
  WEFT_REAL(pthread_rwlock_timedwrlock);
  return real(l, then);
}
int pthread_rwlock_timedrdlock(pthread_rwlock_t* l, const timespec* then) noexcept {
  if (c::asked() != nullptr) return pthread_rwlock_clockrdlock(l, CLOCK_REALTIME, then);
  WEFT_REAL(pthread_rwlock_timedrdlock);
  return real(l, then);
}
int pthread_rwlock_unlock(pthread_rwlock_t* l) noexcept {
  if (engine* e = c::asked()) return c::twin_of<c::shared_mutex_twin>(*e, l).unlock(*e);
  WEFT_REAL(pthread_rwlock_unlock);
  return real(l);
}

}  // extern "C"
