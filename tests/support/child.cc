// SPDX-License-Identifier: Apache-2.0
#include "support/child.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <sstream>
#include <stdexcept>
#include <system_error>

extern char** environ;

namespace weft_test {
namespace {

using std::chrono::steady_clock;
constexpr auto k_limit = std::chrono::seconds(90);

struct pipe_ends {
  int read = -1;
  int write = -1;
  pipe_ends() {
    int both[2];
    if (pipe2(both, O_CLOEXEC) != 0)
      throw std::system_error(errno, std::generic_category(), "pipe2");
    read = both[0];
    write = both[1];
  }
  pipe_ends(const pipe_ends&) = delete;
  pipe_ends& operator=(const pipe_ends&) = delete;
  ~pipe_ends() {
    close_write();
    if (read >= 0) close(read);
  }
  void close_write() {
    if (write >= 0) close(write);
    write = -1;
  }
};

std::vector<std::string> merged_environment(const environment& env) {
  std::vector<std::string> all;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    // The library's own settings reach a child only when the test says so.
    if (!text.starts_with("WEFT_PROCS=") && !text.starts_with("WEFT_STACK_SIZE="))
      all.push_back(text);
  }
  // The children end in ways, and leave goroutines behind, that no leak check is meant for.
  all.emplace_back("ASAN_OPTIONS=detect_leaks=0");
  for (const auto& [name, value] : env) all.push_back(name + "=" + value);
  return all;
}

pid_t spawn(const std::string& name, const environment& env, const pipe_ends& out,
            const pipe_ends& err) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, out.write, 1);
  posix_spawn_file_actions_adddup2(&actions, err.write, 2);
  // A shell without job control has the commands that it starts in the background ignore these.
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t defaults;
  sigemptyset(&defaults);
  for (const int s : {SIGINT, SIGQUIT}) sigaddset(&defaults, s);
  posix_spawnattr_setsigdefault(&attributes, &defaults);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
  std::string program = WEFT_MISUSE_DRIVER;
  std::string argument = name;
  std::vector<std::string> variables = merged_environment(env);
  std::vector<char*> pointers;
  for (std::string& v : variables) pointers.push_back(v.data());
  pointers.push_back(nullptr);
  char* argv[] = {program.data(), argument.data(), nullptr};
  pid_t pid = -1;
  const int error =
      posix_spawn(&pid, program.c_str(), &actions, &attributes, argv, pointers.data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) throw std::system_error(error, std::generic_category(), program);
  return pid;
}

// Appends what can be read; false at the end of the stream.
bool drain(int fd, std::string& into) {
  std::array<char, 4096> buffer;
  const ssize_t n = read(fd, buffer.data(), buffer.size());
  if (n > 0) into.append(buffer.data(), static_cast<std::size_t>(n));
  return n > 0 || (n < 0 && errno == EINTR);
}

}  // namespace

child_result run_case(const std::string& name, const environment& env,
                      const std::function<void(pid_t)>& when_ready) {
  child_result result;
  pipe_ends out;
  pipe_ends err;
  const pid_t pid = spawn(name, env, out, err);
  out.close_write();
  err.close_write();
  const auto give_up = steady_clock::now() + k_limit;
  std::array<pollfd, 2> ends = {{{out.read, POLLIN, 0}, {err.read, POLLIN, 0}}};
  bool told = !when_ready;
  while (ends[0].fd >= 0 || ends[1].fd >= 0) {
    if (steady_clock::now() > give_up) {
      result.timed_out = true;
      kill(pid, SIGKILL);
      break;
    }
    if (poll(ends.data(), ends.size(), 200) <= 0) continue;
    if (ends[0].revents != 0 && !drain(ends[0].fd, result.out)) ends[0].fd = -1;
    if (ends[1].revents != 0 && !drain(ends[1].fd, result.err)) ends[1].fd = -1;
    if (!told && result.out.find("ready\n") != std::string::npos) {
      told = true;
      when_ready(pid);
    }
  }
  int status = 0;
  waitpid(pid, &status, 0);
  if (WIFEXITED(status)) result.exit_status = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) result.signal = WTERMSIG(status);
  return result;
}

// By hand and not by std::regex, whose recursion a long dump would overflow.
bool has_frame(const std::string& dump, const std::string& function) {
  std::istringstream lines(dump);
  bool named = false;
  for (std::string line; std::getline(lines, line);) {
    if (named && line.starts_with('\t') && line.find("_cases.cc:") != std::string::npos)
      return true;
    named = !line.starts_with('\t') && line.find(function) != std::string::npos;
  }
  return false;
}

std::size_t count_goroutines(const std::string& dump) {
  std::istringstream lines(dump);
  std::size_t n = 0;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("goroutine ") && line.ends_with("]:")) ++n;
  }
  return n;
}

std::string describe(const child_result& r) {
  return "exit status " + std::to_string(r.exit_status) + ", signal " + std::to_string(r.signal) +
         (r.timed_out ? ", timed out" : "") + "\n--- stdout\n" + r.out + "\n--- stderr\n" + r.err;
}

}  // namespace weft_test
