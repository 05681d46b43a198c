// SPDX-License-Identifier: Apache-2.0
#include <dsql/codec.hpp>

namespace dsql::detail {

void throw_wrong_size(const binary_value& value) {
    throw conversion_error("a value of " + std::to_string(value.size) +
                           " bytes is none of this type in binary");
}

}  // namespace dsql::detail
