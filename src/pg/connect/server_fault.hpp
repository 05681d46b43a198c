// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/error.hpp>

#include <string>

namespace dsql::pg {

/// Why a server is not trusted: the reason, and the same for the text of an error. No fault if the
/// reason is `none`.
struct server_fault {
    distrust_reason reason = distrust_reason::none;
    std::string text{};
};

}  // namespace dsql::pg
