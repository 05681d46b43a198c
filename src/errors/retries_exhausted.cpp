// SPDX-License-Identifier: Apache-2.0
#include <dsql/retries_exhausted.hpp>

namespace dsql {

retries_exhausted::~retries_exhausted() = default;

}  // namespace dsql
