// SPDX-License-Identifier: Apache-2.0
#include "connector/connector.hpp"

#include <dsql/call_limits.hpp>
#include <dsql/connection.hpp>
#include <dsql/credentials.hpp>
#include <dsql/endpoint.hpp>
#include <dsql/error.hpp>

#include "base/notify_on_completion.hpp"
#include "base/process_exit.hpp"
#include "base/stay_loaded.hpp"
#include "config/validate.hpp"
#include "errors/classify_connect_error.hpp"
#include "pg/connect/login_parameters.hpp"
#include "pg/session/session_access.hpp"

#include <atomic>
#include <string>
#include <string_view>
#include <utility>

namespace dsql::detail {

namespace {

// Global, because the library that holds it stays loaded as a whole.
constinit std::atomic<bool> stays_here = false;

// The time limits of a connect when connect_timeout is not set. Credentials may have to wait for a
// user who enters an MFA code, or for a slow command. Their limit exceeds that of
// credential_process, so that the error of that source is reported.
constexpr std::chrono::milliseconds usual_credentials_budget = std::chrono::minutes(2);
constexpr std::chrono::milliseconds usual_network_budget = std::chrono::seconds(10);

// The limits for reading the files that are needed before the network is used.
call_limits limits_for(const config& settings, const call_limits& limits) {
    const pg::deadline own(connect_budget(settings).credentials);
    return {*own.earlier(pg::deadline(limits.deadline())).at(), limits.stop()};
}

pg::login login_for(const config& settings, const endpoint& place, const certificate_file& roots) {
    return {.host = place.host,
            .host_address = place.host_address,
            .port = place.port,
            .user = settings.user,
            .database = settings.database,
            .application_name = application_name(settings),
            .search_path = settings.search_path,
            .cluster_id = place.cluster_id,
            .ssl_root_cert = roots.path()};
}

// Sets one provider for both token generators, so that they share its cached credentials.
config with_provider(config settings) {
    check_config(settings);
    pg::check_environment();  // before any request; each login checks again
    settings.credentials = credentials_for(settings);
    return settings;
}

bool is_admin(const std::string& user) {
    return user == "admin";
}

config with_other_kind_of_user(config settings) {
    settings.user = is_admin(settings.user) ? "not_admin" : "admin";
    return settings;
}

// Connects and reports the start and the end to the observer, if there is one.
template <class F>
connection observed(observer* told, const pg::login& login, F connecting) {
    if (told == nullptr) {
        return connecting();
    }
    const observer::span span =
        told->connect_started({.host = login.host, .user = login.user, .database = login.database});
    return notify_on_completion(connecting, [told, span](const std::exception* failure) {
        told->connect_ended(span, failure);
    });
}

// Whether a connect that failed may be tried at the next endpoint. A time-out of the credentials
// concerns all endpoints.
bool ends_at_endpoint(const error& failure, const connect_time& time) {
    if (const auto* const refused = dynamic_cast<const connection_error*>(&failure)) {
        return is_endpoint_down(*refused);
    }
    return time.has_token && dynamic_cast<const timeout_error*>(&failure) != nullptr;
}

// Throws an error of the kind of the last one, with the texts of all.
[[noreturn]] void throw_all_failed(const error& last, std::size_t endpoints,
                                   const std::string& failures) {
    const std::string text = "all " + std::to_string(endpoints) + " endpoints failed: " + failures;
    if (const auto* const refused = dynamic_cast<const connection_error*>(&last)) {
        throw connection_error(refused->phase(), text,
                               connection_cause{.server_message = refused->server_message(),
                                                .hint = refused->hint(),
                                                .sqlstate = refused->sqlstate(),
                                                .code = refused->code()});
    }
    throw timeout_error(text);
}

}  // namespace

connect_budget::connect_budget(const config& settings)
    : credentials(settings.connect_timeout.value_or(usual_credentials_budget)),
      network(settings.connect_timeout.value_or(usual_network_budget)),
      together(settings.connect_timeout.has_value()) {}

pg::deadline connect_time::share() const {
    return endpoints_left == 1 ? network
                               : pg::deadline(*network.left() / static_cast<long>(endpoints_left));
}

connector::connector(const config& settings, const call_limits& limits)
    : connector(with_provider(settings), resolve_endpoints(settings, limits_for(settings, limits)),
                limits_for(settings, limits)) {}
connector::connector(const config& settings, const std::vector<endpoint>& endpoints,
                     const call_limits& limits)
    : roots_(endpoints.front().ssl_root_cert, limits),
      health_(endpoints.size()),
      budget_(settings),
      options_{.command_timeout = settings.command_timeout,
               .statement_cache_capacity = settings.statement_cache_capacity,
               .on_notice = settings.on_notice,
               .observer = settings.observer},
      observer_(settings.observer) {
    routes_.reserve(endpoints.size());
    for (const endpoint& place : endpoints) {
        routes_.push_back(
            {.login = login_for(settings, place, roots_),
             .tokens = token_generator(settings, place),
             .other_action_tokens = token_generator(with_other_kind_of_user(settings), place)});
        if (pg::needs_lookup(routes_.back().login)) {
            stay_loaded(stays_here);  // host names are resolved on threads that cannot be stopped
        }
    }
    watch_for_exit();
}

connect_settings connector::default_settings() const {
    const pg::login& login = routes_.front().login;
    return {.user = login.user,
            .database = login.database,
            .application_name = login.application_name,
            .search_path = login.search_path};
}

std::int64_t connector::token_refreshes() const noexcept {
    std::int64_t all = 0;
    for (const route& one : routes_) {
        all += one.tokens.refreshes() + one.other_action_tokens.refreshes();
    }
    return all;
}

connection connector::open(const connect_settings& as, const call_limits& limits) {
    check_connect_settings(as);
    connect_time time{
        .credentials = pg::deadline(budget_.credentials).earlier(pg::deadline(limits.deadline()))};
    return routes_.size() == 1 ? open_at(routes_.front(), as, time, limits)
                               : open_any(as, time, limits);
}

connection connector::open_any(const connect_settings& as, connect_time& time,
                               const call_limits& limits) {
    const std::vector<std::size_t> order = health_.order(endpoint_health::clock::now());
    std::string failures;
    for (std::size_t tried = 0;; ++tried) {
        const std::size_t current = order[tried];
        time.endpoints_left = order.size() - tried;
        time.has_token = false;
        try {
            connection opened = open_at(routes_[current], as, time, limits);
            health_.reached(current);
            return opened;
        } catch (const error& failure) {
            if (!ends_at_endpoint(failure, time)) {
                throw;
            }
            health_.failed(current, endpoint_health::clock::now());
            failures.append(failures.empty() ? "" : "; ").append(failure.what());
            if (time.endpoints_left == 1) {
                throw_all_failed(failure, order.size(), failures);
            }
            report_failover(failure, tried + 1);
        }
    }
}

void connector::report_failover(const std::exception& failure, std::size_t failures) {
    if (observer_) {
        observer_->retrying({.operation = retried_operation::failover,
                             .attempt = static_cast<int>(failures),
                             .reason = failure.what()});
    }
}

connection connector::open_at(route& to, const connect_settings& as, connect_time& time,
                              const call_limits& limits) {
    pg::login login = to.login;
    token_generator& tokens =
        is_admin(as.user) == is_admin(login.user) ? to.tokens : to.other_action_tokens;
    login.user = as.user;
    login.database = as.database;
    login.application_name = as.application_name;
    login.search_path = as.search_path;
    return observed(observer_.get(), login, [&] { return log_in(login, tokens, time, limits); });
}

connection connector::log_in(pg::login login, token_generator& tokens, connect_time& time,
                             const call_limits& limits) {
    try {
        return log_in_with(tokens, login, time, limits);
    } catch (const connection_error& refusal) {
        if (refusal.phase() == connection_phase::auth) {
            // Discards the token, whatever the cause: its credentials may have been replaced, so
            // the next connect must sign a new one.
            tokens.invalidate();
        }
        if (!is_expired_token(refusal)) {
            throw;
        }
        if (observer_) {
            observer_->retrying({.operation = retried_operation::login, .reason = refusal.what()});
        }
    }
    return log_in_with(tokens, login, time, limits);
}

connection connector::log_in_with(token_generator& tokens, pg::login& login, connect_time& time,
                                  const call_limits& limits) {
    login.password = *tokens.get({*time.credentials.at(), limits.stop()});
    time.has_token = true;
    if (!time.network.at()) {
        time.network = budget_.together
                           ? time.credentials
                           : pg::deadline(budget_.network).earlier(pg::deadline(limits.deadline()));
    }
    return pg::session_access::connect(pg::open_connection(login, time.share(), limits.stop()),
                                       options_, schema_);
}

}  // namespace dsql::detail

namespace dsql {

connection connect(const config& settings, const call_limits& limits) {
    detail::connector source(settings, limits);
    return source.open(source.default_settings(), limits);
}

connection connect(std::string_view connection_string, const call_limits& limits) {
    return connect(parse_connection_string(connection_string), limits);
}

}  // namespace dsql
