// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/observer.hpp>
#include <dsql/source_location.hpp>
#include <dsql/sql_text.hpp>

#include <chrono>
#include <cstdint>
#include <string>

namespace dsql::pg {

/// Notifies an observer of one statement: of its start in the constructor, and once of its end.
class observed_statement {
public:
    /// Sets `is_inside` to true while a function of the observer runs, because the connection must
    /// not be used then. `told` and `is_inside` must outlive this object.
    observed_statement(observer& told, bool& is_inside, const sql_text& sql);

    /// Reports that the statement succeeded and returned or changed `rows` rows.
    void end(std::int64_t rows) noexcept;
    /// Reports that the statement failed with the current exception. Call it in a catch block.
    void fail() noexcept;
    /// Reports that nobody waits for the statement any more; it may have run.
    void give_up() noexcept;

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
