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

}  // namespace

connect_budget::connect_budget(const config& settings)
    : credentials(settings.connect_timeout.value_or(usual_credentials_budget)),
      network(settings.connect_timeout.value_or(usual_network_budget)),
      together(settings.connect_timeout.has_value()) {}

connector::connector(const config& settings, const call_limits& limits)
    : connector(with_provider(settings), resolve_endpoint(settings, limits_for(settings, limits)),
                limits_for(settings, limits)) {}
connector::connector(const config& settings, const endpoint& place, const call_limits& limits)
    : tokens_(settings, place),
      other_action_tokens_(with_other_kind_of_user(settings), place),
      roots_(place.ssl_root_cert, limits),
      login_(login_for(settings, place, roots_)),
      budget_(settings),
      options_{.command_timeout = settings.command_timeout,
               .statement_cache_capacity = settings.statement_cache_capacity,
               .on_notice = settings.on_notice,
               .observer = settings.observer},
      observer_(settings.observer) {
    watch_for_exit();
    if (login_.host_address.empty()) {
        stay_loaded(stays_here);  // host names are resolved on threads that cannot be stopped
    }
}

connect_settings connector::default_settings() const {
    return {.user = login_.user,
            .database = login_.database,
            .application_name = login_.application_name,
            .search_path = login_.search_path};
}

connection connector::open(const connect_settings& as, const call_limits& limits) {
    check_connect_settings(as);
    pg::login login = login_;
    login.user = as.user;
    login.database = as.database;
    login.application_name = as.application_name;
    login.search_path = as.search_path;
    token_generator& tokens =
        is_admin(as.user) == is_admin(login_.user) ? tokens_ : other_action_tokens_;
    return observed(observer_.get(), login, [&] { return log_in(login, tokens, limits); });
}

connection connector::log_in(pg::login login, token_generator& tokens, const call_limits& limits) {
    const pg::deadline until =
        pg::deadline(budget_.credentials).earlier(pg::deadline(limits.deadline()));
    try {
        return log_in_with(tokens, login, until, limits);
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
    return log_in_with(tokens, login, until, limits);
}

// `until` is the deadline for the token and the connect together, or for the token alone when each
// has its own budget.
connection connector::log_in_with(token_generator& tokens, pg::login& login,
                                  const pg::deadline& until, const call_limits& limits) {
    login.password = *tokens.get({*until.at(), limits.stop()});
    const pg::deadline network =
        budget_.together ? until
                         : pg::deadline(budget_.network).earlier(pg::deadline(limits.deadline()));
    return pg::session_access::connect(pg::open_connection(login, network, limits.stop()), options_,
                                       schema_);
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
