// SPDX-License-Identifier: Apache-2.0
// main.cc: oneTBB's concurrent containers, used by std::thread. It has the rows that it has a
// container for.

#include "../affinity.h"
#include "../mix.h"
#include "../row.h"

#include <oneapi/tbb/concurrent_hash_map.h>
#include <oneapi/tbb/concurrent_queue.h>
#include <oneapi/tbb/version.h>

#include <thread>
#include <vector>

namespace {

using bench::ops;

struct hashed {
  using map_type = tbb::concurrent_hash_map<std::uint64_t, std::int64_t>;
  map_type map;
  bool get(std::uint64_t key, std::int64_t& value) {
    map_type::const_accessor found;
    if (!map.find(found, key)) return false;
    value = found->second;
    return true;
  }
  void set(std::uint64_t key, std::int64_t value) {
    map_type::accessor place;
    map.insert(place, key);
    place->second = value;
  }
};

template <class F>
void share(int workers, F body) {
  std::vector<std::thread> threads;
  for (int k = 0; k < workers; ++k) threads.emplace_back([=, &body] { body(k); });
  for (auto& t : threads) t.join();
}

void mix(ops n, int writes) {
  static hashed* m = [] {
    auto* made = new hashed;
    bench::fill(*made);
    return made;
  }();
  share(bench::k_map_workers, [&](int k) { bench::mix_share(*m, n, k, writes); });
}

void lockfree_queue(ops n) {
  tbb::concurrent_queue<ops> q;
  share(4, [&](int) {
    ops popped = 0;
    for (ops i = 0; i < n / 4; ++i) {
      q.push(i);
      ops value = 0;
      popped += q.try_pop(value) ? 1 : 0;
    }
    bench::expect(popped == n / 4, "push and pop");
  });
}

struct row {
  std::string_view name;
  void (*run)(ops n);
};

constexpr row k_rows[] = {
    {"sharded_map_read", [](ops n) { mix(n, 10); }},
    {"sharded_map_write", [](ops n) { mix(n, 50); }},
    {"sync_map", [](ops n) { mix(n, 1); }},
    {"lockfree_queue", lockfree_queue},
};

}  // namespace

int main(int argc, char** argv) {
  if (argc == 2 && std::string_view(argv[1]) == "--version") {
    std::printf("%s\n", TBB_VERSION_STRING);
    return 0;
  }
  const bench::command_line line(argc, argv);
  bench::use_processors(line.procs);
  for (const row& r : k_rows) {
    if (r.name != line.row) continue;
    bench::report(r.name, bench::unit::nanoseconds, bench::calibrate(r.run, line.min_time));
    return 0;
  }
  bench::no_such_row(line.row);
}
