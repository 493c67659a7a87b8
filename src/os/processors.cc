// SPDX-License-Identifier: Apache-2.0
// processors.cc: affinity mask and cgroup quota (v2 cpu.max, v1 cfs_quota_us).        Floor 1.

#include "os/processors.h"

#include <sched.h>
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <string>

namespace weft::inline WEFT_WORLD {
namespace detail::os {
namespace {

bool read_line(const std::string& path, char* buffer, int size) {
  std::FILE* f = std::fopen(path.c_str(), "re");
  if (f == nullptr) return false;
  bool ok = std::fgets(buffer, size, f) != nullptr;
  std::fclose(f);
  return ok;
}

// Quota in processors of one cgroup folder; 0 when there is none.
double quota_v2(const std::string& dir) {
  char line[128];
  double quota = 0;
  double period = 0;
  if (!read_line(dir + "/cpu.max", line, sizeof line)) return 0;
  if (std::sscanf(line, "%lf %lf", &quota, &period) != 2 || period <= 0) return 0;  // "max ..."
  return quota / period;
}

double quota_v1(const std::string& dir) {
  char line[128];
  double quota = 0;
  double period = 0;
  if (!read_line(dir + "/cpu.cfs_quota_us", line, sizeof line)) return 0;
  if (std::sscanf(line, "%lf", &quota) != 1 || quota <= 0) return 0;  // -1: none
  if (!read_line(dir + "/cpu.cfs_period_us", line, sizeof line)) return 0;
  if (std::sscanf(line, "%lf", &period) != 1 || period <= 0) return 0;
  return quota / period;
}

// The smallest quota from the process's own cgroup up to the root.
double smallest_quota(std::string path, const std::string& root,
                      double (*quota)(const std::string&)) {
  double least = 0;
  for (;;) {
    double q = quota(root + path);
    if (q > 0 && (least == 0 || q < least)) least = q;
    if (path.empty() || path == "/") return least;
    path.erase(path.find_last_of('/'));
  }
}

double cgroup_quota() {
  std::FILE* f = std::fopen("/proc/self/cgroup", "re");
  if (f == nullptr) return 0;
  double least = 0;
  char line[4096];
  while (std::fgets(line, sizeof line, f) != nullptr) {
    line[std::strcspn(line, "\n")] = '\0';
    const char* controllers = std::strchr(line, ':');
    const char* path = controllers != nullptr ? std::strchr(controllers + 1, ':') : nullptr;
    if (path == nullptr) continue;
    double q = 0;
    if (controllers[1] == ':') {
      q = smallest_quota(path + 1, "/sys/fs/cgroup", quota_v2);
    } else if (std::strstr(controllers, "cpu") != nullptr) {
      q = smallest_quota(path + 1, "/sys/fs/cgroup/cpu", quota_v1);
    }
    if (q > 0 && (least == 0 || q < least)) least = q;
  }
  std::fclose(f);
  return least;
}

}  // namespace

unsigned usable_processors() noexcept {
  unsigned cpus = 1;
  cpu_set_t mask;
  if (sched_getaffinity(0, sizeof mask, &mask) == 0) cpus = static_cast<unsigned>(CPU_COUNT(&mask));
  cpus = std::max(cpus, 1U);
  double quota = 0;
  try {
    quota = cgroup_quota();
  } catch (...) {  // out of memory while reading: go by the mask
  }
  if (quota <= 0) return cpus;
  auto granted = static_cast<unsigned>(quota);
  if (granted < quota) ++granted;
  granted = std::max(granted, std::min(2U, cpus));
  return std::min(cpus, granted);
}

}  // namespace detail::os
}  // namespace weft::inline WEFT_WORLD
