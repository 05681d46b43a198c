// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/error.hpp>
#include <dsql/export.hpp>

#include <exception>
#include <optional>
#include <string>

namespace dsql {

/// With what a transaction has met. Source: Aurora DSQL User Guide, "Concurrency control".
enum class conflict_kind {
    /// OC000: another transaction has written the same rows, or locked them by FOR UPDATE or FOR
    /// KEY SHARE, and was first to commit.
    data,
    /// OC001: the catalog was changed by DDL, GRANT or REVOKE. The same session's next try knows
    /// the new one.
    schema,
};

/// DSQL has refused a statement or a COMMIT because of another transaction, SQLSTATE 40001:
/// nothing of the transaction remains, and all of it may be run again.
class DSQL_EXPORT occ_conflict : public server_error {
public:
    /// Of a report that `conflict_kind_of` calls a conflict.
    explicit occ_conflict(server_error_fields fields, std::string query = {},
                          source_location where = {});

    /// With what it has met.
    [[nodiscard]] conflict_kind kind() const noexcept { return kind_; }

private:
    conflict_kind kind_;
};

/// The conflict that a server reports, if it is one: SQLSTATE 40001 with OC000 or OC001 in its
/// message, one of these as SQLSTATE, and 40001 alone, which counts as `data`. Only the markers are
/// looked at: the rest of the text has changed before.
[[nodiscard]] DSQL_EXPORT std::optional<conflict_kind> conflict_kind_of(
    const server_error_fields& fields) noexcept;

/// Whether a failure is a conflict with another transaction: an `occ_conflict`, or another
/// `server_error` of that content, such as a `batch_error`.
[[nodiscard]] DSQL_EXPORT bool is_occ_conflict(const std::exception& thrown) noexcept;

}  // namespace dsql
