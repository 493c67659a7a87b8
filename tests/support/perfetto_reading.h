// SPDX-License-Identifier: Apache-2.0
#pragma once
// perfetto_reading: a Perfetto trace taken apart again, by a decoder that shares nothing with the
// writer. Field numbers: trace_packet.proto, track_descriptor.proto, track_event.proto and
// interned_data.proto of Perfetto.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <map>
#include <numeric>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace weft_test {

// One field of a message: a number, or bytes.
struct proto_field {
  std::uint32_t id = 0;
  std::uint64_t number = 0;
  std::string_view bytes;
};

class proto_message {
 public:
  explicit proto_message(std::string_view data) {
    const char* at = data.data();
    const char* end = at + data.size();
    while (at < end) {
      std::uint64_t key = varint(at, end);
      proto_field f;
      f.id = static_cast<std::uint32_t>(key >> 3);
      switch (key & 7) {
        case 0:
          f.number = varint(at, end);
          break;
        case 1:
          if (end - at < 8) {
            valid_ = false;
            return;
          }
          std::memcpy(&f.number, at, 8);
          at += 8;
          break;
        case 2: {
          std::uint64_t n = varint(at, end);
          if (n > static_cast<std::uint64_t>(end - at)) {
            valid_ = false;
            return;
          }
          f.bytes = {at, n};
          at += n;
          break;
        }
        default:
          valid_ = false;
          return;
      }
      fields_.push_back(f);
    }
  }

  [[nodiscard]] bool valid() const { return valid_; }
  [[nodiscard]] const std::vector<proto_field>& fields() const { return fields_; }
  [[nodiscard]] const proto_field* find(std::uint32_t id) const {
    auto at = std::find_if(fields_.begin(), fields_.end(), [&](auto& f) { return f.id == id; });
    return at == fields_.end() ? nullptr : &*at;
  }
  [[nodiscard]] std::uint64_t number(std::uint32_t id) const {
    const proto_field* f = find(id);
    return f == nullptr ? 0 : f->number;
  }
  [[nodiscard]] std::string text(std::uint32_t id) const {
    const proto_field* f = find(id);
    return f == nullptr ? std::string() : std::string(f->bytes);
  }

 private:
  std::uint64_t varint(const char*& at, const char* end) {
    std::uint64_t value = 0;
    for (unsigned shift = 0; at < end && shift < 64; shift += 7) {
      auto byte = static_cast<unsigned char>(*at++);
      value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
      if ((byte & 0x80) == 0) return value;
    }
    valid_ = false;
    return 0;
  }
  bool valid_ = true;
  std::vector<proto_field> fields_;
};

enum class event_type { begin = 1, end = 2, instant = 3, counter = 4 };

struct trace_event {
  std::int64_t time = 0;
  event_type type{};
  std::uint64_t track = 0;
  std::string name;
  std::string category;
  std::uint64_t flow_from = 0;
  std::uint64_t flow_to = 0;
  std::string key;
  std::string text;
  std::int64_t number = 0;
};

struct trace_track {
  std::uint64_t parent = 0;
  std::string name;
  bool process = false;
  bool thread = false;
  bool counter = false;
};

struct perfetto_trace {
  std::map<std::uint64_t, trace_track> tracks;
  std::vector<trace_event> events;  // by time
  std::map<std::uint32_t, std::int64_t> clocks;
  std::uint32_t default_clock = 0;
  std::uint64_t primary_clock = 0;

  explicit perfetto_trace(const std::string& data) {
    proto_message trace(data);
    EXPECT_TRUE(trace.valid());
    bool first = true;
    for (const proto_field& f : trace.fields()) {
      EXPECT_EQ(f.id, 1U) << "a trace is packets and nothing else";
      proto_message packet(f.bytes);
      EXPECT_TRUE(packet.valid());
      EXPECT_NE(packet.number(10), 0U) << "no sequence";
      EXPECT_EQ(packet.number(13) == 1, first) << "the first packet clears the state, no other";
      first = false;
      read(packet);
    }
    sort_by_time();
  }

  // Those of one time stay in order. (std::stable_sort uses what clang calls deprecated.)
  void sort_by_time() {
    std::vector<std::size_t> order(events.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      return std::tie(events[a].time, a) < std::tie(events[b].time, b);
    });
    std::vector<trace_event> sorted;
    sorted.reserve(events.size());
    for (std::size_t i : order) sorted.push_back(std::move(events[i]));
    events = std::move(sorted);
  }

  [[nodiscard]] std::uint64_t track(std::string_view part_of_name) const {
    for (const auto& [id, t] : tracks)
      if (t.name.find(part_of_name) != std::string::npos) return id;
    return 0;
  }
  [[nodiscard]] std::vector<trace_event> on(std::uint64_t track) const {
    std::vector<trace_event> some;
    std::copy_if(events.begin(), events.end(), std::back_inserter(some),
                 [&](const trace_event& e) { return e.track == track; });
    return some;
  }
  [[nodiscard]] std::size_t count(std::string_view name) const {
    return static_cast<std::size_t>(std::count_if(
        events.begin(), events.end(), [&](const trace_event& e) { return e.name == name; }));
  }

  // What has to hold in any trace; an empty text if it does.
  [[nodiscard]] std::string flaw() const {
    std::map<std::uint64_t, int> depth;
    std::map<std::uint64_t, std::int64_t> flows;
    for (const trace_event& e : events) {
      if (tracks.count(e.track) == 0) return "an event on no track: " + e.name;
      int& d = depth[e.track];
      if (e.type == event_type::begin) ++d;
      if (e.type == event_type::begin && e.name.empty()) return "a slice without a name";
      if (e.type == event_type::end && --d < 0) return "an end without a beginning";
      if (e.flow_from != 0 && !flows.emplace(e.flow_from, e.time).second) return "a flow twice";
    }
    for (const trace_event& e : events) {
      if (e.flow_to == 0) continue;
      auto from = flows.find(e.flow_to);
      if (from == flows.end()) return "an arrow from nowhere";
      if (from->second > e.time) return "an arrow back in time";
      flows.erase(from);  // it ends once
    }
    for (const auto& [id, t] : tracks)
      if (t.parent != 0 && tracks.count(t.parent) == 0) return "a track without its parent";
    return {};
  }

 private:
  void read(const proto_message& packet) {
    if (const proto_field* d = packet.find(59))
      default_clock = static_cast<std::uint32_t>(proto_message(d->bytes).number(58));
    if (const proto_field* c = packet.find(6)) read_clocks(proto_message(c->bytes));
    if (const proto_field* t = packet.find(60)) read_track(proto_message(t->bytes));
    if (const proto_field* i = packet.find(12)) read_names(proto_message(i->bytes));
    if (const proto_field* e = packet.find(11)) {
      EXPECT_EQ(packet.number(13), 2U) << "an event that needs the interned names";
      read_event(static_cast<std::int64_t>(packet.number(8)), proto_message(e->bytes));
    }
  }
  void read_clocks(const proto_message& snapshot) {
    for (const proto_field& f : snapshot.fields()) {
      if (f.id == 2) primary_clock = f.number;
      if (f.id != 1) continue;
      proto_message clock(f.bytes);
      clocks[static_cast<std::uint32_t>(clock.number(1))] =
          static_cast<std::int64_t>(clock.number(2));
    }
  }
  void read_track(const proto_message& d) {
    trace_track t;
    t.parent = d.number(5);
    t.name = d.text(2);
    if (const proto_field* p = d.find(3)) {
      t.process = true;
      t.name = proto_message(p->bytes).text(6);
    }
    if (const proto_field* p = d.find(4)) {
      t.thread = true;
      t.name = proto_message(p->bytes).text(5);
      EXPECT_NE(proto_message(p->bytes).number(2), 0U) << "a thread without its tid";
    }
    t.counter = d.find(8) != nullptr;
    EXPECT_TRUE(tracks.emplace(d.number(1), t).second) << "a track described twice";
  }
  void read_names(const proto_message& interned) {
    for (const proto_field& f : interned.fields()) {
      proto_message entry(f.bytes);
      EXPECT_TRUE(names_[f.id].emplace(entry.number(1), entry.text(2)).second);
    }
  }
  std::string name(std::uint32_t kind, std::uint64_t iid) {
    if (iid == 0) return {};
    auto at = names_[kind].find(iid);
    EXPECT_TRUE(at != names_[kind].end()) << "a name that was never interned";
    return at == names_[kind].end() ? std::string() : at->second;
  }
  void read_event(std::int64_t time, const proto_message& m) {
    trace_event e;
    e.time = time;
    e.type = static_cast<event_type>(m.number(9));
    e.track = m.number(11);
    e.name = name(2, m.number(10));
    e.category = name(1, m.number(3));
    e.flow_from = m.number(47);
    e.flow_to = m.number(48);
    e.number = static_cast<std::int64_t>(m.number(30));
    if (const proto_field* a = m.find(4)) {
      proto_message argument(a->bytes);
      e.key = name(3, argument.number(1));
      e.text = argument.text(6);
      e.number = static_cast<std::int64_t>(argument.number(4));
    }
    events.push_back(std::move(e));
  }

  std::map<std::uint32_t, std::map<std::uint64_t, std::string>> names_;
};

}  // namespace weft_test
