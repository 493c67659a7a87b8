// SPDX-License-Identifier: Apache-2.0
// walk.cc: reads directories with one of them open at a time, so that neither the depth of a tree
// nor its width is bounded by file descriptors, stack or memory for names.
#include "walk.h"

#include <dirent.h>
#include <sys/stat.h>

#include <cerrno>
#include <filesystem>
#include <memory>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace treesum {
namespace {

constexpr std::size_t k_names_per_batch = 64;

struct close_directory {
  void operator()(DIR* directory) const { ::closedir(directory); }
};

std::string join(const std::string& directory, std::string_view name) {
  std::string path = directory;
  if (!path.ends_with('/')) path += '/';
  return path += name;
}

entry classify(std::string path, mode_t mode) {
  switch (mode & S_IFMT) {
    case S_IFREG:
      return {.path = std::move(path)};
    case S_IFIFO:
      return skipped(std::move(path), "is a fifo");
    case S_IFSOCK:
      return skipped(std::move(path), "is a socket");
    case S_IFCHR:
    case S_IFBLK:
      return skipped(std::move(path), "is a device");
    default:
      return skipped(std::move(path), "is not a regular file");
  }
}

// True for a link that leads to itself, to its own directory, or to one above that.
bool is_loop(const std::string& link, const std::string& directory) {
  namespace fs = std::filesystem;
  std::error_code error;
  const std::string target = fs::canonical(link, error).native();
  if (error) return error == std::errc::too_many_symbolic_link_levels;
  const std::string here = fs::canonical(directory, error).native();
  if (error || !here.starts_with(target)) return false;
  return here.size() == target.size() || target == "/" || here[target.size()] == '/';
}

class walker {
 public:
  explicit walker(std::string root) : root_(std::move(root)) {}

  // Puts what the next few names are into batch, perhaps nothing. False: there are no more.
  bool next(std::vector<entry>& batch) {
    if (!started_) return start(batch);
    if (!open_ && !open_next(batch)) return false;
    for (std::size_t n = 0; open_ && n < k_names_per_batch; ++n) read_name(batch);
    return true;
  }

 private:
  // The root alone is followed when it is a symbolic link.
  bool start(std::vector<entry>& batch) {
    started_ = true;
    struct stat status;
    if (::stat(root_.c_str(), &status) != 0) {
      batch.push_back(failed(root_, errno));
    } else if (S_ISDIR(status.st_mode)) {
      pending_.push_back(root_);
    } else {
      batch.push_back(classify(root_, status.st_mode));
    }
    return true;
  }

  bool open_next(std::vector<entry>& batch) {
    if (pending_.empty()) return false;
    directory_ = std::move(pending_.back());
    pending_.pop_back();
    open_.reset(::opendir(directory_.c_str()));
    if (!open_) batch.push_back(failed(directory_, errno));
    return true;
  }

  void read_name(std::vector<entry>& batch) {
    errno = 0;
    const dirent* found = ::readdir(open_.get());
    if (found == nullptr) {
      if (errno != 0) batch.push_back(failed(directory_, errno));
      open_.reset();
      return;
    }
    const std::string_view name = found->d_name;
    if (name == "." || name == "..") return;
    std::string path = join(directory_, name);
    auto mode = static_cast<mode_t>(DTTOIF(found->d_type));
    if (found->d_type == DT_UNKNOWN) {  // some file systems do not tell
      struct stat status;
      if (::lstat(path.c_str(), &status) != 0) return batch.push_back(failed(path, errno));
      mode = status.st_mode;
    }
    if (S_ISDIR(mode)) {
      pending_.push_back(std::move(path));
    } else if (!S_ISLNK(mode)) {
      batch.push_back(classify(std::move(path), mode));
    } else if (is_loop(path, directory_)) {
      batch.push_back(skipped(std::move(path), "is a loop of symbolic links"));
    }
  }

  const std::string root_;
  bool started_ = false;
  std::vector<std::string> pending_;  // directories still to be read
  std::string directory_;             // the one being read: open_
  std::unique_ptr<DIR, close_directory> open_;
};

}  // namespace

void walk(const std::string& root, const host& host, const std::function<bool(entry)>& visit) {
  walker walker(root);
  std::vector<entry> batch;
  for (bool more = true; more && !host.stopped();) {
    batch.clear();
    host.io([&] { more = walker.next(batch); });
    for (entry& found : batch) {
      if (!visit(std::move(found))) return;
    }
  }
}

}  // namespace treesum
