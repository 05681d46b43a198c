// SPDX-License-Identifier: Apache-2.0
#include "base/secret.hpp"

#include <openssl/crypto.h>

namespace dsql::detail {

void cleanse(void* data, std::size_t size) noexcept {
    OPENSSL_cleanse(data, size);
}

void cleanse(std::string& text) noexcept {
    // The memory after the end of the text may hold a longer text that was stored before.
    text.resize(text.capacity());
    cleanse(text.data(), text.size());
    text.clear();
}

}  // namespace dsql::detail

namespace dsql {

void secret_string::append(std::string_view more) {
    if (more.empty()) {
        return;
    }
    if (bytes_.empty()) {
        bytes_.reserve(more.size() + 1);
        bytes_.push_back('\0');
    }
    bytes_.insert(bytes_.end() - 1, more.begin(), more.end());
}

void secret_string::reserve(std::size_t size) {
    bytes_.reserve(size + 1);
}

}  // namespace dsql
