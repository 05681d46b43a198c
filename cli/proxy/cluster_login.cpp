// SPDX-License-Identifier: Apache-2.0
#include "proxy/cluster_login.hpp"

#include <dsql/batch.hpp>
#include <dsql/credentials.hpp>
#include <dsql/error.hpp>
#include <dsql/operation.hpp>

#include "proxy/wake_event.hpp"
#include "wire/messages.hpp"
#include "wire/requests.hpp"

#include <poll.h>

#include <algorithm>
#include <array>
#include <chrono>
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
        timeout = static_cast<int>(std::clamp<long>(left.count(), 0, 60'000));
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

// A pool of its own for each session, since each may have another role. All pools of a process
// share the rate, and each retries what the cluster refuses only for now.
dsql::connection acquire(const dsql::config& settings, std::chrono::milliseconds patience,
                         const client_connection& client, int stop) {
    dsql::pool pool(settings, {.max_connections = 1, .acquire_timeout = patience});
    const wake_event wake;
    dsql::operation<dsql::pooled_connection> operation = dsql::start_acquire(pool);
    operation.on_wakeup([&wake] { wake.set(); });
    for (dsql::wait_for what = operation.step(); what != dsql::wait_for::done;
         what = operation.step()) {
        wait(operation, what, wake, client, stop);
    }
    return operation.take().hijack();
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
        std::string sql_name = name;
        std::replace(sql_name.begin(), sql_name.end(), '-', '_');
        if (!is_setting_name(sql_name)) {
            throw wire::login_error(
                {.sqlstate = "42704",
                 .message = "unrecognized configuration parameter \"" + name + "\""});
        }
        statements.add("SET " + sql_name + " TO " + wire::quote_literal(value));
    }
    if (!settings.empty()) {
        constexpr auto limit = std::chrono::seconds(30);
        static_cast<void>(to.run(dsql::within(limit), statements));
    }
}

wire::login_error to_login_error(const dsql::connection_error& error) {
    return wire::login_error(
        {.sqlstate = error.sqlstate().empty() ? "08006" : error.sqlstate(),
         .message = error.server_message().empty() ? error.what() : error.server_message(),
         .hint = error.hint()});
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
        throw to_login_error(error);
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
