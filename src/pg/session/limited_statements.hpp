// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/connection.hpp>

#include "pg/io/deadline.hpp"
#include "pg/session/session.hpp"

#include <stop_token>

namespace dsql::pg {

/// Puts a deadline and a stop token on every statement of a session while it lives, on top of the
/// limits of each.
class limited_statements {
public:
    limited_statements(session& limited, const deadline& until, const std::stop_token& stop)
        : session_(limited) {
        session_.set_outer_limits(until.at() ? call_limits(*until.at(), stop) : call_limits(stop));
    }
    ~limited_statements() { session_.set_outer_limits({}); }
    limited_statements(const limited_statements&) = delete;
    limited_statements& operator=(const limited_statements&) = delete;

private:
    session& session_;
};

}  // namespace dsql::pg
