// SPDX-License-Identifier: Apache-2.0
// digest.cc: one call of host.io opens a file and fills the buffer from it. Nearly every file of a
// usual tree fits, so that it costs one such call; a larger one costs one per buffer.
#include "digest.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>
#include <utility>

namespace treesum {
namespace {

constexpr std::size_t k_buffer_size = 256 * 1024;

void require(bool done) {
  if (!done) throw std::runtime_error("libcrypto gives no SHA-256");
}

// A file being read. Every member but the destructor may wait for the disk.
class input {
 public:
  ~input() {
    if (file_ >= 0) ::close(file_);
  }

  // What was found a regular file may be a fifo by now: O_NONBLOCK keeps open() from waiting for a
  // writer, and what is no regular file is not read.
  int open(const std::string& path) {
    file_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    struct stat status;
    if (file_ < 0 || ::fstat(file_, &status) != 0) return errno;
    regular_ = S_ISREG(status.st_mode);
    return 0;
  }

  // Reads until the buffer is full or the file at its end.
  int fill(std::vector<unsigned char>& buffer) {
    for (size_ = 0; size_ < buffer.size();) {
      const ssize_t got = ::read(file_, buffer.data() + size_, buffer.size() - size_);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return errno;
      if (got == 0) break;
      size_ += static_cast<std::size_t>(got);
    }
    at_end_ = size_ < buffer.size();
    return 0;
  }

  bool regular() const { return regular_; }
  std::size_t size() const { return size_; }
  bool at_end() const { return at_end_; }

 private:
  int file_ = -1;
  bool regular_ = false;
  std::size_t size_ = 0;  // bytes in the buffer
  bool at_end_ = false;
};

}  // namespace

hasher::hasher()
    : algorithm_(EVP_MD_fetch(nullptr, "SHA256", nullptr)),
      context_(EVP_MD_CTX_new()),
      buffer_(k_buffer_size) {
  require(algorithm_ && context_);
}

entry hasher::digest(entry found, const host& host) {
  input input;
  int error = 0;
  host.io([&] {
    error = input.open(found.path);
    if (error == 0 && input.regular()) error = input.fill(buffer_);
  });
  if (error == 0 && !input.regular())
    return skipped(std::move(found.path), "is not a regular file");
  require(EVP_DigestInit_ex2(context_.get(), algorithm_.get(), nullptr) == 1);
  std::uintmax_t bytes = 0;
  while (error == 0) {
    require(EVP_DigestUpdate(context_.get(), buffer_.data(), input.size()) == 1);
    bytes += input.size();
    if (input.at_end()) break;
    if (host.stopped()) return found;
    host.io([&] { error = input.fill(buffer_); });
  }
  if (error != 0) return failed(std::move(found.path), error);
  require(EVP_DigestFinal_ex(context_.get(), found.digest.data(), nullptr) == 1);
  found.bytes = bytes;
  found.how = outcome::hashed;
  return found;
}

}  // namespace treesum
