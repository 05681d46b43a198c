// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "proxy/cluster_connection.hpp"

#include <cstdint>
#include <map>
#include <mutex>
#include <tuple>

namespace dsql_cli::proxy {

/// What a client gets in BackendKeyData and sends in a cancel request.
struct cancel_key {
    std::uint32_t process_id = 0;
    std::uint32_t secret = 0;
    friend bool operator<(const cancel_key& a, const cancel_key& b) noexcept {
        return std::tie(a.process_id, a.secret) < std::tie(b.process_id, b.secret);
    }
};

/// What became of a cancel request.
enum class cancel_outcome {
    sent,         ///< the cluster has it; Aurora DSQL ignores it
    unknown_key,  ///< no session has this key
    no_tls,       ///< not sent, because a libpq before 17 could only send it without TLS
    failed,       ///< the cluster could not be reached
};

/// The sessions whose statements clients may cancel. The keys are the proxy's own: a client never
/// learns the cluster's. Thread-safe.
class cancel_registry {
public:
    /// Keeps a connection in the registry, until it is destroyed.
    class entry {
    public:
        entry() noexcept = default;
        entry(entry&& other) noexcept;
        entry& operator=(entry&&) = delete;
        ~entry();

        [[nodiscard]] const cancel_key& key() const noexcept { return key_; }

    private:
        friend class cancel_registry;
        entry(cancel_registry& of, const cancel_key& key) noexcept : of_(&of), key_(key) {}

        cancel_registry* of_ = nullptr;
        cancel_key key_{};
    };

    /// Registers a connection, which must outlive the entry, under a new key. The registry must
    /// outlive the entry too.
    [[nodiscard]] entry add(const cluster_connection& connection);

    /// Sends the cluster a cancel request over a new connection, and waits until it has it, for ten
    /// seconds at most, or until `stop` becomes readable.
    [[nodiscard]] cancel_outcome cancel(const cancel_key& key, int stop);

private:
    std::mutex mutex_;
    std::map<cancel_key, const cluster_connection*> connections_;  // guarded by mutex_
};

}  // namespace dsql_cli::proxy
