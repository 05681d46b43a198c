// SPDX-License-Identifier: Apache-2.0
#include "pg/connect/connect_operation.hpp"

#include "pg/connect/connect_error.hpp"
#include "pg/connect/connect_parameters.hpp"
#include "pg/connect/scoped_environment_mask.hpp"
#include "pg/libpq_version.hpp"

#include <libpq-fe.h>

#include <array>
#include <cctype>
#include <new>
#include <string>
#include <string_view>
#include <utility>

namespace dsql::pg {

namespace {

// A file that is not there, for parameters that must name one and whose default in the home
// directory is not to be looked at.
constexpr const char* no_such_file = "/nonexistent/aurora-dsql-uses-none";

void add_tls(connect_parameters& parameters, const std::string& root_certificate) {
    parameters.add("sslmode", "verify-full");
    parameters.add("sslrootcert", root_certificate);
    parameters.add("ssl_min_protocol_version", "TLSv1.2");
    parameters.add("sslsni", "1");
    parameters.add("sslcompression", "0");
    parameters.add("gssencmode", "disable");
    // Files in ~/.postgresql have no say: no client certificate, no revocation list of their own.
    parameters.add("sslcert", no_such_file);
    parameters.add("sslkey", no_such_file);
    parameters.add("sslcrl", no_such_file);
    if (knows_ssl_cert_mode()) {
        parameters.add("sslcertmode", "disable");
    }
    if (knows_direct_tls()) {
        parameters.add("sslnegotiation", "direct");
    }
}

// A peer that is gone without a word is noticed within about a minute, not after two hours.
void add_keepalive(connect_parameters& parameters) {
    parameters.add("keepalives", "1");
    parameters.add("keepalives_idle", "30");
    parameters.add("keepalives_interval", "10");
    parameters.add("keepalives_count", "3");
    parameters.add("tcp_user_timeout", "60000");
}

// A setting as the startup packet takes it. Source: PostgreSQL, "Connection Settings", options: a
// backslash stands before a space or a backslash.
std::string startup_option(std::string_view name, std::string_view value) {
    std::string option = "-c " + std::string(name) + "=";
    for (const char c : value) {
        if (c == '\\' || std::isspace(static_cast<unsigned char>(c)) != 0) {
            option += '\\';
        }
        option += c;
    }
    return option;
}

pg_conn* start(const login& target, const std::string& address,
               const std::string& root_certificate) {
    connect_parameters parameters;
    parameters.add("host", target.host);
    parameters.add("hostaddr", address);
    parameters.add("port", std::to_string(target.port));
    parameters.add("user", target.user);
    parameters.add("dbname", target.database);
    parameters.add("password", target.password);
    parameters.add("application_name", target.application_name);
    parameters.add("client_encoding", "UTF8");
    if (!target.search_path.empty()) {
        parameters.add("options", startup_option("search_path", target.search_path));
    }
    if (knows_require_auth()) {
        parameters.add("require_auth", "password");
    }
    add_tls(parameters, root_certificate);
    add_keepalive(parameters);
    return parameters.start_connecting();
}

// libpq's own processor prints to standard error, where a library has no business.
void ignore_notice(void*, const char*) {}

}  // namespace

connect_operation::connect_operation(const login& target, const std::string& address,
                                     const std::string& root_certificate)
    : target_(target), handle_(start(target, address, root_certificate)) {
    if (!handle_) {
        throw std::bad_alloc();
    }
    if (PQstatus(handle_.get()) == CONNECTION_BAD) {
        throw connect_failure(handle_.get(), connection_phase::tcp, target_);
    }
    PQsetNoticeProcessor(handle_.get(), &ignore_notice, nullptr);
}

connection_phase connect_operation::current_phase() const noexcept {
    switch (PQstatus(handle_.get())) {
        case CONNECTION_NEEDED:
        case CONNECTION_STARTED:
            return connection_phase::tcp;
        case CONNECTION_MADE:
        case CONNECTION_SSL_STARTUP:
            return connection_phase::tls;
        case CONNECTION_AWAITING_RESPONSE:
            // Also the state in which the answer to a request for TLS is awaited.
            return PQsslInUse(handle_.get()) != 0 ? connection_phase::auth : connection_phase::tls;
        default:
            return connection_phase::startup;
    }
}

static PostgresPollingStatusType poll_connect(pg_conn* handle) {
    // What libpq reads when it sends the startup packet, after all parameters have been given.
    static constexpr std::array<const char*, 3> startup_variables = {"PGTZ", "PGDATESTYLE",
                                                                     "PGGEQO"};
    const scoped_environment_mask hidden(startup_variables);
    return PQconnectPoll(handle);
}

wait_for connect_operation::step() {
    if (!std::exchange(started_, true)) {
        return wait_for::writable;  // as PQconnectPoll's documentation wants the first wait to be
    }
    const connection_phase before = current_phase();
    // Without one, libpq 18 reads beyond its memory for the text of why it cannot read the root
    // certificate.
    if (PQsslInUse(handle_.get()) == 0 && !shortage_of_descriptors().empty()) {
        throw connect_failure(handle_.get(), before, target_);
    }
    const PostgresPollingStatusType status = poll_connect(handle_.get());
    phase_ = status == PGRES_POLLING_FAILED ? before : current_phase();
    switch (status) {
        case PGRES_POLLING_READING:
            return wait_for::readable;
        case PGRES_POLLING_WRITING:
            return wait_for::writable;
        case PGRES_POLLING_OK:
            return wait_for::done;
        default:
            throw connect_failure(handle_.get(), phase_, target_);
    }
}

int connect_operation::socket() const {
    return PQsocket(handle_.get());
}

}  // namespace dsql::pg
