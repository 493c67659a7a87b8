// SPDX-License-Identifier: Apache-2.0
// running_stacks.cc: see running_stacks.h.                                            Floor 3.
//
// One request at a time: {number:30, stage:2}.
//   asked -> taking -> taken     the thread asked, in the handler
//   asked -> off                 who asks, when it takes too long; a late signal finds that
// INV-1 g_stack is the handler's while the stage is `taking`, and else belongs to who asks.

#include "runtime/running_stacks.h"

#include "arch/interrupted.h"
#include "os/clock.h"
#include "runtime/cpu_samples.h"
#include "runtime/scheduler.h"

#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <csignal>
#include <cstring>

namespace weft::inline WEFT_WORLD {
namespace detail {
namespace {

enum stage : std::uint32_t { k_off, k_asked, k_taking, k_taken };

constexpr std::uint32_t k_numbers = 1U << 30;
constexpr std::int64_t k_patience_ns = 10'000'000;

constinit shared_word<std::uint32_t> g_request{k_off};
std::uint32_t g_number = 0;  // who asks; as the next two
const goroutine* g_whose = nullptr;
bool g_there = false;  // INV-1, as g_stack
stack_sample g_stack;

shared_word<std::int32_t> g_threads[scheduler::k_max_workers];  // by index of the worker

constexpr std::uint32_t word(std::uint32_t number, stage s) noexcept { return number << 2 | s; }

bool send(std::int32_t thread, std::uint32_t number) noexcept {
  siginfo_t info;
  std::memset(&info, 0, sizeof info);
  info.si_signo = SIGPROF;
  info.si_code = SI_QUEUE;
  info.si_pid = getpid();
  info.si_uid = getuid();
  info.si_value.sival_int = static_cast<int>(number);
  return syscall(SYS_rt_tgsigqueueinfo, getpid(), thread, SIGPROF, &info) == 0;
}

}  // namespace

void register_worker_thread(std::uint32_t index) noexcept {
  if (index < scheduler::k_max_workers)
    g_threads[index].store(static_cast<std::int32_t>(syscall(SYS_gettid)));
}

bool ask_for_stack(const goroutine& g, stack_sample& s, ask_budget& budget) noexcept {
  // ThreadSanitizer keeps signals back until their thread calls something it knows.
  if (WEFT_RACE || budget.left_ns <= 0 || !own_cpu_signal()) return false;
  // [RS-1] relaxed: if the goroutine has moved meanwhile, the one asked finds that it is not there.
  const worker* last = g.last_worker.load(relaxed);
  if (last == nullptr || last->index >= scheduler::k_max_workers) return false;
  std::int32_t thread = g_threads[last->index].load();
  if (thread == 0) return false;
  g_number = (g_number + 1) % k_numbers;
  g_whose = &g;
  g_there = false;
  std::uint32_t asked = word(g_number, k_asked);
  g_request.store(asked);
  std::int64_t begin = os::monotonic_now();
  std::int64_t passed = 0;
  bool sent = send(thread, g_number);
  while (g_request.load() != word(g_number, k_taken)) {
    passed = os::monotonic_now() - begin;
    if (!sent || passed > std::min(k_patience_ns, budget.left_ns)) {
      // Whoever is at it already is done in a moment.
      std::uint32_t now = asked;
      if (g_request.compare_exchange_strong(now, word(g_number, k_off))) break;
    }
    sched_yield();
  }
  budget.left_ns -= passed;
  bool taken = g_request.load() == word(g_number, k_taken) && g_there;
  g_request.store(word(g_number, k_off));
  if (taken) s = g_stack;
  return taken;
}

void answer_stack_request(std::uint32_t number, const arch::interrupted& at) noexcept {
  std::uint32_t asked = word(number, k_asked);
  if (!g_request.compare_exchange_strong(asked, word(number, k_taking))) return;
  auto sp = reinterpret_cast<const char*>(at.sp);
  g_there = sp >= g_whose->stack_low && sp <= g_whose->stack_high;
  if (g_there) unwind_interrupted(g_stack, at);
  g_request.store(word(number, k_taken));
}

}  // namespace detail
}  // namespace weft::inline WEFT_WORLD
