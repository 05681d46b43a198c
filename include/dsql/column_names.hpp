// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <string_view>

namespace dsql {

// clang-format off
/// The columns that the members of the structure `T` stand for, in the order of the members.
/// Without a specialisation the columns are called what the members are called. Specialise it, in
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

}  // namespace dsql
