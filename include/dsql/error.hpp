// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/export.hpp>

#include <stdexcept>
#include <string>
#include <string_view>

namespace dsql {

/// Root of everything this library throws on its own account.
///
/// No message of any class below holds a secret access key, a session token or an IAM token.
/// All of them are ordinary values: copying one does not throw, and `const` access is safe from any
/// thread.
class DSQL_EXPORT error : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// A configuration, connection string or option that cannot be used. Nothing was sent anywhere.
/// The message names the setting, says what is wrong with it and what would be right.
class DSQL_EXPORT config_error : public error {
public:
    using error::error;
};

/// No usable AWS credentials. The message names every source that was tried and why it declined.
class DSQL_EXPORT credentials_error : public error {
public:
    using error::error;
};

/// How far a connection attempt had come when it failed.
enum class connection_phase {
    resolve,      ///< looking up the host name
    tcp,          ///< reaching the address and port
    tls,          ///< TLS handshake, certificate included
    auth,         ///< the server refused the token
    startup,      ///< the server refused the session for another reason
    established,  ///< the connection was up and broke later
};

/// The phase as one English word, for messages and logs.
[[nodiscard]] DSQL_EXPORT std::string_view to_string(connection_phase phase) noexcept;

/// A connection could not be made, or broke.
class DSQL_EXPORT connection_error : public error {
public:
    /// `server_message` and `hint` are empty unless the server itself gave them.
    connection_error(connection_phase phase, const std::string& what,
                     std::string server_message = {}, std::string hint = {});

    [[nodiscard]] connection_phase phase() const noexcept { return phase_; }
    /// The server's primary message, for example "unable to accept connection, access denied".
    [[nodiscard]] const std::string& server_message() const noexcept { return server_message_; }
    /// The server's HINT: for a refused token this is where DSQL gives the cause.
    [[nodiscard]] const std::string& hint() const noexcept { return hint_; }

private:
    connection_phase phase_;
    std::string server_message_;
    std::string hint_;
};

/// The fields of a PostgreSQL error report that a program acts on.
/// See PostgreSQL, "Error and Notice Message Fields".
struct server_error_fields {
    std::string sqlstate{};  ///< five characters, for example "23505"
    std::string severity{};  ///< ERROR, FATAL or PANIC, never translated
    std::string message{};
    std::string detail{};
    std::string hint{};
};

/// The server answered a statement with an error. The connection stays usable unless it says not.
class DSQL_EXPORT server_error : public error {
public:
    explicit server_error(server_error_fields fields);

    [[nodiscard]] const std::string& sqlstate() const noexcept { return fields_.sqlstate; }
    [[nodiscard]] const server_error_fields& fields() const noexcept { return fields_; }

private:
    server_error_fields fields_;
};

/// A deadline passed: while connecting, while waiting for a pool's connection, or in a statement of
/// an `after_connect`; that connection has then been closed, because DSQL has no server-side
/// cancel.
class DSQL_EXPORT timeout_error : public error {
public:
    using error::error;
};

/// The caller's `std::stop_token` asked to stop.
class DSQL_EXPORT cancelled_error : public error {
public:
    using error::error;
};

/// The pool was closed before or while a connection was being acquired.
class DSQL_EXPORT pool_closed_error : public error {
public:
    using error::error;
};

/// A query that had to return a row returned none.
class DSQL_EXPORT no_rows_error : public error {
public:
    using error::error;
};

/// A value cannot be had as the C++ type asked for. The message names the column, the SQL type and
/// the C++ type.
class DSQL_EXPORT conversion_error : public error {
public:
    using error::error;
};

}  // namespace dsql
