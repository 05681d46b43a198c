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

void reserve_secure(std::string& text, std::size_t more) {
    if (text.capacity() - text.size() >= more) {
        return;
    }
    std::string larger;
    larger.reserve(2 * text.size() + more);
    larger += text;
    cleanse(text);
    text.swap(larger);
}

void append_secret(std::string& text, std::string_view more) {
    reserve_secure(text, more.size());
    text += more;
}

}  // namespace dsql::detail
