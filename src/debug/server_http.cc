// SPDX-License-Identifier: Apache-2.0
// server_http.cc: the debug server, on cpp-httplib.                                   Floor 6.
//
// One thread accepts; a thread for each request is started when it is needed, up to k_threads, and
// kept. Requests beyond k_most_requests are turned away by those that are left, so that nobody
// waits for a profile of thirty seconds without being told.

#include <weft/debug/server.h>

#include <weft/detail/base/atomic.h>

#include "debug/endpoints.h"
#include "debug/listen_address.h"
#include "debug/tool_thread.h"

#include <httplib.h>
#include <sys/socket.h>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <stdexcept>
#include <system_error>

namespace weft::inline WEFT_WORLD {
namespace debug {
namespace {

constexpr unsigned k_most_requests = 8;
constexpr std::size_t k_threads = k_most_requests + 2;
constexpr std::size_t k_most_queued = 64;  // connections that wait for a thread
constexpr std::size_t k_most_body = 256 * 1024;
constexpr time_t k_socket_seconds = 5;  // for a client to send or take something

// The threads that answer. Jobs are taken in order.
class request_threads : public httplib::TaskQueue {
 public:
  void enqueue(std::function<void()> job) override {
    std::unique_lock hold(guard_);
    room_.wait(hold, [&] { return jobs_.size() < k_most_queued; });
    jobs_.push_back(std::move(job));
    if (idle_ < jobs_.size() && threads_.size() < k_threads) {
      try {
        threads_.push_back(start_tool_thread([this] { work(); }));
      } catch (const std::system_error&) {
        // Without another thread those that there are do it, if there is one.
        if (threads_.empty()) jobs_.pop_back();
      }
    }
    hold.unlock();
    more_.notify_one();
  }

  void shutdown() override {
    {
      std::lock_guard hold(guard_);
      ends_ = true;
    }
    more_.notify_all();
    for (std::thread& t : threads_) t.join();
  }

 private:
  void work() {
    std::unique_lock hold(guard_);
    for (;;) {
      ++idle_;
      more_.wait(hold, [&] { return !jobs_.empty() || ends_; });
      --idle_;
      if (jobs_.empty()) return;
      std::function<void()> job = std::move(jobs_.front());
      jobs_.pop_front();
      hold.unlock();
      room_.notify_one();
      job();
      job = nullptr;
      hold.lock();
    }
  }

  std::mutex guard_;  // guards the rest
  std::condition_variable more_;
  std::condition_variable room_;
  std::deque<std::function<void()>> jobs_;
  std::vector<std::thread> threads_;
  std::size_t idle_ = 0;
  bool ends_ = false;
};

// Handlers wait here, so that stop() ends their waiting.
class stoppable_wait : public http_wait {
 public:
  bool pause(std::chrono::nanoseconds time) override {
    std::unique_lock hold(guard_);
    return !told_.wait_for(hold, time, [&] { return stops_; });
  }

  void stop() {
    {
      std::lock_guard hold(guard_);
      stops_ = true;
    }
    told_.notify_all();
  }

 private:
  std::mutex guard_;  // guards `stops_`
  std::condition_variable told_;
  bool stops_ = false;
};

http_request read(const httplib::Request& from) {
  http_request r;
  r.method = from.method;
  r.path = from.path;
  if (std::size_t mark = from.target.find('?'); mark != std::string::npos)
    r.query = from.target.substr(mark + 1);
  for (const auto& [key, value] : from.params) r.params.emplace_back(key, value);
  r.body = from.body;
  return r;
}

void write(const http_response& from, httplib::Response& to) {
  to.status = from.status;
  to.set_header("X-Content-Type-Options", "nosniff");
  to.set_header("Cache-Control", "no-store");
  for (auto& [key, value] : from.headers) to.set_header(key, value);
  to.set_content(from.body, from.content_type);
}

http_response sorry(int status, const std::string& text) {
  http_response r;
  r.status = status;
  r.body = text + "\n";
  r.headers.emplace_back("X-Go-Pprof", "1");
  return r;
}

http_response answer(const http_request& request) {
  const endpoint* e = find_endpoint(request.path);
  if (e == nullptr) return sorry(404, "there is nothing here; see /debug/pprof/");
  try {
    return e->handle(request);
  } catch (const http_error& error) {
    return sorry(error.status, error.text);
  } catch (const std::exception& error) {
    return sorry(500, error.what());
  }
}

}  // namespace

// cpp-httplib has the process ignore SIGPIPE. That is not for us to decide, and not needed: the
// server's threads take no signals.
struct keep_sigpipe {
  struct sigaction before{};
  keep_sigpipe() { sigaction(SIGPIPE, nullptr, &before); }
  ~keep_sigpipe() { sigaction(SIGPIPE, &before, nullptr); }
};

struct server::impl {
  httplib::Server http;
  stoppable_wait wait;
  std::mutex guard;  // guards `in_progress`
  unsigned in_progress = 0;
  std::string address;
  std::uint16_t port = 0;
  std::thread acceptor;

  void set_up() {
    http.new_task_queue = [] { return new request_threads; };
    http.set_socket_options([](socket_t s) {
      int on = 1;
      setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    });
    http.set_keep_alive_max_count(1);  // a thread serves whoever asks, not whoever stays
    http.set_read_timeout(k_socket_seconds);
    http.set_write_timeout(k_socket_seconds);
    http.set_payload_max_length(k_most_body);
    // Before routing, which would match regular expressions with whatever somebody sends.
    http.set_pre_routing_handler([this](const httplib::Request& from, httplib::Response& to) {
      if (from.method != "GET" && from.method != "HEAD")
        return httplib::Server::HandlerResponse::Unhandled;
      respond(from, to);
      return httplib::Server::HandlerResponse::Handled;
    });
    http.Post("/debug/pprof/symbol",
              [this](const httplib::Request& from, httplib::Response& to) { respond(from, to); });
    http.set_error_handler([](const httplib::Request& from, httplib::Response& to) {
      if (!to.body.empty()) return;
      bool known = from.method == "GET" || from.method == "HEAD";
      write(known ? sorry(to.status, "bad request") : sorry(405, "only GET is answered here"), to);
    });
  }

  void respond(const httplib::Request& from, httplib::Response& to) {
    struct count {
      impl& in;
      unsigned n;
      explicit count(impl& of) : in(of) {
        std::lock_guard hold(in.guard);
        n = ++in.in_progress;
      }
      ~count() {
        std::lock_guard hold(in.guard);
        --in.in_progress;
      }
    } mine(*this);
    if (mine.n > k_most_requests) {
      write(sorry(503, "too many requests at once; 8 are being answered"), to);
      return;
    }
    if (!is_plausible_host(from.get_header_value("Host"))) {
      write(sorry(403, "ask for this server by its IP address, or as localhost"), to);
      return;
    }
    http_request request = read(from);
    request.server = &wait;
    write(answer(request), to);
  }

  void listen(const listen_address& at) {
    int bound = at.port;
    errno = 0;
    if (at.port == 0) {
      bound = http.bind_to_any_port(at.host);
    } else if (!http.bind_to_port(at.host, at.port)) {
      bound = -1;
    }
    if (bound <= 0) {
      int error = errno != 0 ? errno : EADDRNOTAVAIL;
      throw std::system_error(error, std::generic_category(),
                              "weft: cannot serve on " + at.host + ":" + std::to_string(at.port));
    }
    port = static_cast<std::uint16_t>(bound);
    bool v6 = at.host.find(':') != std::string::npos;
    address = (v6 ? "[" + at.host + "]" : at.host) + ":" + std::to_string(port);
    acceptor = start_tool_thread([this] {
      http.listen_after_bind();
      accept_ended.store(true);
    });
  }

  void stop() {
    wait.stop();
    std::lock_guard hold(join_guard);
    if (!acceptor.joinable()) return;
    // It cannot be stopped before it has come to its loop.
    while (!http.is_running() && !accept_ended.load()) std::this_thread::yield();
    http.stop();
    acceptor.join();
  }

  std::mutex join_guard;  // guards joining `acceptor`
  detail::shared_word<bool> accept_ended{false};
};

server::server(std::shared_ptr<impl> made) noexcept : impl_(std::move(made)) {}
const std::string& server::address() const noexcept { return impl_->address; }
std::uint16_t server::port() const noexcept { return impl_->port; }
void server::stop() { impl_->stop(); }

server serve(std::string_view address, const serve_options& options) {
  listen_address at = parse_listen_address(address);
  if (!at.loopback && !options.allow_public) {
    throw std::invalid_argument(
        "weft: " + std::string(address) +
        " can be reached from other machines, and whoever reaches the debug server can read the "
        "program's stacks and command line; serve on 127.0.0.1, or say "
        "serve_options{.allow_public = true}");
  }
  std::shared_ptr<server::impl> made;
  {
    keep_sigpipe scope;
    made = std::make_shared<server::impl>();
  }
  made->set_up();
  made->listen(at);
  // The server lives until the process ends, whether or not the handle does.
  static std::mutex guard;
  static auto* all = new std::vector<std::shared_ptr<server::impl>>;
  std::lock_guard hold(guard);
  all->push_back(made);
  return server(std::move(made));
}

}  // namespace debug
}  // namespace weft::inline WEFT_WORLD
