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
    std::string_view host{};      ///< the cluster's full name
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
    /// Rows returned or changed, as the server counts them; of a batch, all of its statements'; of
    /// a stream or a COPY, those that were read or sent. 0 after a failure.
    std::int64_t rows = 0;
    /// From its start, by a clock that is not set; of a stream or COPY with the time that the
    /// program took between its rows.
    std::chrono::nanoseconds duration{};
    /// The exception that it ended with; null if it succeeded. Valid until the function returns.
    const std::exception* error = nullptr;
};

/// What a retry is of.
enum class retried_operation {
    connect,      ///< a connection that could not be made, by the pool
    login,        ///< a login with a token that the server called expired: with a new one
    transaction,  ///< a transaction or statement: for a conflict, or what else `transact` retries
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
    }
    return "unknown";
}

/// Something failed and will be tried again.
struct retry_event {
    /// What was tried.
    retried_operation operation = retried_operation::connect;
    /// The try that failed, counted from 1; of connects, how many have failed in a row.
    int attempt = 1;
    std::chrono::milliseconds wait{};  ///< before the next try
    std::string_view reason{};         ///< why this one failed
    /// The statement that the server refused; empty where none was.
    std::string_view sql{};
    source_location where{};  ///< the call that ran it; line 0 where there was none
};

/// AWS credentials could not be renewed, or came expired from a service that had no newer ones.
/// Those that are there stay in use, and the renewal is tried again.
struct credentials_refresh_event {
    /// Why, in words for people.
    std::string_view reason{};
    /// When the credentials in use end, or ended; none: they do not expire.
    std::optional<std::chrono::system_clock::time_point> expiration{};
    /// The source is not asked before this.
    std::chrono::system_clock::time_point next_attempt{};
};

/// Told of what the library does, for traces and metrics: derive, override what is of interest, and
/// put it into `config::observer`.
///
/// A start returns a value that its end receives: a span's number, a time, an index; 0 by default.
/// An end has the exception that was thrown, or null. What the events refer to lives until the
/// function returns, and holds no secret: no key, no token, no value of a parameter.
///
/// The functions are called on the thread that does the work, from several at once and sometimes
/// soon after each other, so they are to be quick. They must not throw, which ends the program.
/// They must not use the connection that tells them. For the pool that does, the rules of
/// `pool_options` for hooks hold: an acquire that would have to wait throws `error`, to be caught
/// in the function. Nothing is called, and next to nothing spent, without an observer.
class observer {
public:
    /// What joins an end to its start.
    using span = std::uint64_t;

    observer() noexcept = default;
    observer(const observer&) = delete;
    observer& operator=(const observer&) = delete;
    virtual ~observer() = default;

    /// A connect, from name lookup to login.
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
};

}  // namespace dsql
