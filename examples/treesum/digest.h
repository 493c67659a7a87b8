// SPDX-License-Identifier: Apache-2.0
#pragma once
// Reads one file after the other and digests it. Each digesting goroutine owns a hasher, and so
// does the plain loop.
#include <openssl/evp.h>

#include <cstddef>
#include <memory>
#include <vector>

#include "entry.h"

namespace treesum {

class hasher {
 public:
  hasher();

  // Gives found with its digest, or with the reason why there is none.
  // If host.stopped() says so midway, found comes back as it was: not yet read.
  entry digest(entry found, const host& host);

 private:
  struct release {
    void operator()(EVP_MD* algorithm) const { EVP_MD_free(algorithm); }
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  };

  std::unique_ptr<EVP_MD, release> algorithm_;
  std::unique_ptr<EVP_MD_CTX, release> context_;
  std::vector<unsigned char> buffer_;
};

}  // namespace treesum
