// SPDX-License-Identifier: Apache-2.0
// etcd_7492.cc: a token is assigned under the lock, by a send to the keeper; the keeper, at a tick,
// takes the lock to delete tokens that have expired. Repair: the keeper has a lock of its own and
// no channel.

#include "kernels/kernel.h"

#include <map>

namespace kernels::etcd_7492 {
namespace {

struct token_keeper {
  weft::chan<int> added = weft::make_chan<int>(1);
  weft::chan<weft::chan<void>> stop_chan = weft::make_chan<weft::chan<void>>();
  weft::mutex own;  // of the repair
  std::map<int, int> tokens;
};

struct token_provider {
  weft::shared_mutex mu;
  token_keeper keeper;
  std::map<int, int> users;

  void expire(int token) {
    mu.lock();
    users.erase(token);
    mu.unlock();
  }

  void run(bool repaired) {
    weft::ticker tick(1ms);
    for (bool going = true; going;) {
      weft::select(
          weft::on_recv(keeper.added, [&](std::optional<int> token) { keeper.tokens[*token] = 1; }),
          weft::on_recv(tick.c(), [&](auto) { delete_expired(repaired); }),
          weft::on_recv(keeper.stop_chan, [&](std::optional<weft::chan<void>> stopped) {
            stopped->send();
            going = false;
          }));
    }
    tick.stop();
  }

  void delete_expired(bool repaired) {
    if (repaired) keeper.own.lock();
    std::map<int, int> old;
    old.swap(keeper.tokens);
    if (repaired) keeper.own.unlock();
    for (auto& [token, age] : old) expire(token);
  }

  void assign(int token, bool repaired) {
    mu.lock();
    users[token] = 1;
    if (repaired) {
      keeper.own.lock();
      keeper.tokens[token] = 1;
      keeper.own.unlock();
    } else {
      keeper.added.send(token);
    }
    mu.unlock();
  }

  void stop() {
    auto stopped = weft::make_chan<void>();
    keeper.stop_chan.send(stopped);
    stopped.recv();
  }
};

void body(bool repaired) {
  auto provider = std::make_shared<token_provider>();
  weft::go({.name = "keeper"}, [=] { provider->run(repaired); });
  auto all = std::make_shared<weft::wait_group>();
  all->add(3);
  for (int user = 0; user < 3; ++user) {
    weft::go({.name = "user" + std::to_string(user)}, [=] {
      weft::sleep_for(user == 0 ? 1ms : 2ms);
      provider->assign(user, repaired);
      all->done();
    });
  }
  all->wait();
  provider->stop();
}

const registration entry({"etcd/7492",
                          "channel and lock",
                          verdict::deadlock,
                          {"main:W keeper:WL user1:S", "main:W keeper:WL user2:S"},
                          body});

}  // namespace
}  // namespace kernels::etcd_7492
