// SPDX-License-Identifier: Apache-2.0
#include <dsql/codecs/integers.hpp>

namespace dsql::detail {

void throw_does_not_fit(long long value) {
    throw conversion_error("the value " + std::to_string(value) + " does not fit");
}

void throw_does_not_fit(unsigned long long value) {
    throw conversion_error("the value " + std::to_string(value) + " does not fit");
}

}  // namespace dsql::detail
