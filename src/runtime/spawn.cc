// SPDX-License-Identifier: Apache-2.0
// spawn.cc: the beginning and the end of a goroutine.                                 Floor 3.

#include <weft/go.h>

#include "arch/switch.h"
#include "runtime/eh_globals.h"
#include "runtime/fatal.h"
#include "runtime/foreign_locks.h"
#include "runtime/labels.h"
#include "runtime/local_values.h"
#include "runtime/sanitizer.h"
#include "runtime/scheduler.h"
#include "runtime/trace_points.h"

#include <cstdlib>
#include <cstring>
#include <new>

namespace weft::inline WEFT_WORLD {
namespace detail {
namespace {

constexpr std::uint32_t k_refill = 32;
constexpr std::uint32_t k_free_cap = 64;
constexpr std::uint64_t k_id_batch = 16;

// What becomes of a goroutine after its last switch; on the stack of the next one.
void bury(void* arg) noexcept {
  auto& g = *static_cast<goroutine*>(arg);
  sanitizer::end_goroutine(g);
  scheduler::instance()->recycle(g);
}

// All is set that those who look at goroutines may read.
void show(goroutine& g) noexcept {
  // [SW-3] release-store; pairs with the acquire-load [DU-2]: sp and id are set.
  g.status.store(goroutine_status::runnable, release);
  trace::created(g);
}

[[noreturn]] void end_goroutine(goroutine& g) noexcept {
  run_local_destructors(g.locals);
  trace::ended(g);
  if (WEFT_UNLIKELY(g.name != nullptr || g.labels != nullptr)) end_identity(g);
  worker& w = *current_worker();
  g.status.store(goroutine_status::dead, relaxed);  // [SW-1] relaxed: for dumps.
  g.commit = bury;
  g.commit_arg = &g;
  w.p->counts.add_finished();
  switch_to(w, g, pick_next(w));
  __builtin_unreachable();
}

// The bottom frame of every goroutine. An exception that gets here found no handler on the whole
// stack, so that std::terminate has already been called where it was thrown.
void goroutine_main(void* arg) {
  auto& g = *static_cast<goroutine*>(arg);
  g.entry(g.closure);
  end_goroutine(g);
}

_Unwind_Reason_Code stop_at_bottom(int, _Unwind_Action actions, _Unwind_Exception_Class,
                                   _Unwind_Exception*, _Unwind_Context*, void* arg) {
  if ((actions & _UA_END_OF_STACK) == 0) return _URC_NO_REASON;
  end_goroutine(*static_cast<goroutine*>(arg));
}

}  // namespace

std::size_t scheduler::goroutines() noexcept {
  std::uint64_t finished = 0;
  // Finished first: a goroutine that ends meanwhile is then counted as still there.
  // [PC-4] acquire-load; pairs with the release-store [PC-3].
  for_each_processor([&](processor& p) { finished += p.counts.finished.load(acquire); });
  std::uint64_t spawned = thread_spawned.load();
  for_each_processor([&](processor& p) { spawned += p.counts.spawned.load(); });
  return spawned - finished;
}

goroutine* scheduler::take_goroutine(std::size_t stack_bytes) {
  if (stack_bytes != 0 && stack_bytes > stacks.default_size())
    return stacks.take_sized(stack_bytes);
  worker* w = current_worker();
  std::uint32_t got = 0;
  if (w == nullptr || w->p == nullptr) return stacks.take_default(1, &got);
  processor& p = *w->p;
  if (p.free_list == nullptr) {
    p.free_list = stacks.take_default(k_refill, &got);
    p.free_count = got;
  }
  goroutine* g = p.free_list;
  p.free_list = g->next;
  --p.free_count;
  return g;
}

void scheduler::recycle(goroutine& g) noexcept {
  worker* w = current_worker();
  if (w == nullptr || w->p == nullptr || g.slab->stride != stacks.default_size()) {
    stacks.give(&g, &g, 1);
    return;
  }
  processor& p = *w->p;
  g.next = p.free_list;
  p.free_list = &g;
  if (++p.free_count < k_free_cap) return;
  goroutine* first = p.free_list;
  goroutine* last = first;
  for (std::uint32_t i = 1; i < k_free_cap / 2; ++i) last = last->next;
  p.free_list = last->next;
  p.free_count -= k_free_cap / 2;
  stacks.give(first, last, k_free_cap / 2);
}

void scheduler::give_back_stacks(processor& p) noexcept {
  if (p.free_list == nullptr) return;
  goroutine* last = p.free_list;
  while (last->next != nullptr) last = last->next;
  stacks.give(p.free_list, last, p.free_count);
  p.free_list = nullptr;
  p.free_count = 0;
}

goroutine* prepare_goroutine(std::size_t size, std::size_t align, const go_options& options) {
  refuse_forked_child();
  scheduler& s = scheduler::ensure_started();
  char* name = nullptr;
  if (!options.name.empty()) {
    name = static_cast<char*>(std::malloc(options.name.size() + 1));
    if (name == nullptr) throw std::bad_alloc();
    std::memcpy(name, options.name.data(), options.name.size());
    name[options.name.size()] = '\0';
  }
  goroutine* g = nullptr;
  try {
    g = s.take_goroutine(options.stack_size);
  } catch (...) {
    std::free(name);
    throw;
  }
  g->name = name;
  sanitizer::forget_frames(*g);
  sanitizer::renew_stack(*g);
  auto top = reinterpret_cast<std::uintptr_t>(g->stack_high) - size;
  g->closure = reinterpret_cast<void*>(top & ~(std::uintptr_t{align} - 1));
  return g;
}

void* closure_of(goroutine* g) noexcept { return g->closure; }

void abandon_goroutine(goroutine* g) noexcept {
  std::free(g->name);
  g->name = nullptr;
  scheduler::instance()->recycle(*g);
}

WEFT_NOINLINE void start_goroutine(goroutine* g, void (*entry)(void*)) noexcept {
  scheduler& s = *scheduler::instance();
  g->entry = entry;
  g->creator = __builtin_return_address(0);
  g->exceptions = exception_state{};
  g->locals = nullptr;
  g->labels = nullptr;
  forget_foreign_locks(*g);
  g->sanitizer_state = nullptr;
  g->fresh = true;
  g->sp = arch::make_stack(g->closure, goroutine_main, g);
  g->why.store(wait_reason::none, relaxed);  // [SW-2] relaxed: for dumps.
  worker* w = current_worker();
  if (w == nullptr || w->p == nullptr) {
    g->parent_id = 0;
    g->id = s.new_id_range(1);
    sanitizer::begin_goroutine(*g);
    show(*g);
    s.thread_spawned.fetch_add(1);
    s.inject(*g);
    return;
  }
  processor& p = *w->p;
  if (p.next_id == p.end_id) {
    p.next_id = s.new_id_range(k_id_batch);
    p.end_id = p.next_id + k_id_batch;
  }
  g->id = p.next_id++;
  goroutine& parent = *w->current.load(relaxed);  // [SW-4] relaxed: own.
  g->parent_id = parent.id;
  if (WEFT_UNLIKELY(parent.labels != nullptr)) g->labels = share_labels(parent.labels);
  sanitizer::begin_goroutine(*g);
  show(*g);
  processor_counts::add(p.counts.spawned);
  if (s.migrate_always) {
    s.inject(*g);
    return;
  }
  make_next(s, *w, *g);
}

void fatal_nil_function() noexcept { fatal("go of nil func value"); }

}  // namespace detail

void exit_goroutine() {
  using namespace detail;
  worker* w = current_worker();
  if (w == nullptr) fatal("exit_goroutine called outside a goroutine");
  goroutine& g = *w->current.load();
  // A forced unwind runs destructors and passes every handler; one that swallows it (a catch-all
  // that does not rethrow) is passed all the same, by starting again from where it ends.
  static constexpr auto resume = [](_Unwind_Reason_Code, _Unwind_Exception* e) {
    goroutine* self = current_worker()->current.load();
    sanitizer::forget_frames(*self);
    _Unwind_ForcedUnwind(e, stop_at_bottom, self);
  };
  // Not on this stack, whose frames are reused while they are unwound.
  g.exit_unwind = _Unwind_Exception{};
  g.exit_unwind.exception_class = 0x574546545f474f00;
  g.exit_unwind.exception_cleanup = resume;
  sanitizer::forget_frames(g);
  _Unwind_ForcedUnwind(&g.exit_unwind, stop_at_bottom, &g);
  fatal("exit_goroutine: the stack cannot be unwound");
}

std::size_t num_goroutines() noexcept {
  detail::scheduler* s = detail::scheduler::instance();
  return s == nullptr ? 0 : s->goroutines();
}

}  // namespace weft::inline WEFT_WORLD
