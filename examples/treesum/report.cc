// SPDX-License-Identifier: Apache-2.0
// report.cc: lines on standard output, messages and progress on standard error.
#include "report.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <utility>

namespace treesum {
namespace {

// Newline, carriage return and backslash, as sha256sum writes them: a name never breaks a line.
std::string escaped(std::string_view path) {
  std::string text;
  for (const char c : path) {
    switch (c) {
      case '\n':
        text += "\\n";
        break;
      case '\r':
        text += "\\r";
        break;
      case '\\':
        text += "\\\\";
        break;
      default:
        text += c;
    }
  }
  return text;
}

std::string with_unit(double value, const char* unit) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f %s", value < 10 ? 2 : 1, value, unit);
  return text;
}

}  // namespace

void tally::add(entry found, const std::string& root) {
  if (found.how == outcome::hashed) {
    bytes += found.bytes;
    hashed.push_back(std::move(found));
    return;
  }
  if (found.how == outcome::failed) ++failed;
  if (found.path == root) root_failed = true;
}

void tally::finish(std::chrono::steady_clock::time_point start) {
  std::ranges::sort(hashed, {}, &entry::path);
  seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

std::string line(const entry& found) {
  static constexpr char k_hex[] = "0123456789abcdef";
  const std::string path = escaped(found.path);
  std::string text = path == found.path ? "" : "\\";
  for (const unsigned byte : found.digest) {
    text += k_hex[byte >> 4];
    text += k_hex[byte & 15];
  }
  return text + "  " + path + "\n";
}

int write_lines(std::FILE* out, const tally& tally) {
  for (const entry& found : tally.hashed) {
    const std::string text = line(found);
    if (std::fwrite(text.data(), 1, text.size(), out) != text.size()) return errno;
  }
  return std::fflush(out) == 0 ? 0 : errno;
}

console::console() : terminal_(::isatty(STDERR_FILENO) == 1) {}

void console::clear() {
  if (shown_) std::fputs("\r\033[K", stderr);
  shown_ = false;
}

void console::say(const std::string& text) {
  clear();
  std::fprintf(stderr, "treesum: %s\n", text.c_str());
}

void console::say(const entry& found) {
  const char* const kind = found.how == outcome::skipped ? "skipped: " : "";
  say(escaped(found.path) + ": " + kind + found.reason);
}

void console::progress(const tally& tally) {
  clear();
  std::fprintf(stderr, "treesum: %zu files, %.1f MB", tally.hashed.size(),
               static_cast<double>(tally.bytes) / 1e6);
  shown_ = true;
}

std::string summary(const tally& tally) {
  const double megabytes = static_cast<double>(tally.bytes) / 1e6;
  const std::string rate = with_unit(tally.seconds > 0 ? megabytes / tally.seconds : 0, "MB/s");
  return std::to_string(tally.hashed.size()) + " files, " + with_unit(megabytes, "MB") + ", " +
         with_unit(tally.seconds, "s") + ", " + rate;
}

}  // namespace treesum
