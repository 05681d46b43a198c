// SPDX-License-Identifier: Apache-2.0
#include "base/stay_loaded.hpp"

#include <dlfcn.h>
#include <link.h>

#include <atomic>

namespace dsql::detail {

namespace {

// Global, because there is one library. Its address also tells the dynamic linker which library
// this is.
constinit std::atomic<bool> stays_loaded = false;

}  // namespace

void stay_loaded() noexcept {
    if (stays_loaded.exchange(true)) {
        return;
    }
    Dl_info found{};
    void* map = nullptr;
    if (dladdr1(&stays_loaded, &found, &map, RTLD_DL_LINKMAP) == 0 || map == nullptr) {
        return;
    }
    const char* const path = static_cast<link_map*>(map)->l_name;
    if (path != nullptr && *path != '\0') {  // an empty path is the program itself
        static_cast<void>(dlopen(path, RTLD_LAZY | RTLD_NOLOAD | RTLD_NODELETE));
    }
}

}  // namespace dsql::detail
