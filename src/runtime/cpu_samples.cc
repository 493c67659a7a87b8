// SPDX-License-Identifier: Apache-2.0
// cpu_samples.cc: see cpu_samples.h.                                                  Floor 3.
//
// INV-1 a place of the ring belongs to the handler that claimed its number until `full` is set, and
//       then to the recorder until it is cleared.

#include "runtime/cpu_samples.h"

#include "arch/interrupted.h"
#include "os/random.h"
#include "runtime/running_stacks.h"
#include "runtime/worker.h"

#include <dirent.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <system_error>
#include <unordered_map>

namespace weft::inline WEFT_WORLD {
namespace detail {
namespace {

constexpr std::uint64_t k_places = 1024;

struct place {
  shared_word<bool> full{false};
  cpu_sample sample;  // INV-1
};

place* g_ring = nullptr;  // made by the first recorder, before g_recording is set; never freed
shared_word<std::uint64_t> g_claimed{0};
shared_word<std::uint64_t> g_emptied{0};  // written by the recorder
shared_word<std::uint64_t> g_lost{0};
shared_word<bool> g_recording{false};                    // handlers take samples
shared_word<bool> g_in_use{false};                       // somebody records
std::unordered_map<pid_t, timer_t>* g_timers = nullptr;  // the recorder's

label_set* labels_at(const arch::interrupted& at) noexcept {
  worker* w = current_worker();
  if (w == nullptr) return nullptr;
  goroutine* g = w->current.load(relaxed);  // [CS-1] relaxed: own.
  if (g == nullptr || g == &w->base) return nullptr;
  // In the middle of a switch the stack may be another's than the goroutine's that is named.
  auto sp = reinterpret_cast<const char*>(at.sp);
  if (sp < g->stack_low || sp > g->stack_high) return nullptr;
  return share_labels(g->labels);
}

void take_sample(const arch::interrupted& at, std::int64_t ticks) noexcept {
  std::uint64_t n = g_claimed.load(relaxed);  // [CS-2] relaxed: checked by the swap.
  do {
    // [CS-3] acquire; pairs with the release-store [CS-4]: the place is the handler's again.
    if (n - g_emptied.load(acquire) >= k_places) {
      g_lost.fetch_add(static_cast<std::uint64_t>(ticks), relaxed);  // [CS-5] relaxed: statistic.
      return;
    }
    // [CS-6] relaxed: claims a number; `full` publishes the sample.
  } while (!g_claimed.compare_exchange_weak(n, n + 1, relaxed, relaxed));
  place& p = g_ring[n % k_places];
  unwind_interrupted(p.sample.stack, at);
  p.sample.ticks = ticks;
  p.sample.labels = labels_at(at);
  // [CS-7] release-store; pairs with the acquire-load [CS-8]. Publishes: the sample.
  p.full.store(true, release);
}

void on_tick(int, siginfo_t* info, void* context) {
  int saved = errno;
  if (info->si_code == SI_QUEUE) {
    answer_stack_request(static_cast<std::uint32_t>(info->si_value.sival_int),
                         arch::interrupted(context));
  } else if (g_recording.load()) {
    // Also periods that passed before the signal could be taken.
    std::int64_t missed = info->si_code == SI_TIMER && info->si_overrun > 0 ? info->si_overrun : 0;
    take_sample(arch::interrupted(context), 1 + missed);
  }
  errno = saved;
}

void install_handler() {
  if (!own_cpu_signal())
    throw std::system_error(std::make_error_code(std::errc::device_or_resource_busy),
                            "weft: the CPU profile needs SIGPROF, which has another handler");
}

// On the thread's own CPU clock; at a random point of its first period.
bool start_timer(pid_t thread, timer_t& timer) noexcept {
  constexpr clockid_t k_thread_cpu_clock = 6;  // as the kernel numbers the clocks of a thread
  clockid_t clock =
      static_cast<clockid_t>(~static_cast<unsigned>(thread) << 3) | k_thread_cpu_clock;
  sigevent event{};
  event.sigev_notify = SIGEV_THREAD_ID;
  event.sigev_signo = SIGPROF;
  event._sigev_un._tid = thread;
  if (timer_create(clock, &event, &timer) != 0) return false;
  itimerspec times{};
  times.it_interval.tv_nsec = k_cpu_period_ns;
  times.it_value.tv_nsec = 1 + static_cast<long>(os::random_u32() % k_cpu_period_ns);
  if (timer_settime(timer, 0, &times, nullptr) == 0) return true;
  timer_delete(timer);
  return false;
}

// Every thread has a timer, and every timer a thread. False if there is no timer at all.
bool look_for_threads() {
  DIR* dir = opendir("/proc/self/task");
  if (dir == nullptr) return false;
  std::unordered_map<pid_t, timer_t> found;
  while (const dirent* e = readdir(dir)) {
    auto thread = static_cast<pid_t>(std::strtol(e->d_name, nullptr, 10));
    if (thread == 0) continue;
    timer_t timer{};
    auto known = g_timers->find(thread);
    if (known != g_timers->end()) {
      found.insert(*known);
      g_timers->erase(known);
    } else if (start_timer(thread, timer)) {
      found.emplace(thread, timer);
    }
  }
  closedir(dir);
  for (auto& [thread, timer] : *g_timers) timer_delete(timer);
  *g_timers = std::move(found);
  return !g_timers->empty();
}

void empty_ring(void (*f)(void*, cpu_sample&), void* arg) {
  std::uint64_t n = g_emptied.load(relaxed);  // [CS-9] relaxed: the recorder's own.
  for (;; ++n) {
    place& p = g_ring[n % k_places];
    // [CS-8] acquire-load; pairs with the release-store [CS-7].
    if (!p.full.load(acquire)) return;
    f(arg, p.sample);
    p.full.store(false, relaxed);  // [CS-10] relaxed: published by [CS-4].
    // [CS-4] release-store; pairs with the acquire [CS-3].
    g_emptied.store(n + 1, release);
  }
}

}  // namespace

bool own_cpu_signal() noexcept {
  struct sigaction before{};
  sigaction(SIGPROF, nullptr, &before);
  bool others = (before.sa_flags & SA_SIGINFO) != 0
                    ? before.sa_sigaction != on_tick
                    : before.sa_handler != SIG_DFL && before.sa_handler != SIG_IGN;
  if (others) return false;
  if (before.sa_sigaction == on_tick) return true;
  struct sigaction action{};
  action.sa_sigaction = on_tick;
  // It stays when the recording ends, for a late signal would end the process.
  action.sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK;
  sigfillset(&action.sa_mask);
  sigaction(SIGPROF, &action, nullptr);
  return true;
}

bool start_cpu_samples() {
  if (g_in_use.exchange(true)) return false;
  try {
    install_handler();
    g_lost.store(0);
    if (g_ring == nullptr) g_ring = new place[k_places];
    if (g_timers == nullptr) g_timers = new std::unordered_map<pid_t, timer_t>;
    g_recording.store(true);
    if (!look_for_threads())
      throw std::system_error(errno, std::generic_category(), "weft: no timers for a CPU profile");
  } catch (...) {
    g_recording.store(false);
    g_in_use.store(false);
    throw;
  }
  return true;
}

void poll_cpu_samples(void (*f)(void*, cpu_sample&), void* arg) {
  look_for_threads();
  empty_ring(f, arg);
}

std::uint64_t lost_cpu_samples() noexcept { return g_lost.load(); }

void stop_cpu_samples(void (*f)(void*, cpu_sample&), void* arg) {
  g_recording.store(false);
  for (auto& [thread, timer] : *g_timers) timer_delete(timer);
  g_timers->clear();
  // A handler may be at work still; its sample comes late, and is then part of the next recording
  // if it is not dropped here.
  for (int i = 0; i < 100 && g_claimed.load() != g_emptied.load(); ++i) {
    empty_ring(f, arg);
    if (g_claimed.load() != g_emptied.load()) usleep(1000);
  }
  g_in_use.store(false);
}

}  // namespace detail
}  // namespace weft::inline WEFT_WORLD
