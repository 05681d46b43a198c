// SPDX-License-Identifier: Apache-2.0
#include "conversations/plain_postgres.hpp"

#include "postgres/postgres_binaries.hpp"
#include "raw_client.hpp"

#include <pwd.h>
#include <signal.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

namespace dsql_local_test {
namespace {

using namespace dsql_local;

// PostgreSQL does not run as root.
std::optional<account> account_of_server() {
    if (geteuid() != 0) {
        return std::nullopt;
    }
    for (const char* name : {"postgres", "nobody"}) {
        if (const passwd* entry = getpwnam(name); entry != nullptr) {
            return account{.name = name, .user = entry->pw_uid, .group = entry->pw_gid};
        }
    }
    throw std::runtime_error("there is neither a user postgres nor a user nobody");
}

std::string whole_log(const std::filesystem::path& file) {
    std::ifstream log(file);
    return {std::istreambuf_iterator<char>(log), {}};
}

bool accepts_logins(const std::filesystem::path& socket) {
    try {
        raw_client client(socket);
        client.send_startup({{"user", "admin"}, {"database", "postgres"}});
        return client.receive_message().type == 'R';
    } catch (const std::runtime_error&) {
        return false;
    }
}

}  // namespace

plain_postgres::plain_postgres()
    : directory_(temporary_parent()),
      binaries_(find_postgres_binaries(std::nullopt)),
      account_(account_of_server()) {
    if (account_ && chown(directory_.path().c_str(), account_->user, account_->group) != 0) {
        throw std::runtime_error("cannot give " + directory_.path().string() + " away");
    }
    run_initdb();
    start();
}

plain_postgres::~plain_postgres() {
    server_->send(SIGQUIT);
    while (!server_->poll()) {
        usleep(5'000);
    }
}

void plain_postgres::run_initdb() {
    const std::filesystem::path log = directory_.path() / "initdb.log";
    child_process initdb({.arguments = {binaries_ / "initdb", "--username=admin", "--auth=trust",
                                        "--encoding=UTF8", "--locale=C", "--no-sync",
                                        "--no-instructions", "-D", directory_.path() / "data"},
                          .environment = server_environment(),
                          .run_as = account_,
                          .parent_death_signal = SIGKILL,
                          .service_log = log});
    while (!initdb.poll()) {
        usleep(10'000);
    }
    if (*initdb.poll() != 0) {
        throw std::runtime_error("initdb failed:\n" + whole_log(log));
    }
}

void plain_postgres::start() {
    const std::filesystem::path log = directory_.path() / "postgres.log";
    server_.emplace(
        child_options{.arguments = {binaries_ / "postgres", "-D", directory_.path() / "data", "-k",
                                    directory_.path(), "-c", "listen_addresses=", "-c", "port=5432",
                                    "-c", "default_transaction_isolation=repeatable read", "-c",
                                    "timezone=UTC", "-c", "fsync=off"},
                      .environment = server_environment(),
                      .run_as = account_,
                      .parent_death_signal = SIGQUIT,
                      .service_log = log});
    while (!accepts_logins(socket())) {
        if (server_->poll()) {
            throw std::runtime_error("PostgreSQL did not start:\n" + whole_log(log));
        }
        usleep(10'000);
    }
}

}  // namespace dsql_local_test
