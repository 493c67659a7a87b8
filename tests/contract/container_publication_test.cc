// SPDX-License-Identifier: Apache-2.0
// The edges of the containers, as publications: what one side wrote before the edge, the other
// reads after it, in plain variables.
#include <weft/lockfree/queue.h>
#include <weft/lockfree/stack.h>
#include <weft/pool.h>
#include <weft/singleflight.h>
#include <weft/sync_map.h>

#include <memory>

#include "support/parcel.h"
#include "support/with_procs.h"

namespace weft_test {
namespace {

class ContainerContract : public with_procs {};
WEFT_INSTANTIATE_PROCS(ContainerContract);

using shared_parcel = std::shared_ptr<parcel>;

// E16: a store happens before each load that observes it.
// Non-edge: a load of one key and the store of another (Q084).
TEST_P(ContainerContract, MapStorePublishesToTheLoadThatObservesIt) {
  run([] {
    weft::sync_map<int, parcel*> m;
    for (int i = 1; i < scaled(3000); ++i) {
      parcel p;
      crew all;
      all.go([&] {
        p.write(i);
        m.store(i, &p);
      });
      std::optional<parcel*> seen;
      while (!(seen = m.load(i))) weft::yield();
      (*seen)->check(i);
      m.erase(i);
    }
  });
}

// E16: a deletion happens before each load that observes it.
TEST_P(ContainerContract, MapDeletionPublishesToTheLoadThatObservesIt) {
  run([] {
    weft::sync_map<int, int> m;
    for (int i = 1; i < scaled(3000); ++i) {
      parcel p;
      m.store(i, i);
      crew all;
      all.go([&] {
        p.write(i);
        if (i % 3 == 0) {
          m.clear();
        } else if (i % 3 == 1) {
          m.erase(i);
        } else {
          m.load_and_delete(i);
        }
      });
      while (m.load(i)) weft::yield();
      p.check(i);
    }
  });
}

// E16: a swap that fails has observed what it found.
TEST_P(ContainerContract, MapSwapsPassOnWhatTheyObserve) {
  run([] {
    parcel p;
    p.write(0);
    weft::sync_map<int, int> m;
    m.store(0, 0);
    const int rounds = scaled(3000);
    crew all;
    for (int g = 0; g < 2; ++g) {
      all.go([&, g] {
        for (int i = g; i < rounds; i += 2) {
          // My turn: the value is i. The other's writes to p came before it.
          while (!m.compare_and_swap(0, i, -1)) weft::yield();
          p.check(i);
          p.write(i + 1);
          m.swap(0, i + 1);
        }
      });
    }
    all.join();
    p.check(rounds);
  });
}

// A push happens before the pop that gives what it pushed.
// Non-edge: a pop and a later push; an empty pop and anything.
template <class Container>
void hand_over_parcels() {
  Container c;
  const int each = scaled(2000);
  std::atomic<int> left = 2 * each;
  crew all;
  for (int g = 0; g < 2; ++g) {
    all.go([&] {
      for (int i = 0; i < each; ++i) {
        auto p = std::make_unique<parcel>();
        p->write(i);
        c.push(std::move(p));
        if (i % 8 == 0) weft::yield();
      }
    });
    all.go([&] {
      while (left > 0) {
        if (const auto p = c.pop()) {
          (*p)->check((*p)->words[0]);
          --left;
        } else {
          weft::yield();
        }
      }
    });
  }
}

TEST_P(ContainerContract, PushPublishesToThePopThatTakesIt) {
  run([] {
    hand_over_parcels<weft::lockfree::stack<std::unique_ptr<parcel>>>();
    hand_over_parcels<weft::lockfree::queue<std::unique_ptr<parcel>>>();
  });
}

// E17: a put happens before the get that gives what was put.
// Non-edge: a put and the get of another object (Q057).
TEST_P(ContainerContract, PoolPutPublishesToTheGetThatTakesIt) {
  run([] {
    weft::pool<std::unique_ptr<parcel>> p([] { return std::make_unique<parcel>(); });
    crew all;
    for (int g = 0; g < 4; ++g) {
      all.go([&] {
        for (int i = 0; i < scaled(3000); ++i) {
          auto mine = p.get();
          mine->check(mine->words[0]);
          mine->write(mine->words[0] + 1);
          if (i % 16 == 0) weft::yield();
          p.put(std::move(mine));
        }
      });
    }
  });
}

// The end of the function happens before the return of every call that shares it.
TEST_P(ContainerContract, SingleflightPublishesToEveryCaller) {
  run([] {
    weft::singleflight<int, parcel*> s;
    for (int i = 0; i < scaled(1000); ++i) {
      std::array<parcel, 4> parcels;
      crew all;
      for (int g = 0; g < 4; ++g) {
        all.go([&, g] {
          const parcel* got = s.call(0, [&] {
            weft::yield();
            parcel& mine = parcels.at(static_cast<std::size_t>(g));
            mine.write(i);
            return &mine;
          });
          got->check(i);
        });
      }
    }
  });
}

}  // namespace
}  // namespace weft_test
