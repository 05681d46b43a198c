// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/source_location.hpp>

#include <chrono>
#include <cstdint>
#include <exception>
#include <optional>
#include <string_view>

namespace dsql {

/// A connection is about to be made.
struct connect_event {
    std::string_view host{};      ///< the endpoint's full name
    std::string_view user{};      ///< the database role
    std::string_view database{};  ///< the database's name
};

/// A connection of a pool is about to be acquired.
struct acquire_event {
    source_location where{};  ///< the call
};

/// A connection of a pool has come back.
struct release_event {
    /// False when it was closed: broken, too old, inside a transaction, or the pool's options say
    /// so.
    bool kept = false;
};

/// A statement, batch, stream or COPY is about to be sent.
struct query_event {
    std::string_view sql{};   ///< without the values of its parameters
    source_location where{};  ///< the call
};

/// A statement, batch, stream or COPY has ended.
struct query_end_event {
    std::string_view sql{};   ///< as at its start: see `query_event`
    source_location where{};  ///< the call
    /// The number of rows returned or changed, as the server counts them: for a batch, those of all
    /// its statements; for a stream or COPY, those that were read or sent. 0 after an error.
    std::int64_t rows = 0;
    /// The time since its start, on a steady clock. For a stream or COPY, includes the time that
    /// the program took between the rows.
    std::chrono::nanoseconds duration{};
    /// The exception that it ended with, without values of parameters; null if it succeeded. Valid
    /// until the function returns. @see observer::wants_values
    const std::exception* error = nullptr;
};

/// What is retried.
enum class retried_operation {
    connect,      ///< a connection that could not be made, by the pool
    login,        ///< a login, with a new token, after the server rejected one as expired
    transaction,  ///< a transaction or statement: for a conflict, or what else `transact` retries
    failover,     ///< a connect, at the next endpoint of the config
};

/// The operation as one English word, for logs and names of metrics.
[[nodiscard]] constexpr std::string_view to_string(retried_operation operation) noexcept {
    switch (operation) {
        case retried_operation::connect:
            return "connect";
        case retried_operation::login:
            return "login";
        case retried_operation::transaction:
            return "transaction";
        case retried_operation::failover:
            return "failover";
    }
    return "unknown";
}

/// Something failed and will be tried again.
struct retry_event {
    /// What was tried.
    retried_operation operation = retried_operation::connect;
    /// The number of the attempt that failed, counted from 1. For connects, the number of failures
    /// in a row; for a failover, the number of endpoints that have failed.
    int attempt = 1;
    std::chrono::milliseconds wait{};  ///< before the next attempt
    std::string_view reason{};         ///< why this one failed; without values of parameters
    /// The statement that the server rejected; empty if there was none.
    std::string_view sql{};
    source_location where{};  ///< the call that ran it; line 0 where there was none
};

/// AWS credentials could not be renewed, or a service returned expired ones because it had no newer
/// ones. The current ones stay in use, and the renewal will be tried again.
struct credentials_refresh_event {
    /// The reason, as a text for people.
    std::string_view reason{};
    /// When the credentials in use expire, or have expired. None: they do not expire.
    std::optional<std::chrono::system_clock::time_point> expiration{};
    /// The source is not contacted before this time.
    std::chrono::system_clock::time_point next_attempt{};
};

/// Is notified of what the library does, for traces and metrics. Derive from it, override the
/// functions of interest, and set `config::observer`.
///
/// A start function returns a value that the end function receives, such as the number of a span or
/// an index; 0 by default. An end event has the exception that was thrown, or null. What an event
/// refers to is valid until the function returns, and contains no secret: no key, no token, and
/// unless `wants_values` says so, no value of a parameter.
///
/// The functions are called on the threads that do the work, possibly on several at once, so they
/// should be fast. They must not throw, which would end the program. They must not use the
/// connection that calls them. For the pool that calls them, the rules of `pool_options` for hooks
/// apply: an acquire that would have to wait throws `error`, which the function must catch. Without
/// an observer, there is almost no cost.
class observer {
public:
    /// Connects an end event to its start event.
    using span = std::uint64_t;

    observer() noexcept = default;
    observer(const observer&) = delete;
    observer& operator=(const observer&) = delete;
    virtual ~observer() = default;

    /// A connect, from name lookup to login. With `config::failover`, one for each endpoint that is
    /// tried.
    virtual span connect_started(const connect_event&) noexcept { return 0; }
    /// Its end.
    virtual void connect_ended(span, const std::exception* /*error*/) noexcept {}

    /// An acquire, from the call to the connection.
    virtual span acquire_started(const acquire_event&) noexcept { return 0; }
    /// Its end.
    virtual void acquire_ended(span, const std::exception* /*error*/) noexcept {}

    /// A connection was given back.
    virtual void released(const release_event&) noexcept {}

    /// A statement, a batch, or the begin or end of a transaction, with the exchange it takes; of a
    /// stream or a COPY, all of it.
    virtual span query_started(const query_event&) noexcept { return 0; }
    /// Its end, which has all that a log of slow statements wants.
    virtual void query_ended(span, const query_end_event&) noexcept {}

    /// The making of a new IAM token, credentials included where they have to be fetched.
    virtual span token_refresh_started() noexcept { return 0; }
    /// Its end.
    virtual void token_refresh_ended(span, const std::exception* /*error*/) noexcept {}

    /// Tokens are signed with credentials that could not be renewed; these may have expired. Called
    /// once for each renewal that failed, when the next token is signed, and by
    /// `fetch_credentials`.
    virtual void credentials_refresh_failed(const credentials_refresh_event&) noexcept {}

    /// Something will be tried again.
    virtual void retrying(const retry_event&) noexcept {}

    /// Whether the errors of `query_ended` and `acquire_ended` may show values of parameters. By
    /// default, they do not: they are copies without DETAIL and CONTEXT, and without values in
    /// messages. The error that the call throws is whole.
    [[nodiscard]] virtual bool wants_values() const noexcept { return false; }
};

}  // namespace dsql
