// SPDX-License-Identifier: Apache-2.0
// labels_model.cc: labels of goroutines: a set lives as long as somebody has a share of it, and
// whoever looks at another goroutine's finds the old ones or the new ones.
// covers: LB-3

#include "model/machine_host.h"
#include "model/model.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "model/modelled.h"

#include "runtime/labels.cc"  // NOLINT(bugprone-suspicious-include): see modelled.h

namespace {

namespace modelled = weft::modelled::detail;
using modelled::label_pairs;
using modelled::label_set;
using weft_model::expect;
using weft_model::expect_holds;
using weft_model::settle;

// Threads 1 and 2 run a goroutine each.
struct program {
  std::array<modelled::goroutine, 3> goroutines;
  std::array<modelled::worker, 3> workers;

  program();
  ~program();
  program(const program&) = delete;
  program& operator=(const program&) = delete;
};
program* g_program = nullptr;

program::program() {
  for (std::size_t i = 0; i < workers.size(); ++i) workers[i].current.store(&goroutines[i]);
  g_program = this;
}
program::~program() { g_program = nullptr; }

label_set* labels(const char* value) { return modelled::make_labels({{"key", value}}); }

// By a goroutine.
void label(const char* value) { modelled::drop_labels(modelled::exchange_labels(labels(value))); }

// By anybody: the value of g's, or nothing.
std::string value_of(modelled::goroutine& g) {
  std::string name;
  label_pairs found;
  modelled::read_identity(g, name, found);
  return found.empty() ? "" : found[0].second;
}

// Two have a share each, as a goroutine and a sample that was taken of it.
TEST(LabelsModel, TheLastOneFreesThem) {
  expect_holds([] {
    label_set* all = labels("old");
    label_set* shared = modelled::share_labels(all);
    auto use = [](label_set* mine) {
      expect(mine->pairs[0].second == "old");
      modelled::drop_labels(mine);
    };
    weft::go([=] { use(all); });
    weft::go([=] { use(shared); });
    settle();
  });
}

// Those of its parent are shared by who shares them on, and drops them.
TEST(LabelsModel, SharedOn) {
  expect_holds([] {
    label_set* all = labels("old");
    label_set* shared = modelled::share_labels(all);
    auto use = [](label_set* mine) {
      label_set* passed_on = modelled::share_labels(mine);
      modelled::drop_labels(mine);
      expect(passed_on->pairs[0].second == "old");
      modelled::drop_labels(passed_on);
    };
    weft::go([=] { use(all); });
    weft::go([=] { use(shared); });
    settle();
  });
}

TEST(LabelsModel, ChangedAndLookedAt) {
  expect_holds([] {
    program p;
    p.goroutines[1].labels = labels("old");
    weft::go([&] {
      label_set* own = modelled::own_labels();
      label("new");
      expect(own->pairs[0].second == "old");
      modelled::drop_labels(own);
    });
    weft::go([&] {
      std::string value = value_of(p.goroutines[1]);
      expect(value == "old" || value == "new", "neither the old labels nor the new ones");
    });
    settle();
    expect(value_of(p.goroutines[1]) == "new");
    modelled::drop_labels(p.goroutines[1].labels);
  });
}

TEST(LabelsModel, EndedAndLookedAt) {
  expect_holds([] {
    program p;
    p.goroutines[1].labels = labels("old");
    weft::go([&] { modelled::end_identity(p.goroutines[1]); });
    weft::go([&] {
      std::string value = value_of(p.goroutines[1]);
      expect(value == "old" || value.empty(), "neither its labels nor none");
    });
    settle();
    expect(p.goroutines[1].labels == nullptr);
  });
}

}  // namespace

namespace weft::inline in_check::modelled {
namespace detail {

worker* current_worker() noexcept { return &g_program->workers[weft_model::host::thread()]; }

}  // namespace detail
}  // namespace weft::inline in_check::modelled
