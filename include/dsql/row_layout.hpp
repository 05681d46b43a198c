// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <string_view>

namespace dsql {

// clang-format off
/// The columns that the members of the structure `T` stand for, in the order of the members.
/// Without a specialization the columns are called what the members are called. Specialize it, in
/// the global namespace and before the first use of `T` as a row, with one name for each member:
///
/// ```cpp
/// struct contact {
///     std::int64_t id = 0;
///     std::string telephone;
/// };
/// template <>
/// inline constexpr std::array<std::string_view, 2> dsql::column_names<contact> = {"id", "tel"};
/// ```
///
/// A structure needs this where its columns have other names, and where the library cannot count
/// its members or find their names: it has a C array, a member whose type is made from anything
/// by value, or a member that is a reference. No structure may have a base class, a bit-field or
/// more than 64 members.
///
/// A constant; safe for use from any thread. The text has to last as long as the program, as that
/// of a literal does.
// clang-format on
template <class T>
inline constexpr std::array<std::string_view, 0> column_names = {};

/// Reads an aggregate by the order of its members instead of by their names:
/// `query<dsql::by_position<user>>(...)`. As many columns as members, whatever they are called.
template <class T>
struct by_position {};

/// Reads an aggregate by name, and leniently: `query<dsql::lax<user>>(...)`. Columns without a
/// member are skipped, and members without a column keep what `T{}` gives them.
template <class T>
struct lax {};

}  // namespace dsql
