// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace dsql_cli::proxy {

/// How a transfer of bytes that does not block has ended.
enum class transfer_state : std::uint8_t {
    done,     ///< some bytes were transferred
    blocked,  ///< none can be now
    ended,    ///< none will be any more: the peer has closed the connection, or it broke
};

/// A transfer of bytes that does not block.
struct transfer {
    transfer_state state = transfer_state::blocked;
    std::size_t size = 0;  ///< how many bytes were transferred
};

}  // namespace dsql_cli::proxy
