// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/error.hpp>

#include <optional>

struct pg_result;

namespace dsql::pg {

/// What a server has sent while no statement was under way. It may send notices, changes of its
/// settings, and an error before it ends the session. Anything else shows that client and server
/// are out of step: the result of an earlier statement came late, or more than once.
class unasked_input {
public:
    /// Looks at what libpq reports as a notice. Returns false for a real one. libpq reports all
    /// errors like this while no statement is under way, and with a notice of its own, which has no
    /// SQLSTATE, that it has discarded a message.
    [[nodiscard]] bool note(const pg_result* notice) noexcept;

    /// Notes a message that libpq was not given.
    void note_other() noexcept { has_other_ = true; }

    /// Whether nothing came that belongs to a statement, and no error.
    [[nodiscard]] bool is_in_step() const noexcept { return !has_other_ && !error_; }
    /// The first error that the server has sent.
    [[nodiscard]] const std::optional<server_error_fields>& error() const noexcept {
        return error_;
    }
    /// Whether that error ended the session.
    [[nodiscard]] bool has_ended_session() const noexcept;

private:
    std::optional<server_error_fields> error_{};
    bool has_other_ = false;
};

}  // namespace dsql::pg
