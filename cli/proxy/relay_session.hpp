// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "proxy/cancel_registry.hpp"
#include "proxy/client_connection.hpp"
#include "proxy/cluster_connection.hpp"
#include "proxy/session_traffic.hpp"
#include "wire/relay_buffer.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dsql_cli::proxy {

/// Memory for the chunks that a thread reads, which the sessions of that thread share.
class chunk_memory {
public:
    chunk_memory() : bytes_(size) {}
    [[nodiscard]] char* data() noexcept { return bytes_.data(); }

    /// How much is read at once.
    static constexpr std::size_t size = 128UL * 1024;

private:
    std::vector<char> bytes_;
};

/// A session after its login: passes bytes on in both directions. What cannot be written keeps the
/// other side from being read. Belongs to one thread at a time.
class relay_session {
public:
    /// A direction in which bytes pass.
    enum class direction { to_cluster, to_client };

    /// What a session consists of. `slot` is whatever the session occupies until it is destroyed.
    struct parts {
        std::uint64_t number = 0;
        client_connection client;
        std::unique_ptr<cluster_connection> cluster{};
        cancel_registry::entry cancelable{};
        statement_filter filter{};
        std::shared_ptr<void> slot{};
    };

    explicit relay_session(parts made);

    /// The number of the session in the log.
    [[nodiscard]] std::uint64_t number() const noexcept { return number_; }
    [[nodiscard]] int client_socket() const noexcept { return client_.socket(); }
    /// -1 after `close_cluster`.
    [[nodiscard]] int cluster_socket() const noexcept;

    /// Whether bytes pass to and from the cluster. False when only the client's last words are
    /// left.
    [[nodiscard]] bool has_cluster() const noexcept { return has_cluster_; }
    /// Closes the connection to the cluster, if `has_cluster` is false.
    void close_cluster() noexcept;

    /// Passes on what can be passed on in one direction. Returns false if it stopped only to let
    /// other sessions have their turn; then TLS may hold bytes that epoll cannot see.
    bool pump(direction way, chunk_memory& memory);

    /// Whether what was read in this direction waits until it can be written.
    [[nodiscard]] bool is_blocked(direction way) const noexcept;

    /// Ends the session, because the proxy stops.
    void stop();

    /// Whether the session is over.
    [[nodiscard]] bool is_over() const noexcept { return is_over_; }

    /// Says how the session has ended, and what it has transferred.
    [[nodiscard]] std::string summary() const;

private:
    using clock = std::chrono::steady_clock;

    bool pump_to_cluster(chunk_memory& memory);
    bool pump_to_client(chunk_memory& memory);
    void flush_last_words();
    void on_client_gone();
    void on_cluster_gone();
    void end_with(std::string_view sqlstate, std::string message, std::string hint);

    const std::uint64_t number_;
    const clock::time_point started_ = clock::now();
    const client_connection client_;
    std::unique_ptr<cluster_connection> cluster_;
    std::optional<cancel_registry::entry> cancelable_;  // destroyed before cluster_
    const std::shared_ptr<void> slot_;
    session_traffic traffic_;
    wire::relay_buffer out_;
    std::string for_cluster_;  // what was read and could not be written
    std::string for_client_;
    std::uint64_t bytes_to_cluster_ = 0;
    std::uint64_t bytes_to_client_ = 0;
    std::string how_ended_;
    bool has_cluster_ = true;
    bool is_over_ = false;
};

}  // namespace dsql_cli::proxy
