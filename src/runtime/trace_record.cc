// SPDX-License-Identifier: Apache-2.0
// trace_record.cc: reading the records of the trace back.                             Floor 3.
//
// A record is four words, or more:
//   0 kind:8 detail:8 processor:16 words:8 text bytes:8 (16 free)   1 time   2 a   3 b
//   4 c, if not zero or if there is text   5.. text

#include "runtime/trace_buffer.h"

namespace weft::inline WEFT_WORLD {
namespace detail::trace {

bool read(const std::vector<std::uint64_t>& words, std::size_t& at, record& r) noexcept {
  if (at + k_header_words > words.size()) return false;
  std::uint64_t head = words[at];
  std::size_t n = head >> 32 & 0xff;
  std::size_t length = head >> 40 & 0xff;
  r.what = static_cast<kind>(head & 0xff);
  r.detail = static_cast<std::uint8_t>(head >> 8 & 0xff);
  r.processor = static_cast<std::uint16_t>(head >> 16 & 0xffff);
  r.time = static_cast<std::int64_t>(words[at + 1]);
  r.a = words[at + 2];
  r.b = words[at + 3];
  r.c = n > k_header_words ? words[at + 4] : 0;
  r.text = {};
  if (length != 0)
    r.text = {reinterpret_cast<const char*>(words.data() + at + k_header_words + 1), length};
  at += n;
  return true;
}

}  // namespace detail::trace
}  // namespace weft::inline WEFT_WORLD
