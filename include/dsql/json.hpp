// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/oid.hpp>

#include <string>

namespace dsql {

namespace detail {

/// JSON text of one of PostgreSQL's two types.
template <oid Type>
struct json_text {
    std::string text{};

    [[nodiscard]] friend bool operator==(const json_text&, const json_text&) = default;
};

}  // namespace detail

/// A value of PostgreSQL's `json`: its text, which nobody here looks into; the server checks it.
/// Equality is that of the text. Source: PostgreSQL, "JSON Types".
using json = detail::json_text<oids::json>;

/// A value of PostgreSQL's `jsonb`: its text, as PostgreSQL prints it. Equality is that of the
/// text. Source: PostgreSQL, "JSON Types".
using jsonb = detail::json_text<oids::jsonb>;

}  // namespace dsql
