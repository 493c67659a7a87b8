// SPDX-License-Identifier: Apache-2.0
// probes.cc: the word that says which tools are watching.                             Floor 3.

#include <weft/detail/runtime/probes.h>

namespace weft::inline WEFT_WORLD {
namespace detail {

constinit shared_word<std::uint32_t> g_probes{0};

void set_probe(probe p, bool on) noexcept {
  auto bit = static_cast<std::uint32_t>(p);
  if (on) {
    g_probes.fetch_or(bit);
  } else {
    g_probes.fetch_and(~bit);
  }
}

}  // namespace detail
}  // namespace weft::inline WEFT_WORLD
