// SPDX-License-Identifier: Apache-2.0
#include "aws/http/curl_memory.hpp"

#include "base/fork_guard.hpp"
#include "base/platform.hpp"
#include "base/secret.hpp"
#include "base/stay_loaded.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <cstring>

namespace dsql::aws {

namespace {

// Global, because libcurl has one set of functions in a process.
constinit std::atomic<bool> stays_here = false;

// NOLINTBEGIN(cppcoreguidelines-no-malloc): libcurl's interface

void overwriting_free(void* memory) noexcept {
    if (memory != nullptr) {
        detail::cleanse(memory, detail::allocated_size(memory));
        std::free(memory);
    }
}

void* overwriting_realloc(void* memory, std::size_t size) noexcept {
    void* const moved = std::malloc(size);
    if (memory != nullptr && moved != nullptr) {
        std::memcpy(moved, memory, std::min(size, detail::allocated_size(memory)));
        overwriting_free(memory);
    }
    return moved;
}

// NOLINTEND(cppcoreguidelines-no-malloc)

bool initialize() noexcept {
    return stays_here
               ? curl_global_init_mem(CURL_GLOBAL_DEFAULT, &std::malloc, &overwriting_free,
                                      &overwriting_realloc, &strdup, &std::calloc) == CURLE_OK
               : curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
}

}  // namespace

void allow_curl_to_overwrite() noexcept {
    detail::stay_loaded(stays_here);
}

void initialize_libcurl() noexcept {
    const detail::fork_gate no_fork;  // while the variable below is initialized
    // If it fails, curl_easy_init tries again and reports it.
    [[maybe_unused]] static const bool is_initialized = initialize();
}

}  // namespace dsql::aws
