// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "../fork_mark.hpp"

namespace dsql::pg {

using detail::fork_mark;

}  // namespace dsql::pg
