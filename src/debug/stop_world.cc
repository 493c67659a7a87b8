// SPDX-License-Identifier: Apache-2.0
// stop_world.cc: see stop_world.h.                                                    Floor 6.
//
// Threads are found in /proc/self/task, again and again until there is none that has not been
// told: one that is started meanwhile is started by one that is not stopped yet.

#include "debug/stop_world.h"

#include "os/clock.h"
#include "os/futex.h"
#include "os/stop_signal.h"
#include "runtime/worker.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>

namespace weft::inline WEFT_WORLD {
namespace debug {

using namespace detail;

namespace {

constexpr std::int64_t k_patience_ns = 10'000'000'000;
constexpr std::size_t k_spare = 256;

// What the handler sees. A thread may come to it late, when all is over.
struct handler_state {
  shared_word<stopped_world::thread*> threads{nullptr};
  shared_word<std::size_t> count{0};
  shared_word<std::uint32_t> inside{0};    // threads in the handler
  shared_word<std::uint32_t> released{0};  // futex: 1 when they may go on
};
handler_state g_state;

long own_tid() noexcept { return syscall(SYS_gettid); }

// Calls f(tid) for every thread. Allocates nothing. False if they cannot be listed.
template <class F>
bool for_each_tid(F&& f) noexcept {
  int dir = open("/proc/self/task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (dir < 0) return false;
  struct entry {
    std::uint64_t inode;
    std::int64_t offset;
    std::uint16_t length;
    std::uint8_t type;
    char name[1];
  };
  alignas(8) char buffer[4096];
  for (;;) {
    long n = syscall(SYS_getdents64, dir, buffer, sizeof buffer);
    if (n <= 0) {
      close(dir);
      return n == 0;
    }
    for (long at = 0; at < n;) {
      const auto* e = reinterpret_cast<const entry*>(buffer + at);
      at += e->length;
      if (e->name[0] >= '1' && e->name[0] <= '9') f(std::strtol(e->name, nullptr, 10));
    }
  }
}

void pause_for(long ns) noexcept {
  timespec pause{0, ns};
  nanosleep(&pause, nullptr);
}

std::size_t read_file_of(long tid, const char* name, char* to, std::size_t size) noexcept {
  char path[64];
  std::snprintf(path, sizeof path, "/proc/self/task/%ld/%s", tid, name);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return 0;
  ssize_t n = read(fd, to, size - 1);
  close(fd);
  std::size_t got = n > 0 ? static_cast<std::size_t>(n) : 0;
  to[got] = '\0';
  return got;
}

bool blocks_signal(long tid, int signal) noexcept {
  char text[4096];
  if (read_file_of(tid, "status", text, sizeof text) == 0) return false;
  const char* mask = std::strstr(text, "SigBlk:");
  if (mask == nullptr) return false;
  std::uint64_t bits = std::strtoull(mask + 7, nullptr, 16);
  return ((bits >> (signal - 1)) & 1) != 0;
}

}  // namespace

struct stop_handler {
  static void run(int, siginfo_t*, void* context) noexcept {
    int saved = errno;
    g_state.inside.fetch_add(1);
    stopped_world::thread* threads = g_state.threads.load();
    long tid = own_tid();
    for (std::size_t i = 0; threads != nullptr && i < g_state.count.load(); ++i) {
      stopped_world::thread& t = threads[i];
      if (t.tid.load() != tid) continue;
      const auto& machine = static_cast<ucontext_t*>(context)->uc_mcontext;
#if defined(__x86_64__)
      std::memcpy(t.registers, machine.gregs, sizeof t.registers);
      t.sp = static_cast<std::uintptr_t>(machine.gregs[REG_RSP]);
#elif defined(__aarch64__)
      std::memcpy(t.registers, machine.regs, sizeof machine.regs);
      t.sp = machine.sp;
#endif
      t.signal_stack = static_cast<ucontext_t*>(context)->uc_stack;
      t.worker = current_worker();
      t.stopped.store(true);
      break;
    }
    while (g_state.released.load() == 0) os::futex_wait(g_state.released, 0);
    g_state.inside.fetch_sub(1);
    errno = saved;
  }
};

bool stopped_world::prepare() noexcept {
  std::size_t n = k_spare;
  if (!for_each_tid([&](long) { ++n; })) return false;
  void* memory =
      mmap(nullptr, n * sizeof(thread), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return false;
  threads_ = static_cast<thread*>(memory);
  capacity_ = n;
  for (std::size_t i = 0; i < n; ++i) new (&threads_[i]) thread;
  g_state.count.store(0);
  g_state.released.store(0);
  g_state.threads.store(threads_);
  // If the program has taken that one since, another stops all threads but the library's own.
  if (borrow(os::stop_signal())) return true;
  for (int s = SIGRTMAX - 1; s > SIGRTMIN; --s)
    if (borrow(s)) return true;
  return false;
}

bool stopped_world::borrow(int signal) noexcept {
  struct sigaction before{};
  if (sigaction(signal, nullptr, &before) != 0) return false;
  bool ours = (before.sa_flags & SA_SIGINFO) != 0 && before.sa_sigaction == stop_handler::run;
  if (!ours && ((before.sa_flags & SA_SIGINFO) != 0 || before.sa_handler != SIG_DFL)) return false;
  struct sigaction mine{};
  mine.sa_sigaction = stop_handler::run;
  // On the alternate stack where there is one: a goroutine's own may be short.
  mine.sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK;
  sigfillset(&mine.sa_mask);
  if (sigaction(signal, &mine, nullptr) != 0) return false;
  signal_ = signal;
  return true;
}

// False if one cannot be told. One that blocks the signal may do so for a moment only, as when it
// starts a thread: it is passed over until the last try.
bool stopped_world::signal_new_threads(bool& again, bool last_try) noexcept {
  bool all = true;
  long self = own_tid();
  bool listed = for_each_tid([&](long tid) {
    if (tid == self) return;
    for (std::size_t i = 0; i < count_; ++i)
      if (threads_[i].tid.load() == tid || threads_[i].tid.load() == -tid) return;
    if (count_ == capacity_) {
      all = false;
      return;
    }
    bool blocks = blocks_signal(tid, signal_);
    again = true;
    if (blocks && !last_try) return;
    thread& t = threads_[count_];
    t.tid.store(tid);
    g_state.count.store(++count_);
    if (blocks) {
      all = false;
      t.tid.store(-tid);  // known, and not waited for
      return;
    }
    if (syscall(SYS_tgkill, getpid(), tid, signal_) != 0) t.tid.store(-tid);
  });
  return all && listed;
}

bool stopped_world::await_stops() noexcept {
  std::int64_t give_up = os::monotonic_now() + k_patience_ns;
  for (std::size_t i = 0; i < count_; ++i) {
    thread& t = threads_[i];
    for (unsigned turn = 0; t.tid.load() > 0 && !t.stopped.load(); ++turn) {
      pause_for(turn < 10 ? 20'000 : 1'000'000);
      if (turn % 16 != 15) continue;
      // It may have ended; and a thread that blocks all signals for a moment will not do it for
      // long.
      if (syscall(SYS_tgkill, getpid(), t.tid.load(), 0) != 0) t.tid.store(-t.tid.load());
      if (os::monotonic_now() > give_up) return false;
    }
  }
  return true;
}

bool stopped_world::hold() noexcept {
  constexpr int k_tries = 50;
  bool all = true;
  for (int tries = 0;;) {
    bool again = false;
    if (!signal_new_threads(again, tries == k_tries)) all = false;
    if (!await_stops()) return false;
    if (!again) return all;
    if (tries < k_tries) ++tries;
    pause_for(tries < 5 ? 20'000 : 1'000'000);
  }
}

void stopped_world::release() noexcept {
  g_state.released.store(1);
  os::futex_wake(g_state.released, 1 << 30);
}

stopped_world::~stopped_world() {
  if (threads_ == nullptr) return;
  release();
  // One that has been told and was too late to be counted comes through without waiting; the
  // handler stays, for the default action of the signal would end the process.
  g_state.threads.store(nullptr);
  while (g_state.inside.load() != 0) pause_for(50'000);
  munmap(threads_, capacity_ * sizeof(thread));
}

}  // namespace debug
}  // namespace weft::inline WEFT_WORLD
