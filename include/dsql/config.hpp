// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/error.hpp>
#include <dsql/export.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dsql {

/// Called with each notice (WARNING, NOTICE, INFO, ...) that the server sends, on the thread that
/// uses the connection, while it waits for a result. The argument is valid during the call.
/// Exceptions of the handler are ignored. The connection is busy with the statement that caused the
/// notice:
///
/// - Functions that would send something on it throw `error` and leave the connection unchanged.
/// - `close` takes effect when the current statement ends, usually with a `connection_error`.
/// - `connection::release` returns null.
/// - The handler may be replaced. The connection may be moved, destroyed or returned to its pool;
///   the current statement is completed first.
using notice_handler = std::function<void(const server_error_fields&)>;

class credentials_provider;
class observer;

/// One more endpoint of a cluster that has several: see `config::failover`. A plain value.
struct failover_endpoint {
    /// The endpoint's name, or the cluster's identifier alone. Required. @see config::host
    std::string host{};
    /// AWS region. Empty: taken from `host`, and from nothing else, because the environment names
    /// the region of the program. Required if `host` is an identifier alone.
    std::string region{};
    /// TCP port, 1 to 65535. Not set: `config::port`.
    std::optional<int> port{};
    /// IP address or name to connect to instead of `host`. Not set: `DSQL_HOST_ADDRESS` of the
    /// environment, else none; not `config::host_address`, which is for the config's own host.
    std::optional<std::string> host_address{};
};

/// Where to connect, as whom, and with which AWS credentials. A plain value: every field has a
/// default but `host`. Fields are checked when the config is used; an invalid one is a
/// `config_error`.
struct config {
    /// The cluster's endpoint ("<id>.dsql.<region>.on.aws"), or its identifier alone: 26 lower-case
    /// letters and digits, completed with the region. Required. An IP address is rejected, because
    /// DSQL needs the name for SNI, certificate and token; see `host_address`.
    std::string host{};
    /// AWS region, for example "us-east-1". Empty: taken from `host`, else `AWS_REGION`,
    /// `AWS_DEFAULT_REGION`, else the profile's `region`. A region that contradicts `host` is an
    /// error. A region given here is also used for the AWS services that supply credentials.
    std::string region{};
    /// Database role. "admin" asks for the action DbConnectAdmin, every other role for DbConnect.
    std::string user = "admin";
    /// Database name; DSQL has one, "postgres".
    std::string database = "postgres";
    /// TCP port, 1 to 65535. Not set: `DSQL_PORT` of the environment, else 5432.
    std::optional<int> port{};
    /// Profile of the shared AWS config and credentials files. Empty: the default chain. A profile
    /// that is named here is the only source that is asked.
    std::string profile{};
    /// How long a token may be used to connect: 1 s to 604 800 s (one week), default 900 s.
    /// Limited to the remaining life of the credentials that sign it. A session continues after its
    /// token has expired.
    /// Source: Aurora DSQL User Guide, "Generating an authentication token".
    std::chrono::seconds token_duration{900};
    /// The program's own source of credentials. Null: see `profile`. Shared by everything made from
    /// this config, and called from several threads.
    std::shared_ptr<credentials_provider> credentials{};
    /// Supplies the code of an MFA device to a profile that has `mfa_serial`; its argument is that
    /// serial number. Without it such a profile is an error. See `mfa_code_function`.
    std::function<std::string(const std::string& mfa_serial)> mfa_code{};
    /// Whether a `credential_process` may ask the user at the terminal, as command-line programs
    /// want it. If true, it runs in the program's process group, with the program's standard error
    /// and, if that is a terminal, its standard input, and may take an hour. If false, it has none
    /// of these and may take a minute.
    bool interactive = false;
    /// The time limit of one connect: credentials, name lookup, TCP, TLS and login together. More
    /// than zero. Not set: up to two minutes for the credentials, because a `credential_process`
    /// may be slow or a user may have to enter an MFA code, and then 10 s for the network.
    std::optional<std::chrono::milliseconds> connect_timeout{};
    /// Put before the application name as "<orm_prefix>:aurora-dsql-cpp-libpq/<version>". Letters,
    /// digits, '-', '_' and '.' only; the whole name has at most 64 characters.
    std::string orm_prefix{};
    /// Name of the program, as the server shows it. Printable ASCII; at most 64 characters with the
    /// `orm_prefix` in front of it. Empty: "aurora-dsql-cpp-libpq/<version>".
    /// Source: PostgreSQL, "Error Reporting and Logging", application_name.
    std::string application_name{};
    /// Schemas in which names without a schema are looked up, separated by commas, as SET takes
    /// them: `app, public`. Set at the start of the session, so that RESET restores it. Empty: the
    /// role's default. Source: PostgreSQL, "The Schema Search Path".
    std::string search_path{};
    /// IP address or name to connect to instead of `host`, which still counts for SNI, certificate
    /// and token. For PrivateLink endpoints ("vpce-....vpce.amazonaws.com"), tunnels and
    /// dsql-local. A name is looked up. Not set: `DSQL_HOST_ADDRESS` of the environment, else none.
    /// Empty: none, whatever the environment says.
    std::optional<std::string> host_address{};
    /// The cluster's identifier, for the startup option `amzn-cluster-id`. Empty (default): the one
    /// in `host` if `host_address` is the name of a PrivateLink endpoint; otherwise the option is
    /// not sent, because the cluster is known by the server name. An identifier that contradicts
    /// `host` is an error. Source: Aurora DSQL User Guide, "Connecting to an Aurora DSQL cluster
    /// using an AWS PrivateLink endpoint without private DNS".
    std::string cluster_id{};
    /// More endpoints of the same multi-Region cluster, in order of preference after `host`. A new
    /// connection goes to the first endpoint that is not known to be down. One is down if its name
    /// has no address, it cannot be reached or does not respond, or it reports itself unavailable;
    /// then the next is tried within the same time limit. A rejected token or certificate is an
    /// error at once. An endpoint that is down is tried again after half a second, then after ever
    /// longer times, up to 30 s, so that a pool returns to the one that you prefer. Open
    /// connections stay where they are. Each endpoint gets tokens of its own region. Empty
    /// (default): only `host`.
    std::vector<failover_endpoint> failover{};
    /// The time limit of a call that has no limits of its own, for all its round trips together.
    /// For a stream or COPY, the limit of each wait for the server. 0 (default): no limit. Not
    /// negative. When it is reached, the connection is closed, because DSQL has no server-side
    /// cancel.
    std::chrono::milliseconds command_timeout{};
    /// How many prepared statements a connection keeps for reuse; 0: none are prepared
    /// automatically. Default 256.
    std::size_t statement_cache_capacity = 256;
    /// Called with the server's notices. Empty (default): notices are ignored.
    notice_handler on_notice{};
    /// Notified of connects, statements, token refreshes and retries, and of a pool's acquires.
    /// Shared by everything made from this config. May be null.
    std::shared_ptr<dsql::observer> observer{};
    /// PEM file of the certificate authorities to trust, or "system" for the system's trust store.
    /// Empty: `DSQL_SSL_ROOT_CERT` of the environment, else the system's trust store. Verification
    /// cannot be switched off. A pipe, such as a shell's `<(command)`, is read once, for all
    /// connections.
    std::string ssl_root_cert{};
};

/// Reads a connection string: `postgres://`, `postgresql://` or `dsql://` followed by
/// `[user@]host[:port][/database][?parameter=value&...]`, or libpq's `keyword=value` form, or just
/// a cluster's endpoint or identifier.
///
/// Parameters: `host`, `port`, `user`, `dbname`, `hostaddr`, `connect_timeout` and
/// `command_timeout` (seconds), `statement_cache_capacity`, `application_name`, `ormPrefix`,
/// `search_path`, `sslrootcert` (a file, or `system`), `region`, `profile`, `tokenDurationSecs`,
/// and `options`, which may set `search_path` and `amzn-cluster-id`: `-c amzn-cluster-id=...`.
/// Several hosts, separated by commas, become `host` and `failover`; `port` and `hostaddr` then
/// have as many values, or one port for all: `host1:port1,host2:port2` in a URI. Parameters that
/// only state what is done anyway are accepted: `sslmode=verify-full`, `sslnegotiation=direct`,
/// `sslsni=1`, `gssencmode=disable`, `client_encoding=UTF8`, `target_session_attrs=any`,
/// `load_balance_hosts=disable`. Percent-encoding is decoded; libpq's quoting rules apply to the
/// second form (PostgreSQL, "Connection Strings").
///
/// Throws `config_error`, which names the parameter, for anything else, such as `password`, which
/// would replace the token, and any other `sslmode`. The message never shows the value of a
/// password.
[[nodiscard]] DSQL_EXPORT config parse_connection_string(std::string_view text);

}  // namespace dsql
