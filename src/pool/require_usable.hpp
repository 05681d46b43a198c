// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/connection.hpp>
#include <dsql/error.hpp>

#include <string>

namespace dsql::detail {

/// Throws `error` for a connection that a hook has left unusable: a transaction left open would
/// swallow what the next user writes.
inline void require_usable(const connection& session, const char* hook) {
    if (!session.is_idle()) {
        throw error(std::string(hook) +
                    " left its connection closed, or inside a transaction; commit or roll back "
                    "what it begins");
    }
}

}  // namespace dsql::detail
