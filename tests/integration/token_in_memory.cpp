// SPDX-License-Identifier: Apache-2.0
// Connects a pool to the endpoint that the environment names, and closes it. Prints how many tokens
// are in memory before, while the pool is connected, and afterwards.
//
// libpq and OpenSSL free memory that holds copies of a token without overwriting it. This program
// overwrites what they free, so that it finds only copies of the library.
#include <dsql/pool.hpp>
#include <dsql/secret_string.hpp>

#include "integration/endpoint_under_test.hpp"
#include "support/memory_scan.hpp"

#include <malloc.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <exception>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>

extern "C" {
// The functions of glibc that are replaced below.
void* __libc_malloc(std::size_t size);  // NOLINT(bugprone-reserved-identifier)
void __libc_free(void* memory);         // NOLINT(bugprone-reserved-identifier)
void* __libc_realloc(void* memory,      // NOLINT(bugprone-reserved-identifier)
                     std::size_t size);
}

namespace {

struct code_range {
    std::uintptr_t begin = 0;
    std::uintptr_t end = 0;
};

// The code of libpq and OpenSSL. An array, because `free` reads it and must not allocate.
std::array<code_range, 8> foreign_code;

void find_foreign_code() {
    std::size_t count = 0;
    std::ifstream maps("/proc/self/maps");
    for (std::string line; std::getline(maps, line) && count < foreign_code.size();) {
        const bool is_code = line.find("r-xp") != std::string::npos;
        for (const char* name : {"/libpq.", "/libssl.", "/libcrypto."}) {
            if (is_code && line.find(name) != std::string::npos) {
                code_range& range = foreign_code.at(count++);
                char dash = 0;
                std::istringstream(line) >> std::hex >> range.begin >> dash >> range.end;
            }
        }
    }
}

bool is_foreign(const void* caller) {
    const auto place = reinterpret_cast<std::uintptr_t>(caller);
    return std::any_of(foreign_code.begin(), foreign_code.end(), [place](const code_range& range) {
        return place >= range.begin && place < range.end;
    });
}

void wipe(void* memory) {
    dsql::detail::cleanse(memory, malloc_usable_size(memory));
}

}  // namespace

extern "C" [[gnu::visibility("default")]] void free(void* memory) {
    if (memory != nullptr && is_foreign(__builtin_return_address(0))) {
        wipe(memory);
    }
    __libc_free(memory);
}

extern "C" [[gnu::visibility("default")]] void* realloc(void* memory, std::size_t size) {
    if (memory == nullptr || size == 0 || !is_foreign(__builtin_return_address(0))) {
        return __libc_realloc(memory, size);
    }
    void* const moved = __libc_malloc(size);
    if (moved != nullptr) {
        std::memcpy(moved, memory, std::min(size, malloc_usable_size(memory)));
        wipe(memory);
        __libc_free(memory);
    }
    return moved;
}

int main() {
    try {
        find_foreign_code();
        const masked_text part_of_a_token(masked_text::mask("&X-Amz-Signature="));
        const int before = count_in_memory(part_of_a_token);
        int during = 0;
        {
            dsql::pool pool(endpoint_under_test());
            pool.ping();
            during = count_in_memory(part_of_a_token);
        }
        std::cout << before << ' ' << during << ' ' << count_in_memory(part_of_a_token) << '\n';
        return 0;
    } catch (const std::exception& failure) {
        std::cerr << failure.what() << '\n';
        return 1;
    }
}
