// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/byte_writer.hpp>
#include <dsql/interval.hpp>

namespace dsql::pg {

/// Writes an interval as PostgreSQL does with `IntervalStyle` = `postgres`, its default:
/// "1 year 2 mons -3 days +04:05:06.7". Source: PostgreSQL, src/backend/utils/adt/datetime.c,
/// EncodeInterval().
void put_interval_text(byte_writer& out, const interval& value);

}  // namespace dsql::pg
