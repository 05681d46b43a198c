// SPDX-License-Identifier: Apache-2.0
#include "local_cluster.hpp"

#include "login/token_signer.hpp"
#include "postgres/built_in_functions.hpp"
#include "postgres/postgres_binaries.hpp"
#include "system/files.hpp"
#include "system/scratch_directory.hpp"
#include "tls/certificates.hpp"
#include "tls/tls_context.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <stdexcept>
#include <string_view>
#include <system_error>

namespace dsql_local {
namespace {

constexpr std::chrono::hours printed_token_lifetime(12);

// Has the form of a cluster identifier, 26 letters and digits, but cannot be mistaken for a real
// one.
constexpr std::string_view cluster_id = "dsqllocalstandinendpoint00";

void write_public_file(const std::filesystem::path& path, const std::string& text) {
    unlink(path.c_str());
    const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
                          S_IRUSR | S_IWUSR | S_IRGRP | S_IROTH);
    const ssize_t written = file < 0 ? -1 : write(file, text.data(), text.size());
    const int error = errno;
    if (file >= 0) {
        close(file);
    }
    if (written != static_cast<ssize_t>(text.size())) {
        throw std::system_error(error, std::generic_category(), "cannot write " + path.string());
    }
}

void add_identity(const test_identity& identity, const std::string& prefix,
                  environment_changes& changes) {
    changes.set.emplace_back(prefix + "_ARN", identity.arn);
    changes.set.emplace_back(prefix + "_ACCESS_KEY_ID", identity.keys.access_key_id);
    changes.set.emplace_back(prefix + "_SECRET_ACCESS_KEY", identity.keys.secret_access_key);
    if (identity.keys.session_token) {
        changes.set.emplace_back(prefix + "_SESSION_TOKEN", *identity.keys.session_token);
    }
}

// Sockets are in /tmp if the path of TMPDIR is too long for them.
void remove_all_leftovers() {
    const std::filesystem::path parent = temporary_parent();
    remove_leftovers(parent);
    if (parent != "/tmp") {
        remove_leftovers("/tmp");
    }
}

// The file will be replaced, so it must be new, or hold what is to be replaced.
void require_certificate_or_nothing(const std::filesystem::path& file) {
    constexpr std::string_view start = "-----BEGIN CERTIFICATE-----";
    std::error_code error;
    const auto type = std::filesystem::symlink_status(file, error).type();
    if (type == std::filesystem::file_type::not_found) {
        return;
    }
    std::string text(start.size(), '\0');
    std::ifstream(file).read(text.data(), static_cast<std::streamsize>(text.size()));
    if (type != std::filesystem::file_type::regular || text != start) {
        throw std::runtime_error("--ca-file " + file.string() +
                                 ": it exists and is not a certificate; name a new file");
    }
}

// Returns PostgreSQL's binaries.
std::filesystem::path prepare(const options& chosen) {
    if (chosen.ca_file) {
        require_certificate_or_nothing(*chosen.ca_file);
    }
    remove_all_leftovers();
    return find_postgres_binaries(chosen.postgres_bindir);
}

}  // namespace

local_cluster::local_cluster(const options& chosen, const signal_queue& signals)
    : chosen_(chosen),
      postgres_(prepare(chosen), chosen.data_directory, chosen.server, signals),
      jobs_(postgres_.socket()) {
    const key_pair authority = make_authority();
    write_public_file(ca_file(), to_pem(authority.cert));
    settings_ = {
        .keys = chosen.keys,
        .identities = chosen.identities,
        .keys_file = chosen.keys_file,
        .rate = std::make_shared<connection_rate>(chosen.connection_rate, chosen.connection_burst),
        .connections = std::make_shared<connection_count>(chosen.connection_limit),
        .shared = std::make_shared<shared_state>(chosen.fault_seed, chosen.dialect,
                                                 find_built_in_functions(postgres_.socket())),
        .limits = chosen.limits,
        .message_size_limit = chosen.message_size_limit,
        .grants = std::make_shared<role_grants>(postgres_.socket(), chosen.user),
        .backend_socket = postgres_.socket(),
        .login_timeout = chosen.login_timeout,
        .time_offset = chosen.time_offset,
        .verbose = chosen.verbose};
    if (decides_conflicts_at_commit(chosen.dialect)) {
        settings_.locks =
            std::make_shared<lock_monitor>(settings_.backend_socket, settings_.shared->conflicts);
    }
    const boost::asio::ip::tcp::endpoint address(
        boost::asio::ip::make_address(chosen.listen_address), chosen.port);
    endpoint_.emplace(address,
                      make_tls_context(make_server_certificate(authority, chosen.keys.region)),
                      settings_, admin_socket());
}

void local_cluster::start() {
    if (settings_.locks) {
        settings_.locks->start();
    }
    jobs_.start();
    endpoint_->start();
}

std::filesystem::path local_cluster::ca_file() const {
    return chosen_.ca_file ? std::filesystem::absolute(*chosen_.ca_file)
                           : postgres_.directory() / "ca.pem";
}

// A client on this machine cannot connect to 0.0.0.0.
std::string local_cluster::client_address() const {
    const auto address = boost::asio::ip::make_address(chosen_.listen_address);
    if (!address.is_unspecified()) {
        return chosen_.listen_address;
    }
    return address.is_v6() ? "::1" : "127.0.0.1";
}

// The default is next to PostgreSQL's socket: that directory is private, and its path is short
// enough for a Unix socket.
std::filesystem::path local_cluster::admin_socket() const {
    return chosen_.admin_socket ? std::filesystem::absolute(*chosen_.admin_socket)
                                : postgres_.socket().parent_path() / "admin.sock";
}

environment_changes local_cluster::client_environment() const {
    const test_keys& keys = chosen_.keys;
    const std::string host = std::string(cluster_id) + ".dsql." + keys.region + ".on.aws";
    const std::string port = std::to_string(endpoint_->port());
    environment_changes changes;
    changes.set = {
        {"CLUSTER_ENDPOINT", host},
        {"CLUSTER_USER", chosen_.user},
        {"AWS_REGION", keys.region},
        {"AWS_DEFAULT_REGION", keys.region},
        {"AWS_ACCESS_KEY_ID", keys.access_key_id},
        {"AWS_SECRET_ACCESS_KEY", keys.secret_access_key},
        {"DSQL_HOST_ADDRESS", client_address()},
        {"DSQL_PORT", port},
        {"DSQL_SSL_ROOT_CERT", ca_file()},
        {"DSQL_LOCAL_ADMIN_SOCKET", admin_socket()},
        {"PGHOST", host},
        {"PGHOSTADDR", client_address()},
        {"PGPORT", port},
        {"PGUSER", chosen_.user},
        {"PGDATABASE", "postgres"},
        {"PGSSLMODE", "verify-full"},
        {"PGSSLROOTCERT", ca_file()},
        {"PGPASSWORD",
         sign_token(keys, host, chosen_.user, settings_.now(), printed_token_lifetime)},
    };
    changes.unset = {"AWS_PROFILE"};
    for (std::size_t i = 0; i < chosen_.identities.size(); ++i) {
        add_identity(chosen_.identities[i], "DSQL_LOCAL_IDENTITY_" + std::to_string(i + 1),
                     changes);
    }
    if (keys.session_token) {
        changes.set.emplace_back("AWS_SESSION_TOKEN", *keys.session_token);
    } else {
        changes.unset.emplace_back("AWS_SESSION_TOKEN");
    }
    return changes;
}

}  // namespace dsql_local
