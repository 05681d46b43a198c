// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/connection.hpp>

#include "pg/session/session.hpp"

#include <memory>
#include <utility>

namespace dsql::pg {

/// Gives the rest of the library access to the session of a connection.
struct session_access {
    [[nodiscard]] static connection connect(owned_handle handle, const session_options& options,
                                            std::shared_ptr<schema_version> schema) {
        return connection(std::make_shared<session>(std::move(handle), options, std::move(schema)));
    }
    /// Returns null for a connection that was moved from.
    [[nodiscard]] static session* find(const connection& open) noexcept {
        return open.session_.get();
    }
    [[nodiscard]] static detail::session_pin pin(connection& open) {
        return open.pin_session({}, {});
    }
    [[nodiscard]] static session& of(connection& open) { return open.session(); }
};

}  // namespace dsql::pg
