// SPDX-License-Identifier: Apache-2.0
#include "proxy/cluster_login.hpp"

#include <dsql/batch.hpp>
#include <dsql/credentials.hpp>
#include <dsql/error.hpp>
#include <dsql/observer.hpp>
#include <dsql/operation.hpp>

#include "proxy/wake_event.hpp"
#include "wire/messages.hpp"
#include "wire/requests.hpp"

#include <poll.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace dsql_cli::proxy {

namespace {

// DSQL takes names of at most 64 characters.
std::string allowed_application_name(std::string_view name) {
    constexpr std::size_t longest = 64;
    std::string allowed(name.substr(0, longest));
    std::replace_if(
        allowed.begin(), allowed.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
    return allowed.empty() ? "dsql-proxy" : allowed;
}

dsql::config for_session(dsql::config settings, const client_startup& startup) {
    settings.user = startup.user;
    settings.database = startup.database;
    settings.application_name = allowed_application_name(startup.application_name);
    settings.search_path = startup.search_path;
    settings.statement_cache_capacity = 0;
    return settings;
}

dsql::config with_shared_credentials(dsql::config settings) {
    settings.credentials = dsql::credentials_for(settings);
    return settings;
}

short poll_events(dsql::wait_for what) noexcept {
    switch (what) {
        case dsql::wait_for::writable:
            return POLLOUT;
        case dsql::wait_for::readable_or_writable:
            return POLLIN | POLLOUT;
        default:
            return POLLIN;
    }
}

void wait(const dsql::any_operation& operation, dsql::wait_for what, const wake_event& wake,
          const client_connection& client, int stop) {
    const short events = poll_events(what);
    std::array<pollfd, 4> waiting{pollfd{.fd = operation.socket(), .events = events, .revents = 0},
                                  pollfd{.fd = wake.descriptor(), .events = POLLIN, .revents = 0},
                                  pollfd{.fd = client.socket(), .events = POLLRDHUP, .revents = 0},
                                  pollfd{.fd = stop, .events = POLLIN, .revents = 0}};
    int timeout = -1;
    if (const auto until = operation.step_by()) {
        const auto left =
            std::chrono::ceil<std::chrono::milliseconds>(*until - std::chrono::steady_clock::now());
        timeout = static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 60'000));
    }
    poll(waiting.data(), waiting.size(), timeout);
    wake.clear();
    if (waiting[2].revents != 0) {
        throw client_gone("the client left before the cluster had accepted the session");
    }
    if (waiting[3].revents != 0) {
        throw client_gone("the proxy stopped during the login");
    }
}

wire::error_response to_response(const dsql::connection_error& error) {
    return {.sqlstate = error.sqlstate().empty() ? "08006" : error.sqlstate(),
            .message = error.server_message().empty() ? error.what() : error.server_message(),
            .hint = error.hint()};
}

// Keeps the error of the last connect, for a client that has waited in vain.
class last_connect_error : public dsql::observer {
public:
    void connect_ended(span, const std::exception* error) noexcept override {
        if (const auto* const failed = dynamic_cast<const dsql::connection_error*>(error)) {
            const std::lock_guard lock(mutex_);
            error_ = *failed;
        }
    }

    [[nodiscard]] wire::error_response to_response(std::chrono::milliseconds waited) const {
        const std::lock_guard lock(mutex_);
        wire::error_response response{.sqlstate = "08006",
                                      .message = "the cluster has not accepted a connection"};
        if (error_) {
            response = proxy::to_response(*error_);
        }
        response.detail = "dsql proxy has tried for " + std::to_string(waited.count() / 1000) +
                          " s (--patience).";
        return response;
    }

private:
    mutable std::mutex mutex_;
    std::optional<dsql::connection_error> error_;  // guarded by mutex_
};

// A pool of its own for each session, since each may have another role. All pools of a process
// share the rate, and each retries what the cluster refuses only for now.
dsql::connection acquire(dsql::config settings, std::chrono::milliseconds patience,
                         const client_connection& client, int stop) {
    const auto failure = std::make_shared<last_connect_error>();
    settings.observer = failure;
    dsql::pool pool(settings, {.max_connections = 1, .acquire_timeout = patience});
    const wake_event wake;
    dsql::operation<dsql::pooled_connection> operation = dsql::start_acquire(pool);
    operation.on_wakeup([&wake] { wake.set(); });
    try {
        for (dsql::wait_for what = operation.step(); what != dsql::wait_for::done;
             what = operation.step()) {
            wait(operation, what, wake, client, stop);
        }
        return operation.take().hijack();
    } catch (const dsql::timeout_error&) {
        throw wire::login_error(failure->to_response(patience));
    }
}

bool is_setting_name(std::string_view name) {
    return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_' || c == '.';
    });
}

// The library sends no settings of others in its startup message, so they follow here, in one round
// trip.
void apply(const wire::startup_parameters& settings, dsql::connection& to) {
    dsql::batch statements;
    for (const auto& [name, value] : settings) {
        if (!is_setting_name(name)) {
            throw wire::login_error(
                {.sqlstate = "42704",
                 .message = "unrecognized configuration parameter \"" + name + "\""});
        }
        statements.add("SET " + name + " TO " + wire::quote_literal(value));
    }
    if (!settings.empty()) {
        constexpr auto limit = std::chrono::seconds(30);
        static_cast<void>(to.run(dsql::within(limit), statements));
    }
}

}  // namespace

cluster_login::cluster_login(dsql::config settings, std::chrono::milliseconds patience)
    : settings_(with_shared_credentials(std::move(settings))),
      patience_(patience),
      rate_keeper_(settings_) {}

std::unique_ptr<cluster_connection> cluster_login::open(const client_startup& startup,
                                                        const client_connection& client,
                                                        int stop) const {
    try {
        dsql::connection opened = acquire(for_session(settings_, startup), patience_, client, stop);
        apply(startup.settings, opened);
        return std::make_unique<cluster_connection>(opened.release());
    } catch (const dsql::connection_error& error) {
        throw wire::login_error(to_response(error));
    } catch (const dsql::server_error& error) {
        throw wire::login_error({.sqlstate = error.sqlstate(),
                                 .message = error.fields().message,
                                 .hint = error.fields().hint,
                                 .detail = error.fields().detail});
    } catch (const dsql::credentials_error& error) {
        throw wire::login_error({.sqlstate = "28000", .message = error.what()});
    } catch (const dsql::error& error) {
        throw wire::login_error({.sqlstate = "08006", .message = error.what()});
    }
}

}  // namespace dsql_cli::proxy
