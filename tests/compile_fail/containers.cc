// SPDX-License-Identifier: Apache-2.0
// Containers that must not compile: one line per BAD_ macro. Without any, it compiles.
#include <weft/lockfree/queue.h>
#include <weft/lockfree/stack.h>
#include <weft/pool.h>
#include <weft/sharded_map.h>
#include <weft/singleflight.h>
#include <weft/sync_map.h>

#include <memory>
#include <string>

struct incomparable {};

void uses() {
  weft::sync_map<std::string, int> m;
  m.range([](const std::string&, int) { return true; });
  weft::sync_map<int, incomparable> odd;
  odd.store(1, {});
  weft::sharded_map<int, std::unique_ptr<int>> s;
  s.update(1, [](std::unique_ptr<int>&) {});
  weft::pool<std::unique_ptr<int>> p;
  weft::singleflight<int, int> f;
  f.call(1, [] { return 2; });
#ifdef BAD_COPY_OF_SYNC_MAP
  weft::sync_map<std::string, int> copy = m;
#endif
#ifdef BAD_RANGE_WITHOUT_RESULT
  m.range([](const std::string&, int) {});
#endif
#ifdef BAD_SWAP_OF_INCOMPARABLE
  odd.compare_and_swap(1, {}, {});
#endif
#ifdef BAD_COPY_OF_STACK
  weft::lockfree::stack<int> stack;
  weft::lockfree::stack<int> copy = stack;
#endif
#ifdef BAD_QUEUE_OF_REFERENCES
  weft::lockfree::queue<int&> queue;
#endif
#ifdef BAD_COPY_OF_MOVE_ONLY
  std::optional<std::unique_ptr<int>> copied = s.get(1);
#endif
#ifdef BAD_UPDATE_WITHOUT_ARGUMENT
  s.update(1, [] {});
#endif
#ifdef BAD_POOL_OF_OTHERS
  weft::pool<std::unique_ptr<int>> others([] { return 5; });
#endif
#ifdef BAD_FLIGHT_OF_MOVE_ONLY
  weft::singleflight<int, std::unique_ptr<int>> flight;
#endif
}
