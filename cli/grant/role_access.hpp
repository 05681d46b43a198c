// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/connection.hpp>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace dsql_cli::grant {

/// What a role may do with the tables of a schema.
enum class table_access { none, read_only, read_write };

/// A role, the IAM identity that may log in as it, and schemas whose tables it may use.
struct role_access {
    std::string role{};
    std::string arn{};  ///< empty: only the schemas are meant
    std::vector<std::string> schemas{};
    table_access access = table_access::none;
};

/// One statement of a grant or revocation.
struct access_step {
    std::string statement{};
    /// Whether the cluster is as it would be after the statement.
    std::function<bool(dsql::connection&)> is_done{};
    /// Needed only where someone has done it otherwise before, so not worth a word elsewhere.
    bool is_correction = false;
};

/// The statements that grant all of it, in their order.
[[nodiscard]] std::vector<access_step> steps_to_grant(const role_access& wanted);
/// The statements that revoke all of it, in their order. The role itself is kept.
[[nodiscard]] std::vector<access_step> steps_to_revoke(const role_access& unwanted);

/// Whether a database role of this name exists.
[[nodiscard]] bool role_exists(dsql::connection& used, const std::string& role);

/// Whether a role may insert, update or delete rows of any table of the schema.
[[nodiscard]] bool may_write(dsql::connection& used, const std::string& role,
                             const std::string& schema);

/// A name as SQL wants it: in quotes only where it needs them, because the grammar of
/// `AWS IAM GRANT` is documented with a plain name.
[[nodiscard]] std::string sql_name(const std::string& name);

/// Returns why a role cannot be granted, or an empty text.
[[nodiscard]] std::string check_role(const std::string& role);

}  // namespace dsql_cli::grant
