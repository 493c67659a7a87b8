// SPDX-License-Identifier: Apache-2.0
#pragma once
// The kinds of element that channels are tested with. element<T> makes, sends and reads a T by an
// int, so that one body serves every kind; chan<void> reads as 0 whatever was sent.
#include <weft/chan.h>
#include <weft/select.h>

#include <array>
#include <atomic>
#include <memory>
#include <optional>
#include <stdexcept>

#include "support/with_procs.h"

namespace weft_test {

struct no_default {
  explicit no_default(int n) : number(n) {}
  int number;
};

struct large {  // C33: just under the 64 KiB that an element may take
  explicit large(int n) : head(n), tail(n) { body.fill(static_cast<unsigned char>(n)); }
  [[nodiscard]] bool intact() const {
    const auto byte = static_cast<unsigned char>(head);
    for (const unsigned char b : body) {
      if (b != byte) return false;
    }
    return head == tail;
  }
  int head;
  std::array<unsigned char, 65536 - 12> body;
  int tail;
};
static_assert(sizeof(large) == 65536 - 4);

struct throwing_copy {
  static inline std::atomic<bool> armed = false;
  explicit throwing_copy(int n) : number(n) {}
  throwing_copy(const throwing_copy& other) : number(other.number) {
    if (armed) throw std::runtime_error("copy refused");
  }
  throwing_copy(throwing_copy&&) noexcept = default;
  throwing_copy& operator=(const throwing_copy&) = delete;
  throwing_copy& operator=(throwing_copy&&) noexcept = default;
  ~throwing_copy() = default;
  int number;
};

struct counted {
  static inline std::atomic<int> live = 0;
  static inline std::atomic<int> broken = 0;  // destroyed twice, or used when dead
  explicit counted(int n) : number(n) { ++live; }
  counted(const counted& other) : number(other.number) { born(other); }
  counted(counted&& other) noexcept : number(other.number) { born(other); }
  counted& operator=(const counted& other) = default;
  counted& operator=(counted&& other) noexcept = default;
  ~counted() {
    if (state_ != k_alive) ++broken;
    state_ = k_dead;
    --live;
  }
  int number;

 private:
  static constexpr unsigned k_alive = 0x5afe5afe;
  static constexpr unsigned k_dead = 0xdeaddead;
  void born(const counted& other) noexcept {
    if (other.state_ != k_alive) ++broken;
    ++live;
  }
  volatile unsigned state_ = k_alive;
};

template <class T>
struct element_values {
  static T value(int n) { return T(n); }
  static int number(const T& v) { return v.number; }
};
template <>
struct element_values<int> {
  static int value(int n) { return n; }
  static int number(int v) { return v; }
};
template <>
struct element_values<std::unique_ptr<int>> {
  static std::unique_ptr<int> value(int n) { return std::make_unique<int>(n); }
  static int number(const std::unique_ptr<int>& v) { return v ? *v : -1; }
};
template <>
struct element_values<large> {
  static large value(int n) { return large(n); }
  static int number(const large& v) { return v.intact() ? v.head : -1; }
};

using reading = std::optional<int>;

template <class T>
struct element : element_values<T> {
  using type = T;
  using channel = weft::chan<T>;
  static constexpr bool has_values = true;
  // Room for several values at once in one unoptimised frame.
  static constexpr std::size_t stack_size = sizeof(T) > 4096 ? std::size_t{2} << 20 : 0;

  struct made_when_asked {
    int number;
    operator T() const { return element::value(number); }
  };

  static channel make(std::size_t capacity) { return weft::make_chan<T>(capacity); }
  static reading expected(int n) { return n; }
  static reading read(const std::optional<T>& v) {
    if (!v) return std::nullopt;
    return element::number(*v);
  }
  static void send(const auto& c, int n) { c.send(element::value(n)); }
  static bool try_send(const auto& c, int n) {
    T v = element::value(n);
    return c.try_send(std::move(v));
  }
  static reading recv(const auto& c) { return read(c.recv()); }
  static reading try_recv(const auto& c) { return read(c.try_recv()); }
  template <class C, class H>
  static auto on_recv(const C& c, H h) {
    return weft::on_recv(c, [h](const std::optional<T>& v) mutable { h(read(v)); });
  }
  template <class C, class H>
  static auto on_send(const C& c, int n, H h) {
    // Not an rvalue T, which a case only refers to.
    return weft::on_send(c, made_when_asked{n}, h);
  }
};

template <>
struct element<void> {
  using type = void;
  using channel = weft::chan<void>;
  static constexpr bool has_values = false;
  static constexpr std::size_t stack_size = 0;

  static channel make(std::size_t capacity) { return weft::make_chan<void>(capacity); }
  static reading expected(int) { return 0; }
  static reading read(bool ok) { return ok ? reading(0) : std::nullopt; }
  static void send(const auto& c, int) { c.send(); }
  static bool try_send(const auto& c, int) { return c.try_send(); }
  static reading recv(const auto& c) { return read(c.recv()); }
  static reading try_recv(const auto& c) { return read(c.try_recv()); }
  template <class C, class H>
  static auto on_recv(const C& c, H h) {
    return weft::on_recv(c, [h](bool ok) mutable { h(read(ok)); });
  }
  template <class C, class H>
  static auto on_send(const C& c, int, H h) {
    return weft::on_send(c, h);
  }
};

enum class kind { plain, move_only, no_default, large, throwing_copy, counted, none };

template <class F>
void with_kind(kind k, F&& f) {
  switch (k) {
    case kind::plain:
      return f(element<int>{});
    case kind::move_only:
      return f(element<std::unique_ptr<int>>{});
    case kind::no_default:
      return f(element<no_default>{});
    case kind::large:
      return f(element<large>{});
    case kind::throwing_copy:
      return f(element<throwing_copy>{});
    case kind::counted:
      return f(element<counted>{});
    case kind::none:
      return f(element<void>{});
  }
}

// (processors, capacity, kind of element)
using channel_setting = std::tuple<unsigned, std::size_t, kind>;

class every_channel : public procs_fixture, public testing::WithParamInterface<channel_setting> {
 protected:
  void SetUp() override { start(std::get<0>(GetParam())); }
  [[nodiscard]] std::size_t capacity() const { return std::get<1>(GetParam()); }

  // Runs body(element<T>) for this test's kind, and checks that no element outlives it.
  template <class F>
  void each(F body) {
    with_kind(std::get<2>(GetParam()), [&](auto e) {
      using element_type = decltype(e);
      run([&] {
        crew main(element_type::stack_size);
        main.go([&] { body(e); });
      });
    });
    EXPECT_EQ(counted::live, 0) << "elements leaked or destroyed twice";
    EXPECT_EQ(counted::broken, 0);
    counted::live = 0;
    counted::broken = 0;
  }
};

inline std::string setting_name(const testing::TestParamInfo<channel_setting>& info) {
  static constexpr const char* k_names[] = {"plain",         "move_only", "no_default", "large",
                                            "throwing_copy", "counted",   "void"};
  const auto& [procs, capacity, k] = info.param;
  return "procs" + std::to_string(procs) + "_cap" + std::to_string(capacity) + "_" +
         k_names[static_cast<int>(k)];
}

}  // namespace weft_test

#define WEFT_INSTANTIATE_CHANNELS(suite)                                                         \
  INSTANTIATE_TEST_SUITE_P(                                                                      \
      Channels, suite,                                                                           \
      testing::Combine(testing::Values(1U, 2U, 4U, 8U),                                          \
                       testing::Values<std::size_t>(0, 1, 7, 128),                               \
                       testing::Values(weft_test::kind::plain, weft_test::kind::move_only,       \
                                       weft_test::kind::no_default, weft_test::kind::large,      \
                                       weft_test::kind::throwing_copy, weft_test::kind::counted, \
                                       weft_test::kind::none)),                                  \
      weft_test::setting_name)
