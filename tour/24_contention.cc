// SPDX-License-Identifier: Apache-2.0
// Lesson 24: finding the lock that is hot
//
// A program that does not get faster with more processors has something that all wait for. Do not
// guess which lock it is; ask the profiles. The mutex profile says which unlock others waited for,
// the block profile where they waited, both with counts and times. They are off at first, and cost
// little when on; debug::serve offers them over HTTP to the tools that read those of Go programs:
//
//     go tool pprof -top http://127.0.0.1:6060/debug/pprof/mutex
//
// The server below has a lock for each session, taken just as often as the lock of the log that
// they share. Both profiles name the log's: the top entry of the one is its unlock, in the line
// whose end lets go of it, that of the other the line that locks.
//
// What makes a lock hot is rarely the number of times it is taken. It is how long it is held, and
// by how many it is wanted. The first version formats its line, which here goes as far as to let
// others run, with the log locked. The second does that before, and holds the lock for the append
// alone. The waiting is the sum over eight goroutines, so it may well exceed the time that passes.
#include <weft/debug.h>
#include <weft/weft.h>

#include <netinet/in.h>
#include <unistd.h>
#include <cstdio>
#include <mutex>
#include <sstream>
#include <vector>

// [program]
struct log_book {
  weft::mutex lock;  // guards lines
  std::vector<std::string> lines;
};

std::string format(int n) {
  std::string line;
  for (int i = 0; i < 100; ++i) line.append(std::to_string(n + i)).append(" ");
  weft::yield();  // as anything would that has to wait
  return line;
}

void slow_log(log_book& book, int n) {
  std::scoped_lock hold(book.lock);
  book.lines.push_back(format(n));
}

void quick_log(log_book& book, int n) {
  std::string line = format(n);
  std::scoped_lock hold(book.lock);
  book.lines.push_back(std::move(line));
}

void serve(const char* name, void (*log)(log_book&, int)) {
  log_book book;
  const auto start = weft::clock::now();
  weft::wait_group all;
  for (int i = 0; i < 8; ++i) {
    all.go([&book, log] {
      weft::mutex session;
      for (int n = 0; n < 1000; ++n) {
        std::unique_lock(session).unlock();
        log(book, n);
      }
    });
  }
  all.wait();
  const std::chrono::duration<double, std::milli> took = weft::clock::now() - start;
  std::printf("%s: %.2f ms\n", name, took.count());
}

// What curl does.
std::string get(std::uint16_t port, const std::string& path) {
  sockaddr_in server{AF_INET, htons(port), {htonl(INADDR_LOOPBACK)}, {}};
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  if (connect(fd, reinterpret_cast<sockaddr*>(&server), sizeof server) != 0) return {};
  dprintf(fd, "GET %s HTTP/1.0\r\n\r\n", path.c_str());
  std::string answer;
  for (char c = 0; read(fd, &c, 1) == 1;) answer += c;
  close(fd);
  return answer;
}

// The worst entry is the first: "nanoseconds count @ addresses", then a line for each frame, the
// innermost first: "# address function+offset file:line". Prints the first frame of this file.
void print_top(const std::string& kind, std::uint16_t port) {
  std::istringstream lines(get(port, "/debug/pprof/" + kind + "?debug=1"));
  double ns = 0;
  for (std::string line; std::getline(lines, line);) {
    if (ns == 0 && line.find(" @ ") != std::string::npos) ns = std::stod(line);
    const std::size_t place = line.find("24_contention.cc");
    if (ns == 0 || place == std::string::npos) continue;
    std::string skipped, function;
    std::istringstream(line) >> skipped >> skipped >> function;
    std::printf("%s: %.2f ms, in %s, %s\n", kind.c_str(), ns / 1e6,
                function.substr(0, function.find('(')).c_str(), line.c_str() + place);
    return;
  }
}

int main() {
  weft::debug::set_mutex_profile_fraction(1);  // every contention; 10 is enough for a server
  weft::debug::set_block_profile_rate(1);
  const weft::debug::server server = weft::debug::serve("127.0.0.1:0");
  return weft::run([&server] {
    serve("formats under the lock", slow_log);
    print_top("mutex", server.port());
    print_top("block", server.port());
    serve("formats before the lock", quick_log);
  });
}
// [end]

// Output pattern:
// formats under the lock: <n> ms
// mutex: <n> ms, in slow_log, 24_contention.cc:<n>
// block: <n> ms, in slow_log, 24_contention.cc:<n>
// formats before the lock: <n> ms
