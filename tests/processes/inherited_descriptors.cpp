// SPDX-License-Identifier: Apache-2.0
// A program that the process executes inherits no descriptor of the library. At each moment of each
// scenario, in every thread, all descriptors of the process are looked at; see moments.hpp. What is
// seen inside a `fork_gate` is inherited only by programs that are started without fork, as by
// posix_spawn.
//
//     dsql-local run -- dsql_inherited_descriptors
//
// Exits with 0 if there are only the descriptors that docs/security.md mentions.
#include "integration/endpoint_under_test.hpp"
#include "processes/credentials_server.hpp"
#include "processes/moments.hpp"
#include "processes/new_process.hpp"
#include "processes/scenarios.hpp"

#include <libpq-fe.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <thread>

namespace {

// Made by other libraries, and never with a secret in it: the files of certificate authorities and
// of settings while OpenSSL reads them, the pair of sockets with which libcurl wakes itself, and,
// for one system call, the socket of an older libpq, before it is connected.
bool is_known(const moments::inherited_descriptor& one) {
    constexpr int first_to_be_sure = 180'000;
    if (one.what == "socket" && PQlibVersion() < first_to_be_sure) {
        return one.in_gate && one.from.starts_with("libpq");
    }
    const bool is_file = one.in_gate && (one.what == std::getenv("DSQL_SSL_ROOT_CERT") ||
                                         one.what.ends_with("/openssl.cnf"));
    return is_file || one.what == "local socket" || one.what == "pipe";
}

int look(const scenario& what) {
    inherited_objects objects{.settings = endpoint_under_test()};
    if (what.prepare) {
        what.prepare(objects);
    }
    moments::watch_descriptors();
    std::thread([&] { what.work(objects); }).join();
    int status = EXIT_SUCCESS;
    for (const moments::inherited_descriptor& one : moments::found_descriptors()) {
        std::printf("%-34s %s, first seen in %s%s%s\n", what.name, one.what.c_str(),
                    one.from.c_str(), one.in_gate ? ", not by fork" : "",
                    is_known(one) ? "" : "  WRONG");
        status = is_known(one) ? status : EXIT_FAILURE;
    }
    std::printf("%-34s %llu looks\n", what.name, static_cast<unsigned long long>(moments::looks()));
    std::fflush(stdout);
    return status;
}

bool run() {
    const credentials_server server(keys_document());
    bool right = true;
    for (const scenario& each : scenarios(server.url())) {
        right &= in_new_process(each, [&] { return look(each); }) == EXIT_SUCCESS;
    }
    return right;
}

}  // namespace

int main() {
    try {
        return run() ? EXIT_SUCCESS : EXIT_FAILURE;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "dsql_inherited_descriptors: %s\n", error.what());
        return EXIT_FAILURE;
    }
}
