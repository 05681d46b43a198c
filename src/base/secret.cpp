// SPDX-License-Identifier: Apache-2.0
#include "base/secret.hpp"

#include <openssl/crypto.h>

namespace dsql::detail {

void wipe(void* data, std::size_t size) noexcept {
    OPENSSL_cleanse(data, size);
}

void wipe(std::string& text) noexcept {
    // Behind its end there may be more: what it held before it became shorter.
    text.resize(text.capacity());
    wipe(text.data(), text.size());
    text.clear();
}

void make_room(std::string& text, std::size_t more) {
    if (text.capacity() - text.size() >= more) {
        return;
    }
    std::string larger;
    larger.reserve(2 * text.size() + more);
    larger += text;
    wipe(text);
    text.swap(larger);
}

void append_secret(std::string& text, std::string_view more) {
    make_room(text, more.size());
    text += more;
}

}  // namespace dsql::detail
