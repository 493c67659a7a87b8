// SPDX-License-Identifier: Apache-2.0
// treesum: SHA-256 of every file of a tree, by a pipeline of goroutines that SIGINT cancels.
// main.cc: the order of things, and the exit status. pipeline.cc has the goroutines.
#include <weft/go.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include "interrupt.h"
#include "options.h"
#include "pipeline.h"
#include "report.h"

namespace treesum {
namespace {

constexpr int k_rounds = 5;
constexpr std::chrono::seconds k_comparing_time(2);  // no new round after that

struct close_file {
  void operator()(std::FILE* file) const {
    if (file != stdout) std::fclose(file);
  }
};
using output = std::unique_ptr<std::FILE, close_file>;

// Opened at the start, to learn at once if it can't be; emptied and written only at the end.
output open_output(const std::string& path) {
  return output(path.empty() ? stdout : std::fopen(path.c_str(), "ae"));
}

std::string reason(int error) { return std::generic_category().message(error); }

int write_output(std::FILE* out, const tally& tally) {
  struct stat status;
  if (out != stdout && ::fstat(::fileno(out), &status) == 0 && S_ISREG(status.st_mode) &&
      ::ftruncate(::fileno(out), 0) != 0) {
    return errno;
  }
  return write_lines(out, tally);
}

tally run_on_weft(const options& chosen, const interrupt& sigint, console* messages) {
  tally result;
  weft::run([&] { result = run_pipeline(chosen.root, chosen.digesters, sigint.done(), messages); });
  return result;
}

std::string goroutines(const options& chosen) {
  return std::to_string(chosen.digesters + 2) + " goroutines on " + std::to_string(weft::procs()) +
         " processors";
}

// Both read a tree that the first pass left in the page cache. They take turns, and the best of a
// few counts, so that what else the machine does meanwhile weighs little.
int compare(const options& chosen, const interrupt& sigint, console& messages) {
  tally loop, woven;
  const auto end = std::chrono::steady_clock::now() + k_comparing_time;
  for (int round = 0; round < k_rounds && !sigint.raised(); ++round) {
    const bool first = round == 0;
    if (!first && std::chrono::steady_clock::now() > end) break;
    tally a = run_plain_loop(chosen.root, [&] { return sigint.raised(); });
    tally b = run_on_weft(chosen, sigint, nullptr);
    if (first || a.seconds < loop.seconds) loop = std::move(a);
    if (first || b.seconds < woven.seconds) woven = std::move(b);
  }
  if (sigint.raised()) {
    messages.say("interrupted while comparing; the digests are complete");
    return k_interrupted;
  }
  messages.say("again, all cached, the best of a few:");
  messages.say("  pipeline    " + summary(woven));
  messages.say("  plain loop  " + summary(loop));
  char ratio[64];
  std::snprintf(ratio, sizeof ratio, "  the pipeline is %.2f times as fast",
                woven.seconds > 0 ? loop.seconds / woven.seconds : 1.0);
  messages.say(ratio);
  return k_ok;
}

int run(options chosen) {
  const output out = open_output(chosen.output);
  console messages;
  if (!out) {
    messages.say(chosen.output + ": " + reason(errno));
    return k_cannot_run;
  }
  interrupt sigint;
  if (chosen.digesters == 0) chosen.digesters = 4 * weft::procs();
  const tally first = run_on_weft(chosen, sigint, &messages);
  if (sigint.raised()) {
    messages.say("interrupted after " + std::to_string(first.hashed.size()) +
                 " files; no digests are printed");
    return k_interrupted;
  }
  if (first.root_failed) return k_cannot_run;

  sigint.end_process();
  if (!chosen.quiet) {
    if (const int error = write_output(out.get(), first)) {
      messages.say((chosen.output.empty() ? "standard output" : chosen.output) + ": " +
                   reason(error));
      return k_cannot_run;
    }
  }
  sigint.close_channel();
  messages.say(summary(first) + ", " + goroutines(chosen));
  if (first.failed != 0) {
    messages.say(std::to_string(first.failed) + " could not be read");
  }
  const int compared = chosen.compare ? compare(chosen, sigint, messages) : k_ok;
  if (compared != k_ok) return compared;
  return first.failed != 0 ? k_some_failed : k_ok;
}

}  // namespace
}  // namespace treesum

int main(int argc, char** argv) {
  int exit_status = treesum::k_ok;
  const std::optional<treesum::options> chosen = treesum::parse(argc, argv, exit_status);
  return chosen ? treesum::run(*chosen) : exit_status;
}
