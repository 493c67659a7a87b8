// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the stages hand to one another, and what they ask of the program that runs them.
// Nothing here or in walk and digest knows of weft: the pipeline and the plain loop share them.
#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <system_error>
#include <utility>

namespace treesum {

enum class outcome {
  found,    // a regular file, not yet read
  hashed,   // digest and bytes are set
  failed,   // reason says why; the exit status will tell
  skipped,  // nothing to hash, by its nature; reason says what it is
};

struct entry {
  std::string path;
  outcome how = outcome::found;
  std::array<unsigned char, 32> digest{};
  std::uintmax_t bytes = 0;
  std::string reason{};
};

inline entry failed(std::string path, int error) {
  return {.path = std::move(path),
          .how = outcome::failed,
          .reason = std::generic_category().message(error)};
}

inline entry skipped(std::string path, std::string reason) {
  return {.path = std::move(path), .how = outcome::skipped, .reason = std::move(reason)};
}

struct host {
  // Runs a function that may wait for a disk.
  std::function<void(const std::function<void()>&)> io;
  // Asked between two such calls: true ends the work early.
  std::function<bool()> stopped;
};

}  // namespace treesum
