// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/observer.hpp>
#include <dsql/source_location.hpp>
#include <dsql/sql_text.hpp>

#include <chrono>
#include <cstdint>
#include <string>

namespace dsql::pg {

/// Tells an observer of one statement: of its start when it is made, and once of its end.
class observed_statement {
public:
    /// `is_inside` is true while a function of the observer runs, in which the connection must not
    /// be used. Both outlive this.
    observed_statement(observer& told, bool& is_inside, const sql_text& sql);

    /// The statement succeeded and returned or changed so many rows.
    void end(std::int64_t rows) noexcept;
    /// The statement failed with the exception that is being handled. To be called in a handler.
    void fail() noexcept;

private:
    void tell_end(std::int64_t rows, const std::exception* failure) noexcept;

    observer& told_;
    bool& is_inside_;
    std::string sql_;
    source_location where_;
    observer::span span_ = 0;
    std::chrono::steady_clock::time_point since_{};
};

}  // namespace dsql::pg
