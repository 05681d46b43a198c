// SPDX-License-Identifier: Apache-2.0
#include "base/secret.hpp"

#include "base/platform.hpp"

#include <algorithm>
#include <cstring>
#include <memory>
#include <utility>

namespace dsql::detail {

// Not OPENSSL_cleanse, which overwrites 8 bytes at a time: a token would take 3 % longer.
void cleanse(void* data, std::size_t size) noexcept {
    if (size > 0) {  // `data` may be null otherwise
        overwrite(data, size);
    }
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
    const std::size_t size = size_ + more.size();
    if (size >= capacity()) {
        reserve(std::max(size, 2 * size_));
    }
    std::memcpy(bytes_.get() + size_, more.data(), more.size());
    bytes_[size] = '\0';
    size_ = size;
}

void secret_string::reserve(std::size_t size) {
    const std::size_t wanted = size + 1;
    if (wanted <= capacity()) {
        return;
    }
    std::unique_ptr<char[], detail::cleansing_delete> larger(new char[wanted],
                                                             {.capacity = wanted});
    std::memcpy(larger.get(), c_str(), size_ + 1);
    bytes_ = std::move(larger);
}

}  // namespace dsql
