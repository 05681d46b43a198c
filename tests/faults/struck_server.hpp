// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/config.hpp>
#include <dsql/credentials.hpp>

#include "support/protocol_server.hpp"
#include "support/temporary_file.hpp"

#include <chrono>

/// A `protocol_server`, and the config of a client that reaches it and nothing else.
struct struck_server {
    protocol_server server{};
    temporary_file authority{server.certificate()};

    [[nodiscard]] dsql::config settings() const {
        return {.host = protocol_server::host,
                .port = server.port(),
                .credentials = dsql::static_credentials(
                    {.access_key_id = "AKIDFAULTMATRIX", .secret_access_key = "secret"}),
                .connect_timeout = std::chrono::minutes(1),
                .host_address = "127.0.0.1",
                .ssl_root_cert = authority.path()};
    }
};

/// Ends what should have ended long ago.
inline constexpr auto watchdog = std::chrono::seconds(60);
