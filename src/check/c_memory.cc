// SPDX-License-Identifier: Apache-2.0
// c_memory.cc: memcpy(), strlen() and their kin in a checked program.                 Floor 6.
//
// The C library is not instrumented; what its functions read and write for the program is said
// here. Vectors and strings copy with them. What weft or the checker wants of them is not looked
// at: the innermost caller that is no template of the standard library decides whose it is.

#include "check/c_library.h"
#include "check/instrumented.h"
#include "check/sites.h"
#include "check/stacks.h"

#include <cstddef>

namespace weft::inline WEFT_WORLD {
namespace detail::checker::c_library {
namespace {

// Found once. No guard: they are called before main(), and by what guards are made of.
template <class F>
F* real_of(F*& known, const char* name) noexcept {
  if (WEFT_UNLIKELY(known == nullptr)) known = real<F>(name);
  return known;
}

// A template of the standard library may have been made for weft.
WEFT_NOINLINE void* caller_of(engine& e, void* pc) {
  const engine::own_work here(e);
  if (kind_of(pc) != site_kind::standards) return pc;
  bool outside = false;
  for (std::uintptr_t each : stack_of_caller(*e.current())) {
    auto* outer = reinterpret_cast<void*>(each);
    outside = outside || outer == pc;
    if (!outside) continue;
    if (kind_of(outer) == site_kind::wefts) return outer;
    if (kind_of(outer) == site_kind::users) break;
  }
  return pc;
}

// One call by the program, unless it is none of its own.
class seen_call {
 public:
  explicit seen_call(void* pc) : engine_(asked()), pc_(pc) {
    if (WEFT_UNLIKELY(engine_ != nullptr)) pc_ = caller_of(*engine_, pc);
  }
  explicit operator bool() const noexcept { return WEFT_UNLIKELY(engine_ != nullptr); }
  void reads(const void* p, std::size_t n) const { told(p, n, false); }
  void writes(const void* p, std::size_t n) const { told(p, n, true); }

 private:
  void told(const void* p, std::size_t n, bool write) const {
    if (*this && n != 0) plain_access(p, n, write, pc_);
  }

  engine* engine_;
  void* pc_;
};

// With the zero at the end, if that lies within so much.
template <class C>
std::size_t size_of(const C* s, std::size_t most = ~std::size_t{0}) noexcept {
  std::size_t n = 0;
  while (n < most && s[n] != 0) {
    ++n;
    asm volatile("");  // else this would be made a call of what is defined below
  }
  return n < most ? n + 1 : n;
}

// As far as two strings must be read to be compared.
std::size_t compared(const char* a, const char* b, std::size_t most = ~std::size_t{0}) noexcept {
  std::size_t n = 0;
  while (n < most && a[n] == b[n] && a[n] != 0) ++n;
  return n < most ? n + 1 : n;
}

}  // namespace
}  // namespace detail::checker::c_library
}  // namespace weft::inline WEFT_WORLD

namespace c = weft::detail::checker::c_library;

// The C library's function of this name, defined anew: `seen` is the call. Headers have some of the
// names as overloads of C++'s; so what is defined has another one in the source.
#define WEFT_C(result, name, parameters, arguments, ...)                        \
  extern "C" result weft_seen_##name parameters noexcept __asm__(#name);        \
  extern "C" result weft_seen_##name parameters noexcept {                      \
    static result(*known) parameters = nullptr;                                 \
    auto* const real = c::real_of(known, #name);                                \
    if (const c::seen_call seen(__builtin_return_address(0)); seen) __VA_ARGS__ \
    return real arguments;                                                      \
  }

using std::size_t;

WEFT_C(void*, memcpy, (void* to, const void* from, size_t n), (to, from, n), {
  seen.reads(from, n);
  seen.writes(to, n);
})
WEFT_C(void*, mempcpy, (void* to, const void* from, size_t n), (to, from, n), {
  seen.reads(from, n);
  seen.writes(to, n);
})
WEFT_C(void*, memmove, (void* to, const void* from, size_t n), (to, from, n), {
  seen.reads(from, n);
  seen.writes(to, n);
})
WEFT_C(void*, memset, (void* to, int value, size_t n), (to, value, n), { seen.writes(to, n); })
WEFT_C(int, memcmp, (const void* a, const void* b, size_t n), (a, b, n), {
  seen.reads(a, n);
  seen.reads(b, n);
})
WEFT_C(int, bcmp, (const void* a, const void* b, size_t n), (a, b, n), {
  seen.reads(a, n);
  seen.reads(b, n);
})
WEFT_C(void*, memchr, (const void* in, int value, size_t n), (in, value, n), {
  const auto* found = static_cast<const char*>(real(in, value, n));
  const auto* from = static_cast<const char*>(in);
  seen.reads(in, found == nullptr ? n : static_cast<size_t>(found - from) + 1);
})
WEFT_C(void*, memrchr, (const void* in, int value, size_t n), (in, value, n),
       { seen.reads(in, n); })

WEFT_C(size_t, strlen, (const char* s), (s), { seen.reads(s, real(s) + 1); })
WEFT_C(size_t, strnlen, (const char* s, size_t most), (s, most),
       { seen.reads(s, c::size_of(s, most)); })
WEFT_C(int, strcmp, (const char* a, const char* b), (a, b), {
  size_t n = c::compared(a, b);
  seen.reads(a, n);
  seen.reads(b, n);
})
WEFT_C(int, strncmp, (const char* a, const char* b, size_t most), (a, b, most), {
  size_t n = c::compared(a, b, most);
  seen.reads(a, n);
  seen.reads(b, n);
})
WEFT_C(char*, strcpy, (char* to, const char* from), (to, from), {
  size_t n = c::size_of(from);
  seen.reads(from, n);
  seen.writes(to, n);
})
WEFT_C(char*, stpcpy, (char* to, const char* from), (to, from), {
  size_t n = c::size_of(from);
  seen.reads(from, n);
  seen.writes(to, n);
})
WEFT_C(char*, strncpy, (char* to, const char* from, size_t n), (to, from, n), {
  seen.reads(from, c::size_of(from, n));
  seen.writes(to, n);
})
WEFT_C(char*, strcat, (char* to, const char* from), (to, from), {
  size_t before = c::size_of(to) - 1;
  size_t n = c::size_of(from);
  seen.reads(to, before);
  seen.reads(from, n);
  seen.writes(to + before, n);
})
WEFT_C(char*, strncat, (char* to, const char* from, size_t most), (to, from, most), {
  size_t before = c::size_of(to) - 1;
  size_t n = c::size_of(from, most);
  seen.reads(to, before);
  seen.reads(from, n);
  seen.writes(to + before, n == most ? n + 1 : n);
})
WEFT_C(char*, strchr, (const char* s, int value), (s, value), {
  const char* found = real(s, value);
  seen.reads(s, found == nullptr ? c::size_of(s) : static_cast<size_t>(found - s) + 1);
})
WEFT_C(char*, strrchr, (const char* s, int value), (s, value), { seen.reads(s, c::size_of(s)); })
WEFT_C(char*, strstr, (const char* s, const char* what), (s, what), {
  seen.reads(s, c::size_of(s));
  seen.reads(what, c::size_of(what));
})

WEFT_C(wchar_t*, wmemcpy, (wchar_t * to, const wchar_t* from, size_t n), (to, from, n), {
  seen.reads(from, n * sizeof *from);
  seen.writes(to, n * sizeof *to);
})
WEFT_C(wchar_t*, wmemmove, (wchar_t * to, const wchar_t* from, size_t n), (to, from, n), {
  seen.reads(from, n * sizeof *from);
  seen.writes(to, n * sizeof *to);
})
WEFT_C(wchar_t*, wmemset, (wchar_t * to, wchar_t value, size_t n), (to, value, n),
       { seen.writes(to, n * sizeof *to); })
WEFT_C(size_t, wcslen, (const wchar_t* s), (s), { seen.reads(s, c::size_of(s) * sizeof *s); })

// What _FORTIFY_SOURCE makes of the commonest.
WEFT_C(void*, __memcpy_chk, (void* to, const void* from, size_t n, size_t room),
       (to, from, n, room), {
         seen.reads(from, n);
         seen.writes(to, n);
       })
WEFT_C(void*, __memmove_chk, (void* to, const void* from, size_t n, size_t room),
       (to, from, n, room), {
         seen.reads(from, n);
         seen.writes(to, n);
       })
WEFT_C(void*, __memset_chk, (void* to, int value, size_t n, size_t room), (to, value, n, room),
       { seen.writes(to, n); })
WEFT_C(char*, __strcpy_chk, (char* to, const char* from, size_t room), (to, from, room), {
  size_t n = c::size_of(from);
  seen.reads(from, n);
  seen.writes(to, n);
})
