// SPDX-License-Identifier: Apache-2.0
// faults.cc: see faults.h.                                                            Floor 6.
//
// The handler of signals runs on a stack of its own and only changes where it returns to: a
// function on another stack, which ends the execution as any failure does. The goroutine is left as
// it is.
//
// std::terminate() has a handler of its own, for abort() does not know why it is called. exit() and
// its kin are found here before the C library's: a test that ends the process would pass.

#include "check/faults.h"

#include "check/c_library.h"
#include "check/engine.h"
#include "check/stacks.h"
#include "debug/symbols.h"
#include "os/pages.h"

#include <cxxabi.h>
#include <pthread.h>
#include <ucontext.h>
#include <unistd.h>
#include <unwind.h>
#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <span>
#include <string>
#include <typeinfo>
#include <utility>

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
  bool called = false;                      // pc: where a call of nothing would have come back to
  std::array<std::uintptr_t, 100> stack{};  // as the unwinder sees it
  std::size_t depth = 0;
};

unsigned g_watches = 0;
std::array<struct sigaction, k_signals.size()> g_before;
stack_t g_stack_before;
char* g_stacks = nullptr;  // the handler's, then the other one
fault g_fault;
bool g_unwinding = false;
std::terminate_handler g_terminate_before = nullptr;

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

// From the instruction on that the signal interrupted; before it are the handler's own frames.
_Unwind_Reason_Code note_frame(_Unwind_Context* at, void*) {
  int before = 0;
  auto pc = static_cast<std::uintptr_t>(_Unwind_GetIPInfo(at, &before));
  if (g_fault.depth == 0 && pc != g_fault.pc) return _URC_NO_REASON;
  if (g_fault.depth == g_fault.stack.size()) return _URC_END_OF_STACK;
  // As if it were a return address.
  g_fault.stack[g_fault.depth++] = pc + (before != 0 && !g_fault.called ? 1 : 0);
  return _URC_NO_REASON;
}

// The C library's functions have no frame pointers.
std::vector<std::uintptr_t> stack_of_fault(const goroutine& g) {
  std::vector<std::uintptr_t> out(g_fault.stack.begin(), g_fault.stack.begin() + g_fault.depth);
  return user_site(out).empty() ? stack_from(g_fault.pc, g_fault.frame, g) : out;
}

// Of whoever ran, for whom there is no way back.
[[noreturn]] void give_up() {
  engine& e = *engine::active();
  goroutine& g = *e.current();
  const engine::own_work here(e);
  std::string text = text_of(g_fault, g);
  std::vector<std::uintptr_t> stack = stack_of_fault(g);
  if (std::string site = user_site(stack); !site.empty()) text += ", at " + site;
  e.failed = {.who = g.id, .stack = std::move(stack), .step = e.steps_taken()};
  e.fail(outcome::failure, std::move(text));
}

// Was it the instruction itself that could not be read? Then the unwinder would look there, too.
bool calls_nothing(std::uintptr_t pc, const std::uintptr_t* sp) {
  const goroutine& g = *engine::active()->current();
  const auto* at = reinterpret_cast<const char*>(sp);
  g_fault.called = g_fault.signal != SIGABRT && g_fault.address == pc && at >= g.stack.low &&
                   at + sizeof *sp <= g.stack.high;
  return g_fault.called;
}

// As the context of the signal, which the unwinder goes by, has them.
void note_stack(std::uintptr_t pc, std::uintptr_t frame) {
  g_fault.pc = pc;
  g_fault.frame = frame;
  if (!g_fault.called && g_fault.address == pc) return;
  g_unwinding = true;
  _Unwind_Backtrace(note_frame, nullptr);
  g_unwinding = false;
}

#if defined(__x86_64__)
void note_where(mcontext_t& machine) {
  auto& registers = machine.gregs;
  const auto* sp = reinterpret_cast<const std::uintptr_t*>(registers[REG_RSP]);
  const auto pc = static_cast<std::uintptr_t>(registers[REG_RIP]);
  if (calls_nothing(pc, sp)) {
    registers[REG_RIP] = static_cast<greg_t>(*sp);
    registers[REG_RSP] += sizeof *sp;
  }
  note_stack(static_cast<std::uintptr_t>(registers[REG_RIP]),
             static_cast<std::uintptr_t>(registers[REG_RBP]));
}

void return_to_give_up(mcontext_t& machine, std::uintptr_t stack) {
  machine.gregs[REG_RIP] = reinterpret_cast<greg_t>(give_up);
  machine.gregs[REG_RSP] = static_cast<greg_t>(stack - 8);  // as after a call
  machine.gregs[REG_RBP] = 0;
}
#else
void note_where(mcontext_t& machine) {
  const auto* sp = reinterpret_cast<const std::uintptr_t*>(machine.sp);
  if (calls_nothing(machine.pc, sp)) machine.pc = machine.regs[30];
  note_stack(machine.pc, machine.regs[29]);
}

void return_to_give_up(mcontext_t& machine, std::uintptr_t stack) {
  machine.pc = reinterpret_cast<std::uintptr_t>(give_up);
  machine.sp = stack;
  machine.regs[29] = 0;
}
#endif

void on_signal(int signal, siginfo_t* info, void* context) {
  if (engine::of_program() == nullptr) {
    // As if it had not been caught: it comes again, or is sent again.
    for (std::size_t i = 0; i < k_signals.size(); ++i)
      if (k_signals[i] == signal) sigaction(signal, &g_before[i], nullptr);
    if (signal == SIGABRT || info->si_code <= 0) raise(signal);
    return;
  }
  auto& machine = static_cast<ucontext_t*>(context)->uc_mcontext;
  // On a stack that was written over the unwinder may come to anything; then this is what is known.
  if (!std::exchange(g_unwinding, false)) {
    g_fault = {.signal = signal};
    if (signal == SIGSEGV || signal == SIGBUS)
      g_fault.address = reinterpret_cast<std::uintptr_t>(info->si_addr);
    note_where(machine);
  }
  return_to_give_up(machine, reinterpret_cast<std::uintptr_t>(g_stacks + 2 * k_bytes));
}

// The C++ library's functions have no frame pointers.
std::vector<std::uintptr_t> whole_stack() {
  constexpr std::size_t k_most = 100;
  std::vector<std::uintptr_t> out;
  out.reserve(k_most);
  _Unwind_Backtrace(
      [](_Unwind_Context* at, void* arg) {
        auto& all = *static_cast<std::vector<std::uintptr_t>*>(arg);
        if (all.size() == k_most) return _URC_END_OF_STACK;
        all.push_back(static_cast<std::uintptr_t>(_Unwind_GetIP(at)));
        return _URC_NO_REASON;
      },
      &out);
  return out;
}

std::string name_of(const std::type_info& type) {
  char* name = abi::__cxa_demangle(type.name(), nullptr, nullptr, nullptr);
  std::string out = name == nullptr ? type.name() : name;
  std::free(name);
  return out;
}

// Did the exception come to where it must not, rather than that somebody called terminate()? g++
// asks its personality routine, clang has a function for that.
bool found_no_handler(const std::vector<std::uintptr_t>& stack) {
  constexpr std::size_t k_near = 6;
  return std::ranges::any_of(std::span(stack).first(std::min(stack.size(), k_near)),
                             [](std::uintptr_t address) {
                               std::vector<debug::frame> frames = debug::symbolise(address);
                               return std::ranges::any_of(frames, [](const debug::frame& f) {
                                 return f.function.starts_with("__gxx_personality") ||
                                        f.function.starts_with("_Unwind_") ||
                                        f.function.starts_with("__clang_call_terminate");
                               });
                             });
}

// Why there was no going on, with the exception that is being handled.
std::string text_of_terminate(const std::vector<std::uintptr_t>& stack) {
  const std::string called = "std::terminate() was called";
  const std::type_info* type = abi::__cxa_current_exception_type();
  if (type == nullptr) {
    return called +
           ", with no exception: by a std::thread that was not joined, by throw; with nothing "
           "to throw, by a pure virtual function, or by itself";
  }
  const std::string name = name_of(*type);
  std::string what = text_of_current_exception().value_or("");
  if (!what.empty()) what.insert(0, ": ");
  if (std::uncaught_exceptions() != 0)
    return called + ": " + name + " was thrown while another exception unwound the stack" + what;
  if (found_no_handler(stack)) return called + ": " + name + " left a noexcept function" + what;
  return called + " while " + name + " was handled" + what;
}

void on_terminate() {
  engine* e = engine::of_program();
  if (e == nullptr) {
    if (g_terminate_before != nullptr) g_terminate_before();
    std::abort();
  }
  const engine::own_work here(*e);
  std::vector<std::uintptr_t> stack = whole_stack();
  std::string text = text_of_terminate(stack);
  if (e->failed.who == k_nobody)
    e->failed = {.who = e->current()->id, .stack = std::move(stack), .step = e->steps_taken()};
  e->fail_where_thrown(std::move(text));
}

// A test that is over with all its goroutines and without a word. A run() by itself is a program.
void refuse_to_end(const char* function, const int* status = nullptr) {
  engine* e = engine::of_program();
  if (e == nullptr || !e->bubble) return;
  e->fail(outcome::failure, std::string("misuse: the test calls ") + function + '(' +
                                (status == nullptr ? "" : std::to_string(*status)) +
                                "), which would end the process");
}

}  // namespace

fault_watch::fault_watch() noexcept {
  if (g_watches++ != 0) return;
  g_terminate_before = std::set_terminate(on_terminate);
  if (WEFT_HAS_ASAN) return;
  if (g_stacks == nullptr) g_stacks = static_cast<char*>(os::reserve_pages(2 * k_bytes));
  if (g_stacks == nullptr) return;
  stack_t own{};
  own.ss_sp = g_stacks;
  own.ss_size = k_bytes;
  sigaltstack(&own, &g_stack_before);
  struct sigaction action{};
  action.sa_sigaction = on_signal;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
  for (std::size_t i = 0; i < k_signals.size(); ++i) sigaction(k_signals[i], &action, &g_before[i]);
}

fault_watch::~fault_watch() {
  if (--g_watches != 0) return;
  std::set_terminate(g_terminate_before);
  if (WEFT_HAS_ASAN || g_stacks == nullptr) return;
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

namespace c = weft::detail::checker::c_library;
using weft::detail::checker::engine;
using weft::detail::checker::outcome;
using weft::detail::checker::refuse_to_end;

extern "C" {

// What assert() calls.
void __assert_fail(const char* what, const char* file, unsigned line,
                   const char* function) noexcept {
  if (engine* e = engine::of_program(); e != nullptr)
    e->fail(outcome::failure, "assertion `" + std::string(what) + "' failed");
  c::real<void(const char*, const char*, unsigned, const char*)>("__assert_fail")(what, file, line,
                                                                                  function);
  __builtin_unreachable();
}

void exit(int status) noexcept {
  refuse_to_end("exit", &status);
  c::real<void(int)>("exit")(status);
  __builtin_unreachable();
}

void _exit(int status) {
  refuse_to_end("_exit", &status);
  c::real<void(int)>("_exit")(status);
  __builtin_unreachable();
}

void _Exit(int status) noexcept {
  refuse_to_end("_Exit", &status);
  c::real<void(int)>("_Exit")(status);
  __builtin_unreachable();
}

void quick_exit(int status) noexcept {
  refuse_to_end("quick_exit", &status);
  c::real<void(int)>("quick_exit")(status);
  __builtin_unreachable();
}

void pthread_exit(void* result) {
  refuse_to_end("pthread_exit");
  c::real<void(void*)>("pthread_exit")(result);
  __builtin_unreachable();
}

}  // extern "C"
