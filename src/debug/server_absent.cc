// SPDX-License-Identifier: Apache-2.0
// server_absent.cc: in place of server_http.cc and profile_proto.cc when WEFT_DEBUG_SERVER is off.
//                                                                                     Floor 6.

#include <weft/debug/server.h>

#include "debug/profile.h"

#include <stdexcept>

namespace weft::inline WEFT_WORLD {
namespace debug {
namespace {

[[noreturn]] void refuse(const char* what) {
  throw std::runtime_error(std::string("weft: built without ") + what +
                           "; configure it with -DWEFT_DEBUG_SERVER=ON");
}

}  // namespace

struct server::impl {
  std::string address;
};

server::server(std::shared_ptr<impl> made) noexcept : impl_(std::move(made)) {}
const std::string& server::address() const noexcept { return impl_->address; }
std::uint16_t server::port() const noexcept { return 0; }
void server::stop() {}

server serve(std::string_view, const serve_options&) { refuse("the debug server"); }

std::string encode(const profile&) { refuse("profiles in pprof's format"); }

}  // namespace debug
}  // namespace weft::inline WEFT_WORLD
