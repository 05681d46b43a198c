// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/notice.hpp>

#include <chrono>
#include <cstddef>
#include <memory>

namespace dsql {

class observer;

/// How a connection runs statements. A plain value; the fields of the same names in `config` say
/// the same for connections made from one.
struct session_options {
    /// How long a call may take that has no limit of its own; for a stream or a COPY, how long each
    /// wait for the server may be. 0 (default): for ever. Not negative.
    std::chrono::milliseconds command_timeout{};
    /// How many prepared statements a connection keeps for reuse; 0: none are prepared on their own
    /// account. Default 256.
    std::size_t statement_cache_capacity = 256;
    /// Told of the server's notices. Default: nobody.
    notice_handler on_notice{};
    /// Told of statements. Null: nobody.
    std::shared_ptr<dsql::observer> observer{};
};

}  // namespace dsql
