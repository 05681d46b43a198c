// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "proxy/cancel_registry.hpp"
#include "proxy/cluster_login.hpp"
#include "proxy/compat_filter.hpp"
#include "proxy/listening_socket.hpp"
#include "proxy/proxy.hpp"
#include "proxy/proxy_log.hpp"
#include "proxy/relay_loop.hpp"
#include "proxy/scram.hpp"
#include "proxy/wake_event.hpp"

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace dsql_cli::proxy {

/// Logs clients in, each on a thread of its own because the cluster may let it wait, and hands
/// their sessions over to a few relay loops.
class session_starter {
public:
    /// `options` and `log` must outlive the object. `verifier` is that of the password for the
    /// loopback interface.
    session_starter(const proxy_options& options, scram_verifier verifier, proxy_log& log);
    /// Ends all logins and sessions.
    ~session_starter();
    session_starter(const session_starter&) = delete;
    session_starter& operator=(const session_starter&) = delete;

    /// Begins the login of a client.
    void start(accepted_client client);

private:
    void log_in(std::uint64_t number, accepted_client& client);
    void open_session(std::uint64_t number, accepted_client& client, client_startup startup,
                      const login_stream& stream);
    void cancel(std::uint64_t number, const cancel_key& key);
    void refuse(std::uint64_t number, const client_connection& client,
                const wire::error_response& error);
    void choose_role(client_startup& startup) const;
    [[nodiscard]] std::shared_ptr<compat_filter> make_compat_filter(std::uint64_t number);
    void join_ended_logins();

    const proxy_options& options_;
    const scram_verifier verifier_;
    proxy_log& log_;
    const cluster_login cluster_;
    const wake_event stop_;
    cancel_registry cancels_;
    std::atomic<int> logins_under_way_ = 0;
    std::atomic<int> clients_ = 0;  // that have a session, or wait for one
    std::uint64_t last_number_ = 0;
    std::vector<std::unique_ptr<relay_loop>> loops_;

    // Joined rather than detached, because a thread that has used OpenSSL must end before it does.
    std::map<std::uint64_t, std::thread> logins_;  // by the number of the session
    std::mutex mutex_;
    std::vector<std::uint64_t> ended_logins_;  // guarded by mutex_
};

}  // namespace dsql_cli::proxy
