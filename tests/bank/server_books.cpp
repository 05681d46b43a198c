// SPDX-License-Identifier: Apache-2.0
#include "bank/server_books.hpp"

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <thread>

namespace {

using namespace std::chrono_literals;

// PostgreSQL's socket is in the directory of the endpoint's admin socket.
std::string socket_directory() {
    const char* const admin_socket = std::getenv("DSQL_LOCAL_ADMIN_SOCKET");
    if (admin_socket == nullptr) {
        throw std::runtime_error("run this under \"dsql-local run --\"");
    }
    return std::filesystem::path(admin_socket).parent_path().string();
}

std::string array_text(const std::vector<std::int64_t>& numbers) {
    std::string text = "{";
    for (const std::int64_t number : numbers) {
        text += (text.size() > 1 ? "," : "") + std::to_string(number);
    }
    return text + "}";
}

}  // namespace

server_books::server_books()
    // What is not given here would come from the variables that `dsql-local run` sets.
    : server_(PQconnectdb(("host='" + socket_directory() +
                           "' hostaddr='' port=5432 user=pg_dsql_local dbname=postgres "
                           "password='' sslmode=disable sslrootcert=''")
                              .c_str()),
              &PQfinish) {
    if (PQstatus(server_.get()) != CONNECTION_OK) {
        throw std::runtime_error(PQerrorMessage(server_.get()));
    }
    while (value("SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' "
                 "AND pid <> pg_backend_pid() AND state <> 'idle'") != 0) {
        std::this_thread::sleep_for(10ms);
    }
}

std::int64_t server_books::value(const std::string& sql,
                                 const std::vector<std::int64_t>& numbers) const {
    const std::string text = array_text(numbers);
    const char* const parameter = text.c_str();
    const bool has_parameter = sql.find("$1") != std::string::npos;
    const std::unique_ptr<PGresult, void (*)(PGresult*)> answer(
        PQexecParams(server_.get(), sql.c_str(), has_parameter ? 1 : 0, nullptr, &parameter,
                     nullptr, nullptr, 0),
        &PQclear);
    if (PQresultStatus(answer.get()) != PGRES_TUPLES_OK || PQntuples(answer.get()) != 1) {
        throw std::runtime_error(sql + ": " + PQerrorMessage(server_.get()));
    }
    return std::stoll(PQgetvalue(answer.get(), 0, 0));
}
