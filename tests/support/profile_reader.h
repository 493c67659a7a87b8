// SPDX-License-Identifier: Apache-2.0
// Reads profile.proto back, and fails the test where it breaks the format's rules.
#pragma once

#include <gtest/gtest.h>
#include <zlib.h>
#include <map>
#include <protozero/pbf_reader.hpp>
#include <set>
#include <string>
#include <vector>

namespace weft_test {

inline std::string gunzip(const std::string& bytes) {
  z_stream z{};
  EXPECT_EQ(inflateInit2(&z, MAX_WBITS + 16), Z_OK);
  std::string out(1 << 24, '\0');
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  z.avail_in = static_cast<uInt>(bytes.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(inflate(&z, Z_FINISH), Z_STREAM_END);
  out.resize(z.total_out);
  inflateEnd(&z);
  return out;
}

struct read_sample {
  std::vector<std::string> functions;  // innermost first, inlined ones too
  std::vector<std::int64_t> values;
  std::map<std::string, std::string> labels;

  bool calls(const std::string& function) const {
    for (const std::string& f : functions)
      if (f.find(function) != std::string::npos) return true;
    return false;
  }
};

struct read_profile {
  std::vector<std::string> types;  // "contentions/count"
  std::string period_type;
  std::int64_t period = 0;
  std::int64_t time_ns = 0;
  std::int64_t duration_ns = 0;
  std::vector<read_sample> samples;

  explicit read_profile(const std::string& gzipped) { parse(gunzip(gzipped)); }

  // The i-th value of all samples that this function takes part in.
  std::int64_t sum(const std::string& function, std::size_t i) const {
    std::int64_t n = 0;
    for (const read_sample& s : samples)
      if (s.calls(function)) n += s.values[i];
    return n;
  }
  const read_sample* find(const std::string& function) const {
    for (const read_sample& s : samples)
      if (s.calls(function)) return &s;
    return nullptr;
  }

 private:
  void parse(const std::string& bytes);
};

namespace proto {

using reader = protozero::pbf_reader;

// Numbers by field, in a message that has nothing else.
inline std::map<unsigned, std::uint64_t> numbers(reader r) {
  std::map<unsigned, std::uint64_t> all;
  while (r.next()) {
    if (r.wire_type() == protozero::pbf_wire_type::varint)
      all[r.tag()] = r.get_uint64();
    else
      r.skip();
  }
  return all;
}

}  // namespace proto

inline void read_profile::parse(const std::string& bytes) {
  std::vector<std::string> strings;
  for (proto::reader r(bytes); r.next(6);) strings.push_back(r.get_string());
  ASSERT_FALSE(strings.empty());
  EXPECT_EQ(strings[0], "");
  auto text = [&](std::uint64_t i) { return i < strings.size() ? strings[i] : "?"; };
  auto type = [&](proto::reader r) {
    auto n = proto::numbers(r);
    return text(n[1]) + "/" + text(n[2]);
  };
  std::map<std::uint64_t, std::string> functions;
  std::set<std::uint64_t> mappings;
  for (proto::reader r(bytes); r.next();) {
    if (r.tag() == 5) {
      auto n = proto::numbers(r.get_message());
      EXPECT_NE(n[1], 0U);
      EXPECT_TRUE(functions.emplace(n[1], text(n[2])).second) << "function ids are unique";
    } else if (r.tag() == 3) {
      auto n = proto::numbers(r.get_message());
      EXPECT_TRUE(mappings.insert(n[1]).second) << "mapping ids are unique";
      EXPECT_LT(n[2], n[3]);
    } else {
      r.skip();
    }
  }
  std::map<std::uint64_t, std::vector<std::string>> locations;
  for (proto::reader r(bytes); r.next(4);) {
    proto::reader l = r.get_message();
    auto n = proto::numbers(l);
    std::vector<std::string>& lines = locations[n[1]];
    EXPECT_TRUE(lines.empty()) << "location ids are unique";
    EXPECT_TRUE(n[2] == 0 || mappings.count(n[2]));
    while (l.next(4)) {
      auto line = proto::numbers(l.get_message());
      EXPECT_TRUE(functions.count(line[1])) << "lines name functions that there are";
      lines.push_back(functions[line[1]]);
    }
  }
  for (proto::reader r(bytes); r.next();) {
    switch (r.tag()) {
      case 1:
        types.push_back(type(r.get_message()));
        break;
      case 2: {
        read_sample& s = samples.emplace_back();
        proto::reader m = r.get_message();
        while (m.next()) {
          if (m.tag() == 1) {
            for (std::uint64_t id : m.get_packed_uint64()) {
              EXPECT_TRUE(locations.count(id)) << "samples name locations that there are";
              for (const std::string& f : locations[id]) s.functions.push_back(f);
            }
          } else if (m.tag() == 2) {
            for (std::int64_t v : m.get_packed_int64()) s.values.push_back(v);
          } else if (m.tag() == 3) {
            auto n = proto::numbers(m.get_message());
            s.labels[text(n[1])] = text(n[2]);
          } else {
            m.skip();
          }
        }
        break;
      }
      case 9:
        time_ns = r.get_int64();
        break;
      case 10:
        duration_ns = r.get_int64();
        break;
      case 11:
        period_type = type(r.get_message());
        break;
      case 12:
        period = r.get_int64();
        break;
      default:
        r.skip();
    }
  }
  for (const read_sample& s : samples) EXPECT_EQ(s.values.size(), types.size());
}

}  // namespace weft_test
