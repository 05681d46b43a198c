// SPDX-License-Identifier: Apache-2.0
#include "proxy/session_starter.hpp"

#include "proxy/client_login.hpp"
#include "wire/messages.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>
#include <variant>

namespace dsql_cli::proxy {

namespace {

// PostgreSQL's authentication_timeout.
constexpr auto login_time = std::chrono::seconds(60);

// How many logins may be under way besides those of clients that are taken: of clients that only
// cancel a statement, and of those that are refused once they can understand why.
constexpr int spare_logins = 64;

// Counts one more until the result is destroyed. Returns std::nullopt if there are `most`.
std::optional<std::shared_ptr<void>> count_in(std::atomic<int>& count, int most) {
    int taken = count;
    do {
        if (taken >= most) {
            return std::nullopt;
        }
    } while (!count.compare_exchange_weak(taken, taken + 1));
    return std::shared_ptr<void>(nullptr, [&count](const void*) { --count; });
}

wire::error_response too_many_clients() {
    return {.sqlstate = "53300",
            .message = "dsql proxy has too many clients",
            .hint = "--max-clients says how many it takes."};
}

std::size_t loop_count() {
    constexpr unsigned most = 4;
    return std::clamp(std::thread::hardware_concurrency(), 1U, most);
}

std::string describe_session(const client_startup& startup, const std::string& asked_role,
                             const std::string& peer) {
    std::string text = "started: role ";
    text.append(startup.user);
    if (asked_role != startup.user) {
        text.append(" instead of ").append(asked_role);
    }
    text.append(", ").append(peer);
    if (!startup.application_name.empty()) {
        text.append(", application ").append(startup.application_name);
    }
    return text;
}

std::string describe_cancel(cancel_outcome outcome) {
    switch (outcome) {
        case cancel_outcome::sent:
            return "cancel request passed on; Aurora DSQL ignores it";
        case cancel_outcome::unknown_key:
            return "cancel request refused: no session has its key";
        case cancel_outcome::no_tls:
            return "cancel request not passed on: it needs libpq 17 or later, which sends it in "
                   "TLS";
        case cancel_outcome::failed:
            return "cancel request not passed on: the cluster could not be reached";
    }
    return {};
}

std::vector<std::pair<std::string, std::string>> reported_settings(
    const cluster_connection& cluster, const client_startup& startup, compat_filter* compat) {
    std::vector<std::pair<std::string, std::string>> settings = cluster.reported_settings();
    for (auto& [name, value] : settings) {
        if (compat != nullptr && name == "server_version") {
            value = compat->reported_version(startup.application_name, value);
        }
    }
    return settings;
}

statement_filter to_filter(const std::shared_ptr<compat_filter>& compat) {
    if (compat == nullptr) {
        return {};
    }
    return [compat](std::string_view sql) {
        return compat->rewrite(sql);
    };
}

}  // namespace

session_starter::session_starter(const proxy_options& options, scram_verifier verifier,
                                 proxy_log& log)
    : options_(options),
      verifier_(std::move(verifier)),
      log_(log),
      cluster_(options.cluster, options.patience) {
    for (std::size_t i = 0; i < loop_count(); ++i) {
        loops_.push_back(std::make_unique<relay_loop>(log));
    }
}

session_starter::~session_starter() {
    stop_.set();
    for (auto& [number, login] : logins_) {
        login.join();
    }
    for (const std::unique_ptr<relay_loop>& loop : loops_) {
        loop->stop();
    }
    loops_.clear();
}

void session_starter::start(accepted_client client) {
    const std::uint64_t number = ++last_number_;
    if (client.is_other_user) {
        refuse(number, client.connection,
               {.sqlstate = "28000",
                .message = "only the user who runs dsql proxy may connect to it",
                .hint = "This is " + client.peer + "."});
        return;
    }
    join_ended_logins();
    const auto under_way = count_in(logins_under_way_, options_.max_clients + spare_logins);
    if (!under_way) {
        refuse(number, client.connection, too_many_clients());
        return;
    }
    auto shared = std::make_shared<accepted_client>(std::move(client));
    try {
        logins_.emplace(number, [this, number, shared, under_way] {
            log_in(number, *shared);
            const std::lock_guard lock(mutex_);
            ended_logins_.push_back(number);
        });
    } catch (const std::system_error& error) {
        refuse(number, shared->connection, {.sqlstate = "53000", .message = error.what()});
    }
}

void session_starter::join_ended_logins() {
    std::vector<std::uint64_t> ended;
    {
        const std::lock_guard lock(mutex_);
        ended.swap(ended_logins_);
    }
    for (const std::uint64_t number : ended) {
        logins_.extract(number).mapped().join();
    }
}

void session_starter::log_in(std::uint64_t number, accepted_client& client) {
    try {
        const login_stream stream(client.connection, stop_.descriptor(),
                                  login_stream::clock::now() + login_time);
        client_request request = read_client_request(stream);
        if (const auto* const key = std::get_if<cancel_key>(&request)) {
            cancel(number, *key);
            return;
        }
        open_session(number, client, std::move(std::get<client_startup>(request)), stream);
    } catch (const wire::login_error& error) {
        refuse(number, client.connection, error.response());
    } catch (const client_gone& gone) {
        log_.session(number, std::string("none: ") + gone.what());
    } catch (const std::exception& error) {
        refuse(number, client.connection, {.sqlstate = "XX000", .message = error.what()});
    }
}

void session_starter::open_session(std::uint64_t number, accepted_client& client,
                                   client_startup startup, const login_stream& stream) {
    if (client.needs_password) {
        require_password(stream, verifier_, startup.user);
    }
    const auto slot = count_in(clients_, options_.max_clients);
    if (!slot) {
        throw wire::login_error(too_many_clients());
    }
    const std::string asked_role = startup.user;
    choose_role(startup);
    const std::shared_ptr<compat_filter> compat = make_compat_filter(number);
    if (compat != nullptr) {
        compat->remove_answered(startup.settings);
    }
    std::unique_ptr<cluster_connection> cluster =
        cluster_.open(startup, client.connection, stop_.descriptor());
    cancel_registry::entry cancelable = cancels_.add(*cluster);
    // The connect may have taken longer than a client has for its part of the login.
    const login_stream welcome(client.connection, stop_.descriptor(),
                               login_stream::clock::now() + login_time);
    welcome_client(welcome, reported_settings(*cluster, startup, compat.get()), cancelable.key());
    log_.session(number, describe_session(startup, asked_role, client.peer));
    loops_[static_cast<std::size_t>(number % loops_.size())]->add(
        std::make_unique<relay_session>(relay_session::parts{.number = number,
                                                             .client = std::move(client.connection),
                                                             .cluster = std::move(cluster),
                                                             .cancelable = std::move(cancelable),
                                                             .filter = to_filter(compat),
                                                             .slot = *slot}));
}

// A client that names no database asks for one with the name of its user; DSQL has only one.
void session_starter::choose_role(client_startup& startup) const {
    if (startup.database.empty() || startup.database == startup.user) {
        startup.database = options_.cluster.database;
    }
    if (options_.has_fixed_role) {
        startup.user = options_.cluster.user;
    }
}

// Null without --compat.
std::shared_ptr<compat_filter> session_starter::make_compat_filter(std::uint64_t number) {
    if (!options_.is_compatible) {
        return nullptr;
    }
    return std::make_shared<compat_filter>([&log = log_, number](const std::string& answered) {
        log.session(number, "answered by --compat: " + answered);
    });
}

void session_starter::cancel(std::uint64_t number, const cancel_key& key) {
    log_.session(number, describe_cancel(cancels_.cancel(key, stop_.descriptor())));
}

void session_starter::refuse(std::uint64_t number, const client_connection& client,
                             const wire::error_response& error) {
    std::string text = "refused: ";
    text.append(error.message);
    if (!error.hint.empty()) {
        text.append(" (").append(error.hint).append(")");
    }
    log_.session(number, text);
    // The message is short and the first of its connection, so the socket takes it at once.
    static_cast<void>(client.write(wire::encode_error_response(error)));
    client.discard_input();
}

}  // namespace dsql_cli::proxy
