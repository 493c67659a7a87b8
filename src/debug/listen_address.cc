// SPDX-License-Identifier: Apache-2.0
// listen_address.cc: see listen_address.h.                                            Floor 6.

#include "debug/listen_address.h"

#include <arpa/inet.h>
#include <charconv>
#include <cstring>
#include <stdexcept>

namespace weft::inline WEFT_WORLD {
namespace debug {
namespace {

[[noreturn]] void refuse(std::string_view text, const char* why) {
  throw std::invalid_argument("weft: cannot serve on \"" + std::string(text) + "\": " + why);
}

// False if it is no IP address.
bool classify(const std::string& host, bool& loopback) {
  in_addr v4{};
  if (inet_pton(AF_INET, host.c_str(), &v4) == 1) {
    loopback = (ntohl(v4.s_addr) >> 24) == 127;
    return true;
  }
  in6_addr v6{};
  if (inet_pton(AF_INET6, host.c_str(), &v6) != 1) return false;
  loopback = IN6_IS_ADDR_LOOPBACK(&v6) || (IN6_IS_ADDR_V4MAPPED(&v6) && v6.s6_addr[12] == 127);
  return true;
}

// HOST and PORT of HOST:PORT, brackets removed. False if there is no such parting.
bool split(std::string_view text, std::string_view& host, std::string_view& port) {
  if (!text.empty() && text[0] == '[') {
    std::size_t end = text.find(']');
    if (end == std::string_view::npos) return false;
    host = text.substr(1, end - 1);
    text = text.substr(end + 1);
    if (text.empty() || text[0] != ':') return false;
    port = text.substr(1);
    return true;
  }
  std::size_t colon = text.find(':');
  if (colon == std::string_view::npos || text.find(':', colon + 1) != std::string_view::npos)
    return false;
  host = text.substr(0, colon);
  port = text.substr(colon + 1);
  return true;
}

}  // namespace

listen_address parse_listen_address(std::string_view text) {
  std::string_view host;
  std::string_view port;
  if (!split(text, host, port)) refuse(text, "it is not HOST:PORT, as in 127.0.0.1:6060");
  listen_address a;
  auto [stop, error] = std::from_chars(port.data(), port.data() + port.size(), a.port);
  if (port.empty() || error != std::errc() || stop != port.data() + port.size())
    refuse(text, "the port must be a number from 0 to 65535");
  a.host = host.empty() || host == "localhost" ? "127.0.0.1" : std::string(host);
  if (!classify(a.host, a.loopback))
    refuse(text, "the host must be an IP address, localhost, or nothing");
  return a;
}

bool is_plausible_host(std::string_view header) {
  if (header.empty()) return true;  // HTTP 1.0
  std::string_view host = header;
  std::string_view port;
  if (!split(header, host, port) && header[0] == '[') host = header.substr(1, header.find(']') - 1);
  bool loopback = false;
  return host == "localhost" || classify(std::string(host), loopback);
}

}  // namespace debug
}  // namespace weft::inline WEFT_WORLD
