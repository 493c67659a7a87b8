// SPDX-License-Identifier: Apache-2.0
// faults.cc: see faults.h.                                                            Floor 6.
//
// The handler runs on a stack of its own and only changes where it returns to: a function on
// another stack, which ends the execution as any failure does. The goroutine is left as it is.

#include "check/faults.h"

#include "check/engine.h"
#include "check/stacks.h"
#include "os/pages.h"

#include <ucontext.h>
#include <array>
#include <csignal>
#include <cstdio>
#include <string>

namespace weft::inline WEFT_WORLD {
namespace detail::checker {
namespace {

constexpr std::size_t k_bytes = 128 << 10;  // of each of the two stacks
constexpr std::array k_signals = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT};

struct fault {
  int signal = 0;
  std::uintptr_t address = 0;
  std::uintptr_t pc = 0;
  std::uintptr_t frame = 0;
};

unsigned g_watches = 0;
std::array<struct sigaction, k_signals.size()> g_before;
stack_t g_stack_before;
char* g_stacks = nullptr;  // the handler's, then the other one
fault g_fault;

std::string text_of_overflow(const goroutine& g) {
  return "fatal error: stack overflow: this goroutine has " +
         std::to_string(g.stack.usable() >> 10) + " KiB";
}

std::string text_of(const fault& f, const goroutine& g) {
  auto low = reinterpret_cast<std::uintptr_t>(g.stack.low);
  if (f.signal == SIGSEGV && f.address >= low - os::page_size() &&
      f.address < low + os::page_size())
    return text_of_overflow(g);
  switch (f.signal) {
    case SIGSEGV:
    case SIGBUS: {
      char address[32];
      std::snprintf(address, sizeof address, "%#zx", static_cast<std::size_t>(f.address));
      return std::string("panic: invalid memory address or nil pointer dereference: ") +
             (f.address == 0 ? "0" : address);
    }
    case SIGFPE:
      return "panic: integer divide by zero";
    case SIGABRT:
      return "abort() was called";
    default:
      return "illegal instruction, or __builtin_trap()";
  }
}

// Of whoever ran, for whom there is no way back.
[[noreturn]] void give_up() {
  engine& e = *engine::active();
  goroutine& g = *e.current();
  const engine::own_work here(e);
  std::string text = text_of(g_fault, g);
  std::vector<std::uintptr_t> stack = stack_from(g_fault.pc, g_fault.frame, g);
  if (std::string site = user_site(stack); !site.empty()) text += ", at " + site;
  e.failed = {.who = g.id, .stack = std::move(stack), .step = e.steps.size()};
  e.fail(outcome::failure, std::move(text));
}

void on_signal(int signal, siginfo_t* info, void* context) {
  auto& machine = static_cast<ucontext_t*>(context)->uc_mcontext;
  if (engine::of_program() == nullptr) {
    // As if it had not been caught: it comes again, or is sent again.
    for (std::size_t i = 0; i < k_signals.size(); ++i)
      if (k_signals[i] == signal) sigaction(signal, &g_before[i], nullptr);
    if (signal == SIGABRT || info->si_code <= 0) raise(signal);
    return;
  }
  g_fault = {.signal = signal};
  if (signal == SIGSEGV || signal == SIGBUS)
    g_fault.address = reinterpret_cast<std::uintptr_t>(info->si_addr);
  auto top = reinterpret_cast<std::uintptr_t>(g_stacks + 2 * k_bytes);
#if defined(__x86_64__)
  auto& registers = machine.gregs;
  g_fault.pc = static_cast<std::uintptr_t>(registers[REG_RIP]);
  g_fault.frame = static_cast<std::uintptr_t>(registers[REG_RBP]);
  registers[REG_RIP] = reinterpret_cast<greg_t>(give_up);
  registers[REG_RSP] = static_cast<greg_t>(top - 8);  // as after a call
  registers[REG_RBP] = 0;
#else
  g_fault.pc = machine.pc;
  g_fault.frame = machine.regs[29];
  machine.pc = reinterpret_cast<std::uintptr_t>(give_up);
  machine.sp = top;
  machine.regs[29] = 0;
#endif
}

}  // namespace

fault_watch::fault_watch() noexcept {
  if (WEFT_HAS_ASAN || g_watches++ != 0) return;
  if (g_stacks == nullptr) g_stacks = static_cast<char*>(os::reserve_pages(2 * k_bytes));
  if (g_stacks == nullptr) return;
  stack_t own{};
  own.ss_sp = g_stacks;
  own.ss_size = k_bytes;
  sigaltstack(&own, &g_stack_before);
  struct sigaction action{};
  action.sa_sigaction = on_signal;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  for (std::size_t i = 0; i < k_signals.size(); ++i) sigaction(k_signals[i], &action, &g_before[i]);
}

fault_watch::~fault_watch() {
  if (WEFT_HAS_ASAN || --g_watches != 0 || g_stacks == nullptr) return;
  for (std::size_t i = 0; i < k_signals.size(); ++i) sigaction(k_signals[i], &g_before[i], nullptr);
  sigaltstack(&g_stack_before, nullptr);
}

// Before there is nothing left for the engine's own work there; code that is not instrumented goes
// on to the guard.
void engine::out_of_stack() {
  const own_work here(*this);
  std::string text = text_of_overflow(*current_);
  if (std::string site = user_site(stack_of_caller(*current_)); !site.empty())
    text += ", at " + site;
  fail(outcome::failure, std::move(text));
}

void engine::out_of_accesses(void* pc) {
  const own_work here(*this);
  std::string site = user_site({reinterpret_cast<std::uintptr_t>(pc)});
  fail(outcome::bound, "step bound: no operation after " + std::to_string(max_accesses) +
                           " accesses to memory (options::max_accesses)" +
                           (site.empty() ? "" : ", at " + site));
}

}  // namespace detail::checker
}  // namespace weft::inline WEFT_WORLD
