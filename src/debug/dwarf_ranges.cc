// SPDX-License-Identifier: Apache-2.0
// dwarf_ranges.cc: where the code of an entry lies, in the two forms of the lists.    Floor 6.

#include "debug/dwarf.h"

namespace weft::inline WEFT_WORLD {
namespace debug::dwarf {

std::vector<range> object::ranges(const unit& u, const entry& e) {
  std::vector<range> out;
  if (!e.has_ranges) {
    if (e.high > e.low) out.push_back({e.low, e.high});
  } else if (u.version >= 5) {
    new_ranges(u, e.ranges, out);
  } else {
    old_ranges(u, e.ranges, out);
  }
  return out;
}

void object::old_ranges(const unit& u, std::uint64_t at, std::vector<range>& out) {
  reader in = ranges_;
  in.seek(at);
  const std::uint64_t rebase = u.address_size == 8 ? ~std::uint64_t{0} : 0xffffffffU;
  std::uint64_t base = u.low;
  while (!in.done()) {
    std::uint64_t low = in.fixed(u.address_size);
    std::uint64_t high = in.fixed(u.address_size);
    if (low == 0 && high == 0) return;
    if (low == rebase) {
      base = high;
    } else {
      out.push_back({base + low, base + high});
    }
  }
}

void object::new_ranges(const unit& u, std::uint64_t at, std::vector<range>& out) {
  reader in = lists_;
  in.seek(at);
  std::uint64_t base = u.low;
  while (!in.done()) {
    std::uint64_t low = 0;
    std::uint64_t high = 0;
    switch (in.fixed(1)) {
      case 1:
        base = address(u, in.uleb());
        continue;
      case 2:
        low = address(u, in.uleb());
        high = address(u, in.uleb());
        break;
      case 3:
        low = address(u, in.uleb());
        high = low + in.uleb();
        break;
      case 4:
        low = base + in.uleb();
        high = base + in.uleb();
        break;
      case 5:
        base = in.fixed(u.address_size);
        continue;
      case 6:
        low = in.fixed(u.address_size);
        high = in.fixed(u.address_size);
        break;
      case 7:
        low = in.fixed(u.address_size);
        high = low + in.uleb();
        break;
      default:
        return;  // 0: the end
    }
    out.push_back({low, high});
  }
}

}  // namespace debug::dwarf
}  // namespace weft::inline WEFT_WORLD
