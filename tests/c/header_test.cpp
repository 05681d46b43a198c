// SPDX-License-Identifier: Apache-2.0
// dsql.h in a program in C++11: its functions have the linkage of C and throw nothing, also beside
// libpq's header.
#include <dsql.h>
#include <libpq-fe.h>

#include <cstdio>
#include <cstring>
#include <type_traits>

static_assert(noexcept(dsql_version()), "functions of C throw nothing");
static_assert(noexcept(dsql_connector_connect(nullptr, 0, nullptr, nullptr)),
              "functions of C throw nothing");
static_assert(std::is_same<pg_conn, PGconn>::value, "the same type as libpq's");
static_assert(DSQL_REJECTED == 11, "values of an enum never change");

int main() {
    PGconn* connection = nullptr;
    dsql_error* error = nullptr;
    const dsql_status status = dsql_connect("password=x", DSQL_NO_TIMEOUT, &connection, &error);
    const bool is_right = status == DSQL_INVALID_CONFIG && connection == nullptr &&
                          std::strstr(dsql_error_message(error), "password") != nullptr;
    if (!is_right) {
        std::fprintf(stderr, "%s: %s\n", dsql_status_name(status), dsql_error_message(error));
    }
    dsql_error_free(error);
    return is_right ? 0 : 1;
}
