// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/connection.hpp>

#include "pg/io/deadline.hpp"
#include "pg/session/session.hpp"
#include "pg/session/session_access.hpp"

#include <stop_token>

namespace dsql::pg {

/// Puts a deadline and a stop token on every statement of a connection while it lives, on top of
/// the limits of each. Whoever has the connection meanwhile may move from it or replace it.
class limited_statements {
public:
    limited_statements(connection& limited, const deadline& until, const std::stop_token& stop)
        : connection_(limited), session_(session_access::find(limited)) {
        if (session_ != nullptr) {
            session_->set_outer_limits(until.at() ? call_limits(*until.at(), stop)
                                                  : call_limits(stop));
        }
    }
    ~limited_statements() {
        if (session_ != nullptr && session_access::find(connection_) == session_) {
            session_->set_outer_limits({});
        }
    }
    limited_statements(const limited_statements&) = delete;
    limited_statements& operator=(const limited_statements&) = delete;

private:
    const connection& connection_;
    session* const session_;
};

}  // namespace dsql::pg
