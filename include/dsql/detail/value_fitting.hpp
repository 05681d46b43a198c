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
// statements, `parameters` and COPY share them. They exist because PostgreSQL's own casts lose
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

/// Whether PostgreSQL has casts from `declared` that lose something or that depend on the session's
/// time zone, so that one has to know which type stands at such a parameter before a value is sent.
/// True for real, double precision, the types of dates and times, and arrays of these; false for
/// interval.
[[nodiscard]] DSQL_EXPORT bool has_lossy_casts(oid declared) noexcept;

/// Whether a value that was declared as `declared` has to pass `fit_value` with `settled_type`, or
/// at least be checked by it, where the server infers `inferred` for a parameter of no declared
/// type. False where PostgreSQL's own cast does the same as the rule, where there is no rule, and
/// where `has_lossy_casts` is false: what happens to a value must not depend on whether the server
/// was asked because of another parameter.
[[nodiscard]] DSQL_EXPORT bool needs_fitting(oid declared, oid inferred) noexcept;

/// The type to prepare a parameter with that was declared as `declared`, where the server infers
/// `inferred` for a parameter of no declared type. It is `inferred` where PostgreSQL's cast loses
/// digits that `inferred` could hold: double precision where numeric stands. Otherwise it is
/// `declared`, also where values are refused or checked: a double that is a whole number becomes an
/// integer without loss by PostgreSQL's cast, and `7 / $1` remains a division of floating-point
/// numbers.
[[nodiscard]] DSQL_EXPORT oid settled_type(oid declared, oid inferred) noexcept;

/// Whether there is a rule for a value of the type `from` where the type `to` stands.
[[nodiscard]] DSQL_EXPORT bool has_fitting(oid from, oid to) noexcept;

/// Appends to `out` the binary form that `value`, a binary value of the type `value.type`, has in
/// the type `to`. Precondition: `has_fitting(value.type, to)`. Throws `conversion_error` with the
/// reason alone for a value that the type cannot hold; `out` may hold a part of it then.
DSQL_EXPORT void fit_value(byte_writer& out, const binary_value& value, oid to);

/// Replaces the binary value of the type `from` that was written to `out` from the byte `begin` on
/// by its binary form in the type `to`, as `fit_value` does.
DSQL_EXPORT void fit_written(byte_writer& out, std::size_t begin, oid from, oid to);

/// Likewise, by the text form that it has in the type `to`.
DSQL_EXPORT void fit_written_as_text(byte_writer& out, std::size_t begin, oid from, oid to);

/// Throws `conversion_error` with the reason alone unless the server may be given a value of the
/// type `from` in text where the type `to` stands. `from` is `oids::unspecified` for text. Where
/// bytea stands text is refused, because PostgreSQL reads backslashes in it as escapes. Any other
/// value is also refused where the server would read its text as something else: 7 as an interval,
/// 20260102 as a date.
DSQL_EXPORT void check_text_form(oid from, oid to);

}  // namespace dsql::detail
