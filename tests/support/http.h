// SPDX-License-Identifier: Apache-2.0
// One HTTP request over a plain socket, so that a test says what is sent to the byte.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cstdint>
#include <cstdlib>
#include <string>

namespace weft_test {

struct http_reply {
  int status = 0;  // 0: no answer
  std::string head;
  std::string body;
};

// Connects to 127.0.0.1. -1 if nobody listens.
inline int connect_to(std::uint16_t port) {
  int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(s, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0) return s;
  close(s);
  return -1;
}

inline void send_all(int s, const std::string& text) {
  for (std::size_t at = 0; at < text.size();) {
    ssize_t n = send(s, text.data() + at, text.size() - at, MSG_NOSIGNAL);
    if (n <= 0) return;
    at += static_cast<std::size_t>(n);
  }
}

inline http_reply read_reply(int s) {
  std::string all;
  char buffer[4096];
  for (ssize_t n = 0; (n = recv(s, buffer, sizeof buffer, 0)) > 0;)
    all.append(buffer, static_cast<std::size_t>(n));
  close(s);
  http_reply r;
  std::size_t end = all.find("\r\n\r\n");
  if (end == std::string::npos) return r;
  r.head = all.substr(0, end + 2);
  r.body = all.substr(end + 4);
  r.status = std::atoi(r.head.c_str() + r.head.find(' '));
  return r;
}

inline http_reply ask(std::uint16_t port, const std::string& method, const std::string& path,
                      const std::string& host = "localhost", const std::string& body = {}) {
  int s = connect_to(port);
  if (s < 0) return {};
  send_all(s, method + " " + path + " HTTP/1.1\r\nHost: " + host +
                  "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
  return read_reply(s);
}

inline http_reply get(std::uint16_t port, const std::string& path) {
  return ask(port, "GET", path);
}

}  // namespace weft_test
