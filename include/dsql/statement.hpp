// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/export.hpp>
#include <dsql/oid.hpp>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace dsql {

namespace pg {
class prepared_statements;
}

/// A column as the server describes it.
struct column_description {
    std::string name{};            ///< as the statement calls it
    oid type = oids::unspecified;  ///< of its values
};

/// A statement that `connection::prepare` has prepared: give it to `query`, `execute` and the like
/// in place of the text. Its parameters have the types that the server inferred, and values are
/// converted to them.
///
/// It lasts as long as its connection, or until `connection::deallocate`; after that, or with
/// another connection, it is a `config_error`. Copies refer to the same statement. Moving a
/// statement copies it. Reading is safe from any thread.
class DSQL_EXPORT statement {
public:
    /// Refers to no statement; to run it is a `config_error`. For variables that get one later.
    statement();
    statement(const statement&) noexcept = default;
    statement& operator=(const statement&) noexcept = default;
    ~statement() = default;

    /// Its text.
    [[nodiscard]] const std::string& sql() const noexcept { return shared_->sql; }
    /// Its name on the server.
    [[nodiscard]] const std::string& name() const noexcept { return shared_->name; }
    /// The types of `$1`, `$2`, ... as the server sees them.
    [[nodiscard]] const std::vector<oid>& parameter_types() const noexcept {
        return shared_->parameter_types;
    }
    /// What it returns; empty for a statement that returns no rows.
    [[nodiscard]] const std::vector<column_description>& columns() const noexcept {
        return shared_->columns;
    }

private:
    friend class pg::prepared_statements;

    struct description {
        std::string sql{};
        std::string name{};
        std::vector<oid> parameter_types{};
        std::vector<column_description> columns{};
        std::shared_ptr<const int> owner{};
    };
    explicit statement(std::shared_ptr<const description> shared) noexcept
        : shared_(std::move(shared)) {}

    std::shared_ptr<const description> shared_;  // never null
};

}  // namespace dsql
