// SPDX-License-Identifier: Apache-2.0
#include "pg/bulk/early_leave.hpp"

#include "pg/exchange/piece_operation.hpp"
#include "pg/session/session.hpp"

namespace dsql::pg {

void finish_exchange(session& of, const call_limits& limits, const sql_text& sql) {
    for (;;) {
        piece_operation reading(of.handle());
        of.drive(reading, limits, sql);
        if (!reading.taken() || !of.is_open()) {
            return;
        }
    }
}

}  // namespace dsql::pg
