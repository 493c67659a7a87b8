// SPDX-License-Identifier: Apache-2.0
// hooks.cc: the part of the race build that must be in the program itself.
//
// ThreadSanitizer looks for its options in the program, and leaves what libweft_race.so calls in
// libc out of account: what is to count must be called from here.

#include <sys/mman.h>
#include <cstdio>
#include <cstring>

#define WEFT_HOOK __attribute__((visibility("default"), disable_sanitizer_instrumentation))

extern "C" {
int __tsan_get_report_data(void* report, const char** description, int* count, int* stack_count,
                           int* mop_count, int* loc_count, int* mutex_count, int* thread_count,
                           int* unique_tid_count, void** sleep_trace, unsigned long trace_size);
int __tsan_get_report_loc(void* report, unsigned long index, const char** type, void** address,
                          unsigned long* start, unsigned long* size, int* tid, int* fd,
                          int* may_suppress, void** trace, unsigned long trace_size);
}

namespace __tsan {

class ReportDesc;

// Goroutines that take turns on a thread all use its thread-local variables, errno above all: one
// at a time, which ThreadSanitizer cannot know. True: the report is not printed.
WEFT_HOOK bool OnReport(const ReportDesc* report, bool suppressed) {
  auto* r = const_cast<ReportDesc*>(report);
  const char* text = nullptr;
  int ignored = 0;
  int locations = 0;
  void* trace[1];
  __tsan_get_report_data(r, &text, &ignored, &ignored, &ignored, &locations, &ignored, &ignored,
                         &ignored, trace, 1);
  for (int i = 0; i < locations && !suppressed; ++i) {
    void* address = nullptr;
    unsigned long number = 0;
    __tsan_get_report_loc(r, static_cast<unsigned long>(i), &text, &address, &number, &number,
                          &ignored, &ignored, &ignored, trace, 1);
    suppressed = std::strcmp(text, "tls") == 0;
  }
  return suppressed;
}

}  // namespace __tsan

extern "C" {

// Read before TSAN_OPTIONS, which override them. As with Go's detector, the program goes on after
// a race, and its exit status is 66. The deadlock detector knows only threads and their mutexes.
WEFT_HOOK const char* __tsan_default_options() {
  return "exitcode=66:detect_deadlocks=0:report_thread_leaks=0:atexit_sleep_ms=0:history_size=3";
}

// The runtime's calls into libc are no accesses of the user's.
WEFT_HOOK const char* __tsan_default_suppressions() { return "called_from_lib:libweft_race.so\n"; }

static unsigned g_races;

// Called for every report that is printed, under ThreadSanitizer's own lock.
WEFT_HOOK void __tsan_on_report(void*) { ++g_races; }

WEFT_HOOK int __tsan_on_finalize(int failed) {
  if (g_races != 0) std::fprintf(stderr, "Found %u data race(s)\n", g_races);
  return failed;
}

// New pages for a stack: ThreadSanitizer sees the mapping, and forgets what was there.
WEFT_HOOK bool weft_race_renew_pages(void* start, unsigned long bytes) {
  return mmap(start, bytes, PROT_READ | PROT_WRITE,
              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0) != MAP_FAILED;
}
}
