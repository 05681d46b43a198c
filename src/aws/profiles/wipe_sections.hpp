// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "aws/wipe.hpp"

namespace dsql::detail {

/// Overwrites the values of all settings in all sections: some are keys.
template <class Sections>
void wipe_sections(Sections& sections) noexcept {
    for (auto& [name, settings] : sections) {
        for (auto& [key, value] : settings) {
            wipe(value);
        }
    }
}

}  // namespace dsql::detail
