// SPDX-License-Identifier: Apache-2.0
// Lesson 27: correct first, then fast
//
// One task, three programs: all numbers below 200 000 whose sum of digits is even, found in 200
// slices. Every stage is correct, and compared with the plain loop, before it is measured. A stage
// is left only because the measure says where the time goes.
//     1  lock and append     the obvious one: each find goes into one vector under one lock. What
//                            costs: a lock for each of 100 000 finds, and sorting at the end.
//     2  channel             each slice collects its own, and sends the vector. 200 messages; the
//                            lock is gone. What is left: the receiver puts slices in order.
//     3  preallocated slots  the number of slices is known: slice i writes to slot i. No lock, no
//                            message, no order to restore; one wait_group.
// Each step shares less than the one before; nearly all speed of this kind comes from that. And the
// plain loop stays in the table: where the work is small, it may well be the one to keep.
//
// Not yet in this version: the profiles, which name what costs in each stage.
#include <weft/weft.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <mutex>
#include <vector>

// [program]
constexpr int k_slices = 200, k_slice = 1000;
using numbers = std::vector<int>;

bool has_even_sum(int n) {
  int sum = 0;
  for (; n != 0; n /= 10) sum += n % 10;
  return sum % 2 == 0;
}

template <class F>
void for_finds_of(int slice, F f) {
  for (int n = slice * k_slice; n < (slice + 1) * k_slice; ++n)
    if (has_even_sum(n)) f(n);
}

numbers plain_loop() {
  numbers all;
  for (int s = 0; s < k_slices; ++s) for_finds_of(s, [&](int n) { all.push_back(n); });
  return all;
}

template <class F>
void for_each_slice(F f) {  // in goroutines; returns when all are done
  weft::wait_group slices;
  for (int s = 0; s < k_slices; ++s) slices.go([&f, s] { f(s); });
  slices.wait();
}

numbers lock_and_append() {
  weft::mutex lock;  // guards all
  numbers all;
  for_each_slice([&](int s) {
    for_finds_of(s, [&](int n) {
      std::scoped_lock hold(lock);
      all.push_back(n);
    });
  });
  std::ranges::sort(all);
  return all;
}

numbers joined(const auto& slices) {
  numbers all;
  for (const auto& [at, finds] : slices) all.insert(all.end(), finds.begin(), finds.end());
  return all;
}

using numbered_slice = std::pair<int, numbers>;

numbers by_channel() {
  auto results = weft::make_chan<numbered_slice>(k_slices);
  for_each_slice([results](int s) {
    numbers mine;
    for_finds_of(s, [&](int n) { mine.push_back(n); });
    results.send(numbered_slice(s, std::move(mine)));
  });
  results.close();
  std::map<int, numbers> in_order;
  for (numbered_slice r : results) in_order.insert(std::move(r));
  return joined(in_order);
}

numbers preallocated_slots() {
  std::vector<numbered_slice> slots(k_slices);
  for_each_slice([&slots](int s) {
    numbers& mine = slots[static_cast<std::size_t>(s)].second;
    for_finds_of(s, [&](int n) { mine.push_back(n); });
  });
  return joined(slots);
}

int main() {
  return weft::run([] {
    const numbers wanted = plain_loop();
    auto stage = [&wanted](const char* name, numbers (*run)()) {
      const auto start = weft::clock::now();
      const bool right = run() == wanted;
      const std::chrono::duration<double, std::milli> took = weft::clock::now() - start;
      std::printf("%-18s %s %6.2f ms\n", name, right ? "right" : "wrong", took.count());
    };
    stage("plain loop", plain_loop);
    stage("lock and append", lock_and_append);
    stage("channel", by_channel);
    stage("preallocated slots", preallocated_slots);
  });
}
// [end]

// Output pattern:
// plain loop         right <n> ms
// lock and append    right <n> ms
// channel            right <n> ms
// preallocated slots right <n> ms
