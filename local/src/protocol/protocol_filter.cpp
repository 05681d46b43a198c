// SPDX-License-Identifier: Apache-2.0
#include "protocol/protocol_filter.hpp"

#include <utility>

namespace dsql_local {

protocol_filter::protocol_filter(std::shared_ptr<shared_state> shared, const time_limits& limits,
                                 std::size_t message_size_limit)
    : session_(std::move(shared), limits),
      requests_(session_, message_size_limit),
      responses_(session_, requests_) {}

void protocol_filter::give_way(transaction_id which, std::string& to_server) {
    if (which == open_transaction() && is_idle() && holds_locks()) {
        to_server = session_.repeater.give_way();
    }
}

bool protocol_filter::is_idle() {
    return session_.pending.empty() && !session_.pending.is_skipping() && requests_.is_idle();
}

}  // namespace dsql_local
