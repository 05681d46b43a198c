// SPDX-License-Identifier: Apache-2.0
#include "base/stay_loaded.hpp"

#include <dlfcn.h>
#include <link.h>

namespace dsql::detail {

void stay_loaded(std::atomic<bool>& stays) noexcept {
    if (stays) {
        return;
    }
    Dl_info found{};
    void* map = nullptr;
    if (dladdr1(&stays, &found, &map, RTLD_DL_LINKMAP) == 0 || map == nullptr) {
        return;
    }
    const char* const path = static_cast<link_map*>(map)->l_name;
    const bool is_program = path == nullptr || *path == '\0';
    stays = is_program || dlopen(path, RTLD_LAZY | RTLD_NOLOAD | RTLD_NODELETE) != nullptr;
}

}  // namespace dsql::detail
