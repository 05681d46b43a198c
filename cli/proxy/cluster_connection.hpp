// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "proxy/transfer.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

struct pg_conn;
typedef struct ssl_st SSL;

namespace dsql_cli::proxy {

/// A connection to the cluster after its login, as a stream of bytes inside TLS. The login was
/// libpq's, which keeps the socket and TLS; nothing is read or written with libpq any more.
/// Belongs to one thread at a time, except for `handle`.
class cluster_connection {
public:
    /// Takes over a libpq handle that is idle. Throws std::runtime_error if it has no TLS, or has
    /// read more than the login.
    explicit cluster_connection(pg_conn* owned);

    /// The socket, in non-blocking mode, for epoll.
    [[nodiscard]] int socket() const noexcept;

    /// Whether TLS may hold bytes that epoll cannot see.
    [[nodiscard]] bool has_read_ahead() const noexcept;

    /// Reads as many bytes as there are, up to `capacity`. If it returns less, and TLS has read
    /// nothing ahead, epoll tells when there is more.
    [[nodiscard]] transfer read(char* buffer, std::size_t capacity) noexcept;

    /// Writes as many bytes as can be written now. When it was blocked, the next call must begin
    /// with the same bytes.
    [[nodiscard]] transfer write(std::string_view bytes) noexcept;

    /// The settings that a server reports at the login, with their values.
    [[nodiscard]] std::vector<std::pair<std::string, std::string>> reported_settings() const;

    /// The number of the server's process.
    [[nodiscard]] std::uint32_t process_id() const noexcept;

    /// The libpq handle, for a cancel_registry.
    [[nodiscard]] const pg_conn* handle() const noexcept { return handle_.get(); }

private:
    struct finish {
        void operator()(pg_conn* handle) const noexcept;
    };

    std::unique_ptr<pg_conn, finish> handle_;
    SSL* tls_;
};

}  // namespace dsql_cli::proxy
