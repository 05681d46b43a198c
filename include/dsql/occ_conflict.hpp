// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/error.hpp>
#include <dsql/export.hpp>

#include <exception>
#include <optional>
#include <string>

namespace dsql {

/// What a transaction has conflicted with. Source: Aurora DSQL User Guide, "Concurrency control".
enum class conflict_kind {
    /// OC000: another transaction has written the same rows, or locked them by FOR UPDATE or FOR
    /// KEY SHARE, and was first to commit.
    data,
    /// OC001: the catalog was changed by DDL, GRANT or REVOKE. The next attempt of the same session
    /// sees the new catalog.
    schema,
};

/// DSQL has rejected a statement or a COMMIT because of another transaction (SQLSTATE 40001).
/// Nothing of the transaction remains, and the whole transaction may be run again.
class DSQL_EXPORT occ_conflict : public server_error {
public:
    /// From an error that `conflict_kind_of` recognizes as a conflict.
    explicit occ_conflict(server_error_fields fields, std::string query = {},
                          source_location where = {});

    /// What the transaction has conflicted with.
    [[nodiscard]] conflict_kind kind() const noexcept { return kind_; }

private:
    conflict_kind kind_;
};

/// Returns the kind of conflict that the error of a server reports, or none. A conflict has
/// SQLSTATE 40001 with OC000 or OC001 in its message, or one of these as its SQLSTATE, or 40001
/// alone, which counts as `data`. The rest of the message is ignored, because DSQL has changed it
/// before.
[[nodiscard]] DSQL_EXPORT std::optional<conflict_kind> conflict_kind_of(
    const server_error_fields& fields) noexcept;

/// Whether a failure is a conflict with another transaction: an `occ_conflict`, or another
/// `server_error` of that content, such as a `batch_error`.
[[nodiscard]] DSQL_EXPORT bool is_occ_conflict(const std::exception& thrown) noexcept;

}  // namespace dsql
