// SPDX-License-Identifier: Apache-2.0
#pragma once
// perfetto: the file format of Perfetto, as far as a trace of goroutines needs it.    Floor 6.
//
// A file is a Trace: a sequence of TracePacket (field 1). All packets here are of one sequence, so
// that names are interned once. Field numbers are those of perfetto_trace.proto (version 0.59).

#include <weft/detail/base/config.h>

#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>
#include <unordered_map>

namespace weft::inline WEFT_WORLD {
namespace debug {

/// What an event carries besides time, track and name. Zero and empty: not there.
struct event_extras {
  std::string_view category{};
  std::uint64_t flow_from = 0;  // an arrow begins here ...
  std::uint64_t flow_to = 0;    // ... or ends here
  std::string_view key{};       // an argument of this name ...
  std::string_view text{};      // ... with this text, or
  std::int64_t number = 0;      // without a text this number
};

class perfetto_writer {
 public:
  /// Writes the clocks and the defaults first. Errors of the stream are the stream's.
  explicit perfetto_writer(std::ostream& out);

  void process(std::uint64_t track, std::string_view name);
  void thread(std::uint64_t track, std::int32_t tid, std::string_view name);
  /// A track of slices under `parent`; `rank` orders it among its siblings.
  void track(std::uint64_t track, std::uint64_t parent, std::string_view name,
             std::int32_t rank = 0);
  void counter_track(std::uint64_t track, std::uint64_t parent, std::string_view name);

  void begin(std::int64_t time, std::uint64_t track, std::string_view name,
             const event_extras& extras = {});
  void end(std::int64_t time, std::uint64_t track);
  void instant(std::int64_t time, std::uint64_t track, std::string_view name,
               const event_extras& extras = {});
  void counter(std::int64_t time, std::uint64_t track, std::int64_t value);

 private:
  using names = std::unordered_map<std::string, std::uint64_t>;

  void clocks();
  void event(std::int64_t time, std::uint64_t track, int type, std::string_view name,
             const event_extras& extras);
  void put(const std::string& packet);
  /// The number of a name; one that is new goes into `interned`, an InternedData, as `field`.
  static std::uint64_t intern(names& known, std::string_view name, std::uint32_t field,
                              std::string& interned);

  std::ostream& out_;
  // Of the packet in the making; kept for their memory.
  std::string framed_;
  std::string data_;
  std::string interned_;
  names event_names_;
  names categories_;
  names keys_;
};

}  // namespace debug
}  // namespace weft::inline WEFT_WORLD
