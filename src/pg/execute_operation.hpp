// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/parameters.hpp>
#include <dsql/result.hpp>

#include "pg/io/operation.hpp"

#include <optional>
#include <string>

struct pg_conn;
struct pg_result;

namespace dsql::pg {

/// Sends one statement and collects its whole answer.
class execute_operation final : public operation {
public:
    /// Hands the statement to libpq, which need not have sent any of it yet.
    /// Throws `connection_error` when the connection is not up.
    execute_operation(pg_conn* handle, const std::string& sql, const parameters& values);

    wait_for step() override;
    [[nodiscard]] int socket() const override;

    /// The answer; call it once, after `done`. Throws `server_error` when the server refused.
    [[nodiscard]] result take();

private:
    /// Whether all results have been read.
    [[nodiscard]] bool read_results();
    void keep(result next, const pg_result* view);
    [[noreturn]] void fail() const;

    pg_conn* handle_;
    bool flushed_ = false;
    std::optional<result> last_;
    const pg_result* last_view_ = nullptr;
};

}  // namespace dsql::pg
