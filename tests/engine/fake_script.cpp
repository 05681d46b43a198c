// SPDX-License-Identifier: Apache-2.0
// The items of a script: what a test lets the server send.
#include "fake_libpq.hpp"
#include "fake_libpq_access.hpp"

#include <string>
#include <utility>
#include <vector>

namespace fake_libpq {

namespace {

item error_fields(ExecStatusType status, std::string severity, std::string sqlstate,
                  std::string message) {
    item made{.status = status};
    made.fields[PG_DIAG_SEVERITY] = severity;
    made.fields[PG_DIAG_SEVERITY_NONLOCALIZED] = std::move(severity);
    made.fields[PG_DIAG_SQLSTATE] = std::move(sqlstate);
    made.fields[PG_DIAG_MESSAGE_PRIMARY] = std::move(message);
    return made;
}

}  // namespace

item rows(std::vector<std::string> values) {
    item made{.status = PGRES_TUPLES_OK};
    made.tag = "SELECT " + std::to_string(values.size());
    made.rows = std::move(values);
    return made;
}
item ok(std::string tag) {
    return {.status = PGRES_COMMAND_OK, .tag = std::move(tag)};
}
item error(std::string sqlstate, std::string message, std::string severity) {
    return error_fields(PGRES_FATAL_ERROR, std::move(severity), std::move(sqlstate),
                        std::move(message));
}
item fatal(std::string sqlstate) {
    return error(std::move(sqlstate), "the server ends the session", "FATAL");
}
item lost() {
    item made{.status = PGRES_FATAL_ERROR};
    made.fields[PG_DIAG_MESSAGE_PRIMARY] = "server closed the connection unexpectedly";
    return made;
}
item of_status(ExecStatusType status) {
    return {.status = status};
}
item chunk(std::vector<std::string> values) {
    item made = rows(std::move(values));
    made.status = PGRES_SINGLE_TUPLE;
    return made;
}
item description(std::vector<Oid> parameter_types) {
    item made = ok("DESCRIBE");
    made.parameter_types = std::move(parameter_types);
    return made;
}
item end() {
    return {.what = item::kind::end};
}
item synced() {
    return of_status(PGRES_PIPELINE_SYNC);
}
item aborted() {
    return of_status(PGRES_PIPELINE_ABORTED);
}
item busy() {
    return {.what = item::kind::busy};
}
item notice(std::string message) {
    item made = error_fields(PGRES_NONFATAL_ERROR, "NOTICE", "00000", std::move(message));
    made.what = item::kind::notice;
    return made;
}
item data(std::string bytes) {
    return {.what = item::kind::data, .tag = std::move(bytes)};
}
item cut() {
    return {.what = item::kind::cut};
}
item silent_cut() {
    return {.what = item::kind::cut, .is_reported = false};
}
item in_tls(item of) {
    of.in_tls = true;
    return of;
}
item then(item of, PGTransactionStatusType transaction) {
    of.transaction = transaction;
    return of;
}

}  // namespace fake_libpq
