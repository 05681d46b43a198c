// SPDX-License-Identifier: Apache-2.0
#include "base/secret.hpp"

#include <openssl/crypto.h>

namespace dsql::detail {

void cleanse(void* data, std::size_t size) noexcept {
    OPENSSL_cleanse(data, size);
}

void cleanse(std::string& text) noexcept {
    // Behind its end there may be more: what it held before it became shorter.
    text.resize(text.capacity());
    cleanse(text.data(), text.size());
    text.clear();
}

}  // namespace dsql::detail
