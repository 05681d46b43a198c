// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace dsql {

/// Reads an aggregate by the order of its members instead of by their names:
/// `query<dsql::by_position<user>>(...)`. As many columns as members, whatever they are called.
template <class T>
struct by_position {};

/// Reads an aggregate by name, and leniently: `query<dsql::lax<user>>(...)`. Columns without a
/// member are skipped, and members without a column keep what `T{}` gives them.
template <class T>
struct lax {};

}  // namespace dsql
