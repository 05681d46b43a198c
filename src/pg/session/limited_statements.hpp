// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/connection.hpp>

#include "pg/io/deadline.hpp"
#include "pg/session/session.hpp"
#include "pg/session/session_access.hpp"

#include <stop_token>

namespace dsql::pg {

/// During its lifetime, applies a deadline and a stop token to every statement of a connection, in
/// addition to the statement's own limits. The connection may be moved from or replaced during that
/// time.
class scoped_call_limits {
public:
    scoped_call_limits(connection& limited, const deadline& until, const std::stop_token& stop)
        : connection_(limited), session_(session_access::find(limited)) {
        if (session_ != nullptr) {
            session_->set_outer_limits(until.at() ? call_limits(*until.at(), stop)
                                                  : call_limits(stop));
        }
    }
    ~scoped_call_limits() {
        if (session_ != nullptr && session_access::find(connection_) == session_) {
            session_->set_outer_limits({});
        }
    }
    scoped_call_limits(const scoped_call_limits&) = delete;
    scoped_call_limits& operator=(const scoped_call_limits&) = delete;

private:
    const connection& connection_;
    session* const session_;
};

}  // namespace dsql::pg
