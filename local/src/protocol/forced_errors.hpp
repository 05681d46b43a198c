// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace dsql_local {

/// A prepared statement that PostgreSQL does not have, so that to use it fails; the error tells
/// which refusal it stands for.
std::string refused_statement_name(std::uint64_t number);

/// SQL that ends a transaction and fails: the identifier is longer than PostgreSQL takes, and it
/// finds that out when it is about to commit.
std::string failing_commit(std::uint64_t number);

/// The number in the message of either error; std::nullopt when it has none.
std::optional<std::uint64_t> find_refusal_number(std::string_view message);

}  // namespace dsql_local
