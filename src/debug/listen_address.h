// SPDX-License-Identifier: Apache-2.0
#pragma once
// listen_address: where the debug server is to listen.                                Floor 6.

#include <weft/detail/base/config.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace weft::inline WEFT_WORLD {
namespace debug {

struct listen_address {
  std::string host;  // an IP address, without brackets
  std::uint16_t port = 0;
  bool loopback = false;
};

/// HOST:PORT, [IPV6]:PORT or :PORT. Throws std::invalid_argument.
listen_address parse_listen_address(std::string_view text);

/// Does a request with this Host header come from somebody who knows where it goes? Not so if a
/// web page has had its name resolved to this machine in order to read from it.
bool is_plausible_host(std::string_view header);

}  // namespace debug
}  // namespace weft::inline WEFT_WORLD
