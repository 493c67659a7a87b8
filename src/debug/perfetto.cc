// SPDX-License-Identifier: Apache-2.0
// perfetto.cc: see perfetto.h. Encoded with protozero.                                Floor 6.

#include "debug/perfetto.h"

#include <unistd.h>
#include <ctime>
#include <ostream>
#include <protozero/pbf_writer.hpp>

namespace weft::inline WEFT_WORLD {
namespace debug {
namespace {

using protozero::pbf_writer;

// Field numbers, by message.
namespace trace {
constexpr std::uint32_t k_packet = 1;
}
namespace packet {
constexpr std::uint32_t k_clock_snapshot = 6;
constexpr std::uint32_t k_timestamp = 8;
constexpr std::uint32_t k_sequence_id = 10;  // trusted_packet_sequence_id
constexpr std::uint32_t k_track_event = 11;
constexpr std::uint32_t k_interned_data = 12;
constexpr std::uint32_t k_sequence_flags = 13;
constexpr std::uint32_t k_defaults = 59;  // trace_packet_defaults
constexpr std::uint32_t k_track_descriptor = 60;
}  // namespace packet
namespace flags {
constexpr std::uint32_t k_cleared = 1;  // SEQ_INCREMENTAL_STATE_CLEARED
constexpr std::uint32_t k_needed = 2;   // SEQ_NEEDS_INCREMENTAL_STATE
}  // namespace flags
namespace clock_snapshot {
constexpr std::uint32_t k_clocks = 1;
constexpr std::uint32_t k_primary = 2;
constexpr std::uint32_t k_id = 1;
constexpr std::uint32_t k_time = 2;
constexpr std::uint32_t k_realtime = 1;  // BuiltinClock
constexpr std::uint32_t k_monotonic = 3;
constexpr std::uint32_t k_boottime = 6;
}  // namespace clock_snapshot
namespace defaults {
constexpr std::uint32_t k_clock = 58;  // timestamp_clock_id
}
namespace descriptor {
constexpr std::uint32_t k_uuid = 1;
constexpr std::uint32_t k_name = 2;
constexpr std::uint32_t k_process = 3;
constexpr std::uint32_t k_thread = 4;
constexpr std::uint32_t k_parent = 5;
constexpr std::uint32_t k_counter = 8;
constexpr std::uint32_t k_child_ordering = 11;
constexpr std::uint32_t k_rank = 12;  // sibling_order_rank
constexpr std::uint32_t k_sibling_merge = 15;
constexpr std::int32_t k_explicit = 3;  // ChildTracksOrdering
constexpr std::int32_t k_no_merge = 2;  // SiblingMergeBehavior
constexpr std::uint32_t k_process_pid = 1;
constexpr std::uint32_t k_process_name = 6;
constexpr std::uint32_t k_thread_pid = 1;
constexpr std::uint32_t k_thread_tid = 2;
constexpr std::uint32_t k_thread_name = 5;
}  // namespace descriptor
namespace track_event {
constexpr std::uint32_t k_category = 3;  // category_iids
constexpr std::uint32_t k_argument = 4;  // debug_annotations
constexpr std::uint32_t k_type = 9;
constexpr std::uint32_t k_name = 10;  // name_iid
constexpr std::uint32_t k_track = 11;
constexpr std::uint32_t k_value = 30;             // counter_value
constexpr std::uint32_t k_flow = 47;              // flow_ids, fixed64
constexpr std::uint32_t k_terminating_flow = 48;  // terminating_flow_ids, fixed64
constexpr int k_begin = 1;
constexpr int k_end = 2;
constexpr int k_instant = 3;
constexpr int k_counter = 4;
}  // namespace track_event
namespace argument {
constexpr std::uint32_t k_name = 1;  // name_iid
constexpr std::uint32_t k_int = 4;
constexpr std::uint32_t k_string = 6;
}  // namespace argument
namespace interned {
constexpr std::uint32_t k_categories = 1;
constexpr std::uint32_t k_event_names = 2;
constexpr std::uint32_t k_argument_names = 3;
constexpr std::uint32_t k_iid = 1;
constexpr std::uint32_t k_name = 2;
}  // namespace interned

constexpr std::uint32_t k_sequence = 1;

std::int64_t now_of(clockid_t id) {
  timespec t{};
  clock_gettime(id, &t);
  return std::int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec;
}

void add_text(pbf_writer& w, std::uint32_t field, std::string_view text) {
  w.add_bytes(field, text.data(), text.size());
}

}  // namespace

perfetto_writer::perfetto_writer(std::ostream& out) : out_(out) { clocks(); }

void perfetto_writer::put(const std::string& packet) {
  framed_.clear();
  pbf_writer w(framed_);
  add_text(w, trace::k_packet, packet);
  out_.write(framed_.data(), static_cast<std::streamsize>(framed_.size()));
}

// The packet that begins the sequence: timestamps are CLOCK_MONOTONIC's, as everywhere in weft.
void perfetto_writer::clocks() {
  namespace c = clock_snapshot;
  std::string data;
  pbf_writer packet(data);
  packet.add_uint32(packet::k_sequence_id, k_sequence);
  packet.add_uint32(packet::k_sequence_flags, flags::k_cleared);
  {
    pbf_writer d(packet, packet::k_defaults);
    d.add_uint32(defaults::k_clock, c::k_monotonic);
  }
  {
    pbf_writer snapshot(packet, packet::k_clock_snapshot);
    struct {
      std::uint32_t id;
      clockid_t clock;
    } all[] = {{c::k_realtime, CLOCK_REALTIME},
               {c::k_monotonic, CLOCK_MONOTONIC},
               {c::k_boottime, CLOCK_BOOTTIME}};
    for (const auto& one : all) {
      pbf_writer w(snapshot, c::k_clocks);
      w.add_uint32(c::k_id, one.id);
      w.add_uint64(c::k_time, static_cast<std::uint64_t>(now_of(one.clock)));
    }
    snapshot.add_enum(c::k_primary, static_cast<std::int32_t>(c::k_monotonic));
  }
  put(data);
}

void perfetto_writer::process(std::uint64_t track, std::string_view name) {
  std::string data;
  pbf_writer packet(data);
  packet.add_uint32(packet::k_sequence_id, k_sequence);
  {
    pbf_writer d(packet, packet::k_track_descriptor);
    d.add_uint64(descriptor::k_uuid, track);
    pbf_writer p(d, descriptor::k_process);
    p.add_int32(descriptor::k_process_pid, getpid());
    add_text(p, descriptor::k_process_name, name);
  }
  put(data);
}

void perfetto_writer::thread(std::uint64_t track, std::int32_t tid, std::string_view name) {
  std::string data;
  pbf_writer packet(data);
  packet.add_uint32(packet::k_sequence_id, k_sequence);
  {
    pbf_writer d(packet, packet::k_track_descriptor);
    d.add_uint64(descriptor::k_uuid, track);
    pbf_writer t(d, descriptor::k_thread);
    t.add_int32(descriptor::k_thread_pid, getpid());
    t.add_int64(descriptor::k_thread_tid, tid);
    add_text(t, descriptor::k_thread_name, name);
  }
  put(data);
}

void perfetto_writer::track(std::uint64_t track, std::uint64_t parent, std::string_view name,
                            std::int32_t rank) {
  std::string data;
  pbf_writer packet(data);
  packet.add_uint32(packet::k_sequence_id, k_sequence);
  {
    pbf_writer d(packet, packet::k_track_descriptor);
    d.add_uint64(descriptor::k_uuid, track);
    if (parent != 0) d.add_uint64(descriptor::k_parent, parent);
    add_text(d, descriptor::k_name, name);
    d.add_enum(descriptor::k_child_ordering, descriptor::k_explicit);
    d.add_int32(descriptor::k_rank, rank);
    d.add_enum(descriptor::k_sibling_merge, descriptor::k_no_merge);
  }
  put(data);
}

void perfetto_writer::counter_track(std::uint64_t track, std::uint64_t parent,
                                    std::string_view name) {
  std::string data;
  pbf_writer packet(data);
  packet.add_uint32(packet::k_sequence_id, k_sequence);
  {
    pbf_writer d(packet, packet::k_track_descriptor);
    d.add_uint64(descriptor::k_uuid, track);
    d.add_uint64(descriptor::k_parent, parent);
    add_text(d, descriptor::k_name, name);
    pbf_writer counter(d, descriptor::k_counter);
  }
  put(data);
}

std::uint64_t perfetto_writer::intern(names& known, std::string_view name, std::uint32_t field,
                                      std::string& interned) {
  auto [at, fresh] = known.try_emplace(std::string(name), known.size() + 1);
  if (fresh) {
    pbf_writer w(interned);
    pbf_writer entry(w, field);
    entry.add_uint64(interned::k_iid, at->second);
    add_text(entry, interned::k_name, name);
  }
  return at->second;
}

void perfetto_writer::event(std::int64_t time, std::uint64_t track, int type, std::string_view name,
                            const event_extras& extras) {
  interned_.clear();
  data_.clear();
  pbf_writer packet(data_);
  packet.add_uint64(packet::k_timestamp, static_cast<std::uint64_t>(time));
  packet.add_uint32(packet::k_sequence_id, k_sequence);
  packet.add_uint32(packet::k_sequence_flags, flags::k_needed);
  {
    pbf_writer e(packet, packet::k_track_event);
    e.add_enum(track_event::k_type, type);
    e.add_uint64(track_event::k_track, track);
    if (!name.empty()) {
      e.add_uint64(track_event::k_name,
                   intern(event_names_, name, interned::k_event_names, interned_));
    }
    if (!extras.category.empty()) {
      e.add_uint64(track_event::k_category,
                   intern(categories_, extras.category, interned::k_categories, interned_));
    }
    if (type == track_event::k_counter) e.add_int64(track_event::k_value, extras.number);
    if (extras.flow_from != 0) e.add_fixed64(track_event::k_flow, extras.flow_from);
    if (extras.flow_to != 0) e.add_fixed64(track_event::k_terminating_flow, extras.flow_to);
    if (!extras.key.empty()) {
      std::uint64_t key = intern(keys_, extras.key, interned::k_argument_names, interned_);
      pbf_writer a(e, track_event::k_argument);
      a.add_uint64(argument::k_name, key);
      if (!extras.text.empty()) {
        add_text(a, argument::k_string, extras.text);
      } else {
        a.add_int64(argument::k_int, extras.number);
      }
    }
  }
  if (!interned_.empty()) add_text(packet, packet::k_interned_data, interned_);
  put(data_);
}

void perfetto_writer::begin(std::int64_t time, std::uint64_t track, std::string_view name,
                            const event_extras& extras) {
  event(time, track, track_event::k_begin, name, extras);
}

void perfetto_writer::end(std::int64_t time, std::uint64_t track) {
  event(time, track, track_event::k_end, {}, {});
}

void perfetto_writer::instant(std::int64_t time, std::uint64_t track, std::string_view name,
                              const event_extras& extras) {
  event(time, track, track_event::k_instant, name, extras);
}

void perfetto_writer::counter(std::int64_t time, std::uint64_t track, std::int64_t value) {
  event_extras extras;
  extras.number = value;
  event(time, track, track_event::k_counter, {}, extras);
}

}  // namespace debug
}  // namespace weft::inline WEFT_WORLD
