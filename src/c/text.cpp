// SPDX-License-Identifier: Apache-2.0
#include "c/text.hpp"

#include <dsql/secret_string.hpp>
#include <dsql/version.hpp>

#include <dsql.h>

#include <chrono>
#include <cstring>

namespace dsql::detail {

char* copy_to(char* memory, std::string_view text) noexcept {
    if (!text.empty()) {
        std::memcpy(memory, text.data(), text.size());
    }
    memory[text.size()] = '\0';
    return memory;
}

char* copy_for_c(std::string_view text) {
    return copy_to(new char[text.size() + 1], text);
}

call_limits limits_of(int timeout_ms) {
    return timeout_ms < 0 ? call_limits() : within{std::chrono::milliseconds(timeout_ms)};
}

}  // namespace dsql::detail

extern "C" {

const char* dsql_version() noexcept {
    return dsql::version.data();  // a literal, which ends with a null character
}

int dsql_version_number() noexcept {
    return DSQL_VERSION_NUMBER;
}

void dsql_string_free(char* text) noexcept {
    if (text != nullptr) {
        dsql::detail::cleanse(text, std::strlen(text));
        delete[] text;
    }
}
}
