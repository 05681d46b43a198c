// SPDX-License-Identifier: Apache-2.0
#include "psql/run_psql.hpp"

#include <dsql/endpoint.hpp>
#include <dsql/token.hpp>

#include "psql/psql_environment.hpp"
#include "psql/psql_program.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <iostream>
#include <system_error>

namespace dsql_cli {

namespace {

constexpr int first_with_system_store = 16;

std::vector<std::string> own_environment() {
    std::vector<std::string> entries;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        entries.emplace_back(*entry);
    }
    return entries;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
    std::vector<char*> pointers;
    pointers.reserve(texts.size() + 1);
    for (std::string& text : texts) {
        pointers.push_back(text.data());
    }
    pointers.push_back(nullptr);
    return pointers;
}

psql_login login_for(const dsql::config& settings, int psql_major) {
    psql_login login{.place = dsql::resolve_endpoint(settings),
                     .user = settings.user,
                     .database = settings.database,
                     .psql_major = psql_major};
    login.root_certificate =
        dsql::root_certificate(login.place.ssl_root_cert, psql_major >= first_with_system_store);
    login.token = dsql::token_generator(settings, login.place).generate();
    return login;
}

// The token is in psql's memory, and exec lifts what this process did against core files.
void forbid_core_files() {
    const rlimit none{};
    setrlimit(RLIMIT_CORE, &none);
}

}  // namespace

void run_psql(const dsql::config& settings, const std::vector<std::string>& arguments) {
    const std::string program = find_psql();
    const psql_login login = login_for(settings, psql_major_version(program));
    std::vector<std::string> environment = psql_environment(own_environment(), login);
    std::vector<std::string> words{"psql"};
    words.insert(words.end(), arguments.begin(), arguments.end());
    forbid_core_files();
    std::cout.flush();
    execve(program.c_str(), pointers_to(words).data(), pointers_to(environment).data());
    throw std::system_error(errno, std::generic_category(), "cannot start " + program);
}

}  // namespace dsql_cli
