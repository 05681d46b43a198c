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

/// A value of PostgreSQL's `json`: its text, which this library does not parse; the server checks
/// it and stores it as it is. Equality is that of the text. Source: PostgreSQL, "JSON Types".
using json = detail::json_text<oids::json>;

/// A value of PostgreSQL's `jsonb`: its text, which this library does not parse. What is read is
/// the text that PostgreSQL prints, with its own spaces and order of keys, so it may differ from
/// the one that was sent. Equality is that of the text. Source: PostgreSQL, "JSON Types".
using jsonb = detail::json_text<oids::jsonb>;

}  // namespace dsql
