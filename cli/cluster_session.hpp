// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/config.hpp>
#include <dsql/connection.hpp>
#include <dsql/error.hpp>
#include <dsql/pool.hpp>
#include <dsql/pooled_connection.hpp>
#include <dsql/retry_policy.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace dsql_cli {

/// How long statements of a command are retried after conflicts.
inline constexpr dsql::retry_policy patient = dsql::retry_policy::patient();

/// One session with a cluster that is opened again when it breaks, with the settings that were made
/// in it. Belongs to one thread.
class cluster_session {
public:
    /// Connects to nothing yet.
    explicit cluster_session(const dsql::config& settings);

    /// The session's connection. Opens one if there is none or it broke. Throws as `dsql::pool`
    /// does: at once for what does not pass, else after 30 s.
    [[nodiscard]] dsql::connection& get();

    /// Runs a statement such as SET, and again on each connection that replaces this one.
    void apply_setting(std::string statement);

    /// Keeps a statement such as SET, which has been run on this connection, for those that replace
    /// it.
    void remember_setting(std::string statement);

    /// Begins anew, without the settings: the next call of `get` opens another connection.
    void start_over() noexcept;

    /// What `repeat` may repeat.
    enum class repeatable {
        unless_committed,  ///< not after a COMMIT whose outcome is unknown
        always,            ///< the call finds out by itself what a former one has done
    };

    /// Calls `body(connection&)`, and again, on a new connection if need be, when the connection
    /// was lost or the server was unavailable.
    template <class F>
    auto repeat(repeatable what, F body) {
        for (int attempt = 1;; ++attempt) {
            dsql::connection& used = get();
            try {
                return body(used);
            } catch (const dsql::commit_unknown_error&) {
                if (what != repeatable::always || attempt == most_attempts) {
                    throw;
                }
            } catch (const dsql::error& failed) {
                if (!may_pass(failed) || attempt == most_attempts) {
                    throw;
                }
            }
            std::this_thread::sleep_for(first_pause * attempt);
        }
    }

    /// Whether the connection was lost, or the server was unavailable for a moment.
    [[nodiscard]] static bool may_pass(const dsql::error& failed) noexcept {
        return failed.connection_lost() || failed.statement_may_have_run();
    }

private:
    static constexpr int most_attempts = 8;
    static constexpr std::chrono::milliseconds first_pause{100};

    dsql::pool pool_;  // of one connection; it waits for a cluster that wakes up
    std::optional<dsql::pooled_connection> connection_{};
    std::vector<std::string> settings_{};
};

}  // namespace dsql_cli
