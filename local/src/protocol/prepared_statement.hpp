// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocol/shared_state.hpp"
#include "sql/sql_statement.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace dsql_local {

/// What a statement does to the session, besides what the policy decides about.
struct session_effects {
    bool drops_statements = false;     ///< DEALLOCATE or DISCARD
    std::string dropped_name = {};     ///< the name after DEALLOCATE; empty for ALL
    bool may_cancel_backends = false;  ///< names pg_cancel_backend()
};

/// Returns the effects of one statement.
session_effects find_session_effects(std::string_view statement);

/// A statement that a client has prepared, usually with Parse.
struct prepared_statement {
    sql_statement statement;
    session_effects effects;
    /// The text with a NUL, and the types of its parameters, as in the Parse; empty if they are too
    /// long to be kept.
    std::string parse_tail = {};

    /// Whether later statements are decided differently if this one fails.
    bool changes_decisions() const noexcept {
        return effects.drops_statements || controls_transaction(statement);
    }
    /// Returns what the name of a PREPARE stands for. Precondition: it is a PREPARE.
    std::shared_ptr<const prepared_statement> make_prepared() const {
        return std::make_shared<const prepared_statement>(prepared_statement{
            *statement.prepared, {.may_cancel_backends = effects.may_cancel_backends}});
    }
    static bool controls_transaction(const sql_statement& statement) noexcept {
        return statement.kind == statement_kind::begin ||
               statement.kind == statement_kind::commit ||
               statement.kind == statement_kind::rollback;
    }
};

/// Returns what must be known about the text of a Parse. PostgreSQL rejects a text of several
/// statements, so such a text counts as an empty one.
std::shared_ptr<prepared_statement> prepare_statement(std::string_view sql,
                                                      const shared_state& shared);

/// Returns the statements of a simple query.
std::vector<prepared_statement> split_query(std::string_view sql, const shared_state& shared);

}  // namespace dsql_local
