// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/connection.hpp>

#include "pg/io/deadline.hpp"

#include <stop_token>

namespace dsql::pg {

/// Puts a deadline and a stop token on every statement of a connection while it lives. The
/// connection stays where it is meanwhile.
class limited_statements {
public:
    limited_statements(connection& session, const deadline& until, const std::stop_token& stop)
        : session_(session) {
        session_.deadline_ = until.at();
        session_.stop_ = stop;
    }
    ~limited_statements() {
        session_.deadline_.reset();
        session_.stop_ = {};
    }
    limited_statements(const limited_statements&) = delete;
    limited_statements& operator=(const limited_statements&) = delete;

private:
    connection& session_;
};

}  // namespace dsql::pg
