// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/byte_writer.hpp>
#include <dsql/codec.hpp>
#include <dsql/error.hpp>
#include <dsql/export.hpp>
#include <dsql/oid.hpp>

#include <cstddef>
#include <string>

// The rules for converting ("fitting") a value of one type to another type, that of a parameter or
// column. Statements, prepared statements, `parameters` and COPY share them, so that each stores
// the same value or rejects it. They follow PostgreSQL's assignment casts, except where a cast
// silently loses digits (a double precision becomes a numeric with 15 of its 17 digits) or depends
// on the session's time zone (timestamp with time zone to timestamp).
namespace dsql::detail {

/// Reports a value that PostgreSQL's own cast would change. The message about a parameter adds that
/// the program can write the cast into the statement if it wants that.
class DSQL_EXPORT lossy_cast_error : public conversion_error {
public:
    lossy_cast_error(const std::string& why, oid from) : conversion_error(why), from_(from) {}
    [[nodiscard]] oid from() const noexcept { return from_; }

private:
    oid from_;
};

/// Whether PostgreSQL has casts from `declared` that lose information or depend on settings of the
/// session. If so, the type that the server infers for such a parameter must be known before a
/// value is sent. True for floating-point numbers, numeric, the types of dates and times, bytea,
/// jsonb, and arrays of these.
[[nodiscard]] DSQL_EXPORT bool has_lossy_casts(oid declared) noexcept;

/// Whether a value of the type `declared` must be converted or checked by `fit_value` if the server
/// infers the type `inferred` for its parameter. False if PostgreSQL's own cast does the same as
/// the rule, or if there is no rule. Also false if `has_lossy_casts` is false: the server may have
/// been asked only because of another parameter, and that must not change what happens to this
/// value.
[[nodiscard]] DSQL_EXPORT bool needs_fitting(oid declared, oid inferred) noexcept;

/// Returns the type to prepare a parameter with, if its values are declared as `declared` and the
/// server infers `inferred`. It is `inferred` if PostgreSQL's cast would lose information that
/// `inferred` could hold (double precision to numeric), or would write a text that depends on the
/// session. Otherwise it is `declared`, even if some values are rejected: PostgreSQL's cast of a
/// whole double to an integer loses nothing, and `7 / $1` stays a floating-point division.
[[nodiscard]] DSQL_EXPORT oid settled_type(oid declared, oid inferred) noexcept;

/// Whether there is a rule for converting a value of the type `from` to the type `to`. There is one
/// for each pair of types that this library writes and that PostgreSQL converts in an assignment;
/// for other pairs, PostgreSQL reports error 42804. Source: PostgreSQL, the catalog `pg_cast`.
[[nodiscard]] DSQL_EXPORT bool has_fitting(oid from, oid to) noexcept;

/// Throws `conversion_error` with the reason alone unless the two types are equal or there is a
/// rule for them. NULL is checked too, because it has a type, as on the server.
DSQL_EXPORT void require_fitting(oid from, oid to);

/// Converts the binary `value` to the type `to` and appends its binary form to `out`. Precondition:
/// `has_fitting(value.type, to)`. Throws `conversion_error` with the reason alone for a value that
/// the type cannot hold; `out` may then contain a part of it.
DSQL_EXPORT void fit_value(byte_writer& out, const binary_value& value, oid to);

/// Converts the end of `out`: replaces the binary value of the type `from` that begins at the byte
/// `begin` by its binary form in the type `to`. @see fit_value
DSQL_EXPORT void fit_written(byte_writer& out, std::size_t begin, oid from, oid to);

/// Likewise, but replaces it by its text form in the type `to`.
DSQL_EXPORT void fit_written_as_text(byte_writer& out, std::size_t begin, oid from, oid to);

/// Throws `conversion_error` with the reason alone if `to` is bytea or an array of it. Text is not
/// sent for these, because PostgreSQL would read backslashes in it as escapes. Text may be sent for
/// all other types; the type's input function reads it.
DSQL_EXPORT void check_text_target(oid to);

}  // namespace dsql::detail
