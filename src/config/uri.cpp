// SPDX-License-Identifier: Apache-2.0
#include "config/uri.hpp"

#include <dsql/error.hpp>

namespace dsql::detail {

namespace {

int hex_value(char c) noexcept {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

}  // namespace

std::string percent_decode(std::string_view text, std::string_view part) {
    std::string decoded;
    decoded.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            decoded += text[i];
            continue;
        }
        const int high = i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
        const int low = i + 2 < text.size() ? hex_value(text[i + 2]) : -1;
        if (high < 0 || low < 0) {
            throw config_error("connection string: broken percent-encoding in the " +
                               std::string(part) + " at its character " + std::to_string(i + 1) +
                               "; write %25 for a percent sign");
        }
        if (high == 0 && low == 0) {
            throw config_error("connection string: %00 is not allowed in the " + std::string(part));
        }
        decoded += static_cast<char>(high * 16 + low);
        i += 2;
    }
    return decoded;
}

}  // namespace dsql::detail
