// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/byte_writer.hpp>
#include <dsql/codec.hpp>
#include <dsql/error.hpp>
#include <dsql/export.hpp>
#include <dsql/oid.hpp>

#include <cstddef>
#include <string>

// The rules for a value of one type that goes where another type stands. Statements, prepared
// statements, `parameters` and COPY share them, so that a value is stored in the same way, or is
// refused, on each path. They follow PostgreSQL's casts of an assignment, but where these lose
// digits (of double precision, numeric gets 15 of 17) or go through the session's time zone
// (timestamp with time zone into timestamp) without an error.
namespace dsql::detail {

/// Reports a value that PostgreSQL's own cast would change. A program that wants that cast can have
/// it by writing it into the statement, which is what a message about a parameter adds.
class DSQL_EXPORT lossy_cast_error : public conversion_error {
public:
    lossy_cast_error(const std::string& why, oid from) : conversion_error(why), from_(from) {}
    [[nodiscard]] oid from() const noexcept { return from_; }

private:
    oid from_;
};

/// Whether PostgreSQL has casts from `declared` that lose something, or that depend on settings of
/// the session, so that one has to know which type stands at such a parameter before a value is
/// sent. True for floating-point numbers, numeric, the types of dates and times, bytea, jsonb, and
/// arrays of these.
[[nodiscard]] DSQL_EXPORT bool has_lossy_casts(oid declared) noexcept;

/// Whether a value that was declared as `declared` has to pass `fit_value` with `settled_type`, or
/// at least be checked by it, where the server infers `inferred` for a parameter of no declared
/// type. False where PostgreSQL's own cast does the same as the rule, where there is no rule, and
/// where `has_lossy_casts` is false: what happens to a value must not depend on whether the server
/// was asked because of another parameter.
[[nodiscard]] DSQL_EXPORT bool needs_fitting(oid declared, oid inferred) noexcept;

/// The type to prepare a parameter with that was declared as `declared`, where the server infers
/// `inferred` for a parameter of no declared type. It is `inferred` where PostgreSQL's cast would
/// lose what `inferred` could hold (double precision where numeric stands) or would write a text
/// that depends on the session. Otherwise it is `declared`, also where values are refused or
/// checked: a double that is a whole number becomes an integer without loss by PostgreSQL's cast,
/// and `7 / $1` remains a division of floating-point numbers.
[[nodiscard]] DSQL_EXPORT oid settled_type(oid declared, oid inferred) noexcept;

/// Whether there is a rule for a value of the type `from` where the type `to` stands. There is one
/// for each pair of types, of those this library writes, between which PostgreSQL converts in an
/// assignment; where there is none it reports error 42804. Source: PostgreSQL, the catalogue
/// `pg_cast`.
[[nodiscard]] DSQL_EXPORT bool has_fitting(oid from, oid to) noexcept;

/// Throws `conversion_error` with the reason alone unless the two types are one or there is a rule
/// for them. That NULL has a type is checked as well, as the server does.
DSQL_EXPORT void require_fitting(oid from, oid to);

/// Appends to `out` the binary form that `value`, a binary value of the type `value.type`, has in
/// the type `to`. Precondition: `has_fitting(value.type, to)`. Throws `conversion_error` with the
/// reason alone for a value that the type cannot hold; `out` may hold a part of it then.
DSQL_EXPORT void fit_value(byte_writer& out, const binary_value& value, oid to);

/// Replaces the binary value of the type `from` that was written to `out` from the byte `begin` on
/// by its binary form in the type `to`, as `fit_value` does.
DSQL_EXPORT void fit_written(byte_writer& out, std::size_t begin, oid from, oid to);

/// Likewise, by the text form that it has in the type `to`.
DSQL_EXPORT void fit_written_as_text(byte_writer& out, std::size_t begin, oid from, oid to);

/// Throws `conversion_error` with the reason alone where bytea, or an array of it, stands: text is
/// not sent there, because PostgreSQL reads backslashes in it as escapes. Text may stand anywhere
/// else, and is read by the input function of the type.
DSQL_EXPORT void check_text_target(oid to);

}  // namespace dsql::detail
