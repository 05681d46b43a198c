// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/error.hpp>

#include "sql/sql_script.hpp"

#include <exception>
#include <stdexcept>
#include <string>

namespace dsql_cli::run {

/// A script could not be run to its end. The message has several lines: the place in the script and
/// what is wrong there, then what helps to mend it.
class script_failure : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// "schema.sql:12:5".
[[nodiscard]] std::string format_place(const std::string& script, sql::text_position position);

/// The beginning of a statement in one line, at most 100 characters.
[[nodiscard]] std::string abridge(const sql::sql_statement& statement);

/// Describes why a statement failed: where, by which error, the statement's beginning, the server's
/// detail and hint. `advice` may be empty.
[[nodiscard]] script_failure describe_failure(const std::string& script,
                                              const sql::sql_statement& statement,
                                              const dsql::error& thrown, const std::string& advice);

/// Describes why a script cannot be split into steps.
[[nodiscard]] script_failure describe_failure(const std::string& script,
                                              const sql::script_error& thrown);

}  // namespace dsql_cli::run
