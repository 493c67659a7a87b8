// SPDX-License-Identifier: Apache-2.0
// options.cc: getopt_long, and the text of -h.
#include "options.h"

#include <getopt.h>

#include <charconv>
#include <cstdio>
#include <cstring>

namespace treesum {
namespace {

constexpr unsigned k_most_digesters = 1000;

constexpr char k_usage[] = "Usage: treesum [-j N] [-q | -o FILE] [--no-compare] [DIRECTORY]\n";

constexpr char k_help[] =
    "SHA-256 of every file under DIRECTORY (default /usr/include), sorted by name and printed as\n"
    "sha256sum does. Then the pipeline and a plain loop do the work again in turn, and the best\n"
    "times of the two are compared.\n"
    "\n"
    "  -j, --jobs N       digest N files at once (default: four per processor)\n"
    "  -q, --quiet        do not print the digests\n"
    "  -o, --output FILE  write the digests to FILE, which changes only when all are there\n"
    "      --no-compare   only the digests, once\n"
    "  -h, --help         print this and exit\n"
    "\n"
    "Exit status: 0 all is well, 1 some file could not be read, 2 nothing could be done,\n"
    "130 interrupted (a second ^C ends it on the spot).\n";

bool read_number(const char* text, unsigned& number) {
  const char* const end = text + std::strlen(text);
  const auto [stop, error] = std::from_chars(text, end, number);
  return error == std::errc() && stop == end && number >= 1 && number <= k_most_digesters;
}

}  // namespace

std::optional<options> parse(int argc, char** argv, int& exit_status) {
  static constexpr option k_long[] = {
      {"jobs", required_argument, nullptr, 'j'},   {"quiet", no_argument, nullptr, 'q'},
      {"output", required_argument, nullptr, 'o'}, {"no-compare", no_argument, nullptr, 'n'},
      {"help", no_argument, nullptr, 'h'},         {nullptr, 0, nullptr, 0}};
  static char program[] = "treesum";  // the name in getopt's own messages
  argv[0] = program;
  options chosen;
  bool right = true;
  for (int c = 0; right && (c = ::getopt_long(argc, argv, "j:qo:h", k_long, nullptr)) != -1;) {
    switch (c) {
      case 'j':
        right = read_number(optarg, chosen.digesters);
        if (!right) {
          std::fprintf(stderr, "treesum: -j %s: not a number from 1 to %u\n", optarg,
                       k_most_digesters);
        }
        break;
      case 'q':
        chosen.quiet = true;
        break;
      case 'o':
        chosen.output = optarg;
        break;
      case 'n':
        chosen.compare = false;
        break;
      case 'h':
        std::printf("%s%s", k_usage, k_help);
        exit_status = k_ok;
        return std::nullopt;
      default:
        right = false;
    }
  }
  if (right && argc - optind > 1) {
    std::fprintf(stderr, "treesum: one directory at a time\n");
    right = false;
  }
  if (!right) {
    std::fputs(k_usage, stderr);
    exit_status = k_cannot_run;
    return std::nullopt;
  }
  if (optind < argc) chosen.root = argv[optind];
  return chosen;
}

}  // namespace treesum
