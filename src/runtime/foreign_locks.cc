// SPDX-License-Identifier: Apache-2.0
// foreign_locks.cc: standing in for pthread_mutex_lock, trylock and unlock.           Floor 3.
//
// The names are taken from the program's libraries by being defined in the program, as any symbol
// may be; what was there before is found behind them. Only what a goroutine does is noted.

#include "runtime/foreign_locks.h"

#if WEFT_SEES_FOREIGN_LOCKS

#include "runtime/worker.h"

#include <dlfcn.h>
#include <pthread.h>

namespace weft::inline WEFT_WORLD {
namespace detail {
namespace {

using mutex_fn = int (*)(pthread_mutex_t*);

WEFT_NOINLINE mutex_fn find_next(shared_word<mutex_fn>& cached, const char* name) noexcept {
  auto f = reinterpret_cast<mutex_fn>(dlsym(RTLD_NEXT, name));
  cached.store(f);
  return f;
}

int call_next(shared_word<mutex_fn>& cached, const char* name, pthread_mutex_t* m) noexcept {
  mutex_fn f = cached.load();
  return (f != nullptr ? f : find_next(cached, name))(m);
}

shared_word<mutex_fn> g_lock{nullptr};
shared_word<mutex_fn> g_trylock{nullptr};
shared_word<mutex_fn> g_unlock{nullptr};

goroutine* caller() noexcept {
  worker* w = current_worker();
  if (w == nullptr || w->p == nullptr) return nullptr;
  goroutine* g = w->current.load();
  return g == &w->base ? nullptr : g;
}

void note(const pthread_mutex_t* m, void* at) noexcept {
  goroutine* g = caller();
  if (g == nullptr || g->foreign.count == foreign_locks::k_most) return;
  g->foreign.held[g->foreign.count++] = {m, at};
}

void forget(const pthread_mutex_t* m) noexcept {
  goroutine* g = caller();
  if (g == nullptr) return;
  foreign_locks& all = g->foreign;
  for (unsigned i = all.count; i-- > 0;) {
    if (all.held[i].mutex != m) continue;
    --all.count;
    for (; i < all.count; ++i) all.held[i] = all.held[i + 1];
    return;
  }
}

}  // namespace
}  // namespace detail
}  // namespace weft::inline WEFT_WORLD

using namespace weft::detail;

extern "C" {

[[gnu::visibility("default")]] int pthread_mutex_lock(pthread_mutex_t* m) noexcept {
  int result = call_next(g_lock, "pthread_mutex_lock", m);
  if (result == 0) note(m, __builtin_return_address(0));
  return result;
}

[[gnu::visibility("default")]] int pthread_mutex_trylock(pthread_mutex_t* m) noexcept {
  int result = call_next(g_trylock, "pthread_mutex_trylock", m);
  if (result == 0) note(m, __builtin_return_address(0));
  return result;
}

[[gnu::visibility("default")]] int pthread_mutex_unlock(pthread_mutex_t* m) noexcept {
  forget(m);
  return call_next(g_unlock, "pthread_mutex_unlock", m);
}

}  // extern "C"

#endif
