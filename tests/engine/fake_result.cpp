// SPDX-License-Identifier: Apache-2.0
// libpq's functions that read results, and those for memory of libpq.
// Source: PostgreSQL, "libpq - C Library".
#include "fake_libpq.hpp"
#include "fake_libpq_access.hpp"

#include <libpq-fe.h>

#include <cstddef>
#include <cstdlib>
#include <string>

using fake_libpq::access;

extern "C" {

ExecStatusType PQresultStatus(const PGresult* result) {
    access::check(result, "PQresultStatus");
    return result == nullptr ? PGRES_FATAL_ERROR : result->content.status;
}
char* PQresultErrorField(const PGresult* result, int field) {
    access::check(result, "PQresultErrorField");
    const auto found = result->content.fields.find(static_cast<char>(field));
    return found == result->content.fields.end() ? nullptr
                                                 : const_cast<char*>(found->second.c_str());
}
void PQclear(PGresult* result) {
    access::check(result, "PQclear");
    if (result != nullptr) {
        result->is_cleared = true;
    }
}
int PQntuples(const PGresult* result) {
    access::check(result, "PQntuples");
    return static_cast<int>(result->content.rows.size());
}
int PQnfields(const PGresult* result) {
    access::check(result, "PQnfields");
    const ExecStatusType status = result->content.status;
    return status == PGRES_TUPLES_OK || status == PGRES_SINGLE_TUPLE ? 1 : 0;
}
char* PQfname(const PGresult* result, int) {
    access::check(result, "PQfname");
    static char name[] = "value";
    return name;
}
Oid PQftype(const PGresult* result, int) {
    access::check(result, "PQftype");
    return 25;  // text
}
int PQfformat(const PGresult* result, int) {
    access::check(result, "PQfformat");
    return 1;
}
char* PQgetvalue(const PGresult* result, int row, int) {
    access::check(result, "PQgetvalue");
    return const_cast<char*>(result->content.rows.at(static_cast<std::size_t>(row)).c_str());
}
int PQgetlength(const PGresult* result, int row, int) {
    access::check(result, "PQgetlength");
    return static_cast<int>(result->content.rows.at(static_cast<std::size_t>(row)).size());
}
int PQgetisnull(const PGresult* result, int, int) {
    access::check(result, "PQgetisnull");
    return 0;
}
char* PQcmdStatus(PGresult* result) {
    access::check(result, "PQcmdStatus");
    return result->content.tag.data();
}
char* PQcmdTuples(PGresult* result) {
    access::check(result, "PQcmdTuples");
    std::string& tag = result->content.tag;
    const std::size_t last = tag.find_last_of(' ');
    return tag.data() + (last == std::string::npos ? tag.size() : last + 1);
}
int PQnparams(const PGresult* result) {
    access::check(result, "PQnparams");
    return static_cast<int>(result->content.parameter_types.size());
}
Oid PQparamtype(const PGresult* result, int parameter) {
    access::check(result, "PQparamtype");
    return result->content.parameter_types.at(static_cast<std::size_t>(parameter));
}

void PQfreemem(void* memory) {
    if (memory != nullptr) {
        --access::memory();
        std::free(memory);
    }
}
char* PQescapeLiteral(PGconn* conn, const char* text, std::size_t size) {
    if (access::fails(conn, "PQescapeLiteral")) {
        return nullptr;
    }
    return access::allocate("'" + std::string(text, size) + "'");
}
}
