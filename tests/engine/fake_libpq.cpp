// SPDX-License-Identifier: Apache-2.0
#include "fake_libpq.hpp"

#include "fake_libpq_access.hpp"

#include <openssl/ssl.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <string_view>
#include <utility>

namespace fake_libpq {

namespace {

// The most calls that one test may make. More are taken for an endless loop.
constexpr std::size_t most_rounds = 100'000;

server* the_server = nullptr;

item error_fields(ExecStatusType status, std::string severity, std::string sqlstate,
                  std::string message) {
    item made{.status = status};
    made.fields[PG_DIAG_SEVERITY] = severity;
    made.fields[PG_DIAG_SEVERITY_NONLOCALIZED] = std::move(severity);
    made.fields[PG_DIAG_SQLSTATE] = std::move(sqlstate);
    made.fields[PG_DIAG_MESSAGE_PRIMARY] = std::move(message);
    return made;
}

bool is_error(const item& of) {
    return of.what == item::kind::result &&
           (of.status == PGRES_FATAL_ERROR || of.status == PGRES_BAD_RESPONSE);
}

// The first descriptor is always readable and writable, so that no test sleeps. The second is only
// writable, for idle connections, which have nothing to read.
int ready_descriptor() {
    static const int descriptor = eventfd(1, EFD_CLOEXEC);
    return descriptor;
}
int quiet_descriptor() {
    static const int descriptor = eventfd(0, EFD_CLOEXEC);
    return descriptor;
}

items default_reply(const server::sent& command) {
    if (command.kind == "prepare" || command.kind == "close") {
        return {ok(command.kind)};
    }
    if (command.kind == "describe") {
        return {description({})};
    }
    if (command.sql.starts_with("BEGIN")) {
        return {then(ok("BEGIN"), PQTRANS_INTRANS)};
    }
    if (command.sql == "COMMIT" || command.sql == "ROLLBACK") {
        return {then(ok(command.sql), PQTRANS_IDLE)};
    }
    return {rows({"default"})};
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

server::server() {
    the_server = this;
}
server::~server() {
    the_server = nullptr;
}

void server::flushes(std::vector<int> returned) {
    flushes_.assign(returned.begin(), returned.end());
}

pg_conn* server::open() {
    return access::add_connection();
}

std::string server::kinds_sent() const {
    std::string all;
    for (const sent& command : log_) {
        all.append(all.empty() ? "" : " ").append(command.kind);
    }
    return all;
}

std::size_t server::times_run(const std::string& sql) const {
    return static_cast<std::size_t>(
        std::count_if(log_.begin(), log_.end(), [&](const sent& command) {
            return (command.kind == "query" || command.kind == "execute") && command.sql == sql;
        }));
}

bool server::was_completed(const std::string& sql) const {
    return std::any_of(log_.begin(), log_.end(), [&](const sent& command) {
        return command.sql == sql && command.kind != "prepare" && command.is_completed;
    });
}

bool server::is_as_new(const pg_conn* conn) noexcept {
    return conn->verbosity == PQERRORS_DEFAULT && conn->tls_data == nullptr &&
           conn->tls_callback == nullptr;
}

std::size_t server::open_connections() const noexcept {
    return static_cast<std::size_t>(
        std::count_if(connections_.begin(), connections_.end(),
                      [](const auto& one) { return !one->is_finished; }));
}

std::size_t server::leaks() const noexcept {
    return memory_ +
           static_cast<std::size_t>(std::count_if(
               results_.begin(), results_.end(), [](const auto& one) { return !one->is_cleared; }));
}

server& access::current() {
    return *the_server;
}

void access::violation(const std::string& what) {
    current().violations_ += what + "\n";
}

void access::check(const pg_conn* conn, const char* function) {
    if (conn == nullptr) {
        std::fprintf(stderr, "%s: no connection\n", function);
        std::abort();
    }
    if (conn->is_finished) {
        violation(std::string(function) + " after PQfinish");
    }
    if (++current().rounds_ > most_rounds) {
        std::fprintf(stderr, "%s: a loop without end; sent so far: %s\n", function,
                     current().kinds_sent().c_str());
        std::abort();
    }
}

void access::check(const pg_result* result, const char* function) {
    if (result != nullptr && result->is_cleared) {
        violation(std::string(function) + " with a result that has been cleared");
    }
}

bool access::fails(pg_conn* conn, const char* function) {
    check(conn, function);
    server& of = current();
    const bool is_it = of.calls_++ == of.fault_at_;
    if (!is_it || of.fault_ == server::fault::none) {
        return false;
    }
    if (of.fault_ != server::fault::call_fails) {
        break_connection(conn, of.fault_ == server::fault::breaks);
        return false;
    }
    return true;
}

pg_conn* access::add_connection() {
    current().connections_.push_back(std::make_unique<pg_conn>(pg_conn{.of = the_server}));
    return current().connections_.back().get();
}

pg_result* access::make_result(const item& content) {
    current().results_.push_back(
        std::make_unique<pg_result>(pg_result{.of = the_server, .content = content}));
    return current().results_.back().get();
}

char* access::allocate(const std::string& content) {
    char* const copy = static_cast<char*>(std::malloc(content.size() + 1));
    std::memcpy(copy, content.c_str(), content.size() + 1);
    ++memory();
    return copy;
}

void access::break_connection(pg_conn* conn, bool is_reported) {
    conn->status = CONNECTION_BAD;
    conn->message = "server closed the connection unexpectedly\n";
    conn->incoming.clear();
    conn->copying = pg_conn::copy::none;
    if (conn->in_exchange) {
        if (is_reported) {
            conn->incoming = {lost(), end()};
        }
        conn->says_busy = !is_reported;
    }
}

void access::queue_reply(pg_conn* conn, const server::sent& command) {
    server& of = current();
    const bool in_pipeline = conn->pipeline != PQ_PIPELINE_OFF;
    if (!conn->in_exchange || (in_pipeline && conn->commands == 0 && !conn->is_raw)) {
        conn->in_exchange = true;
        conn->is_raw = !of.raw_.empty();
        if (conn->is_raw) {
            conn->incoming.assign(of.raw_.front().begin(), of.raw_.front().end());
            of.raw_.pop_front();
        }
    }
    ++conn->commands;
    if (conn->is_raw) {
        return;
    }
    if (conn->has_failed) {
        conn->incoming.push_back(aborted());
        conn->incoming.push_back(end());
        return;
    }
    items reply = default_reply(command);
    if (!of.replies_.empty()) {
        reply = std::move(of.replies_.front());
        of.replies_.pop_front();
    }
    conn->has_failed = in_pipeline && std::any_of(reply.begin(), reply.end(), is_error);
    conn->incoming.insert(conn->incoming.end(), reply.begin(), reply.end());
    conn->incoming.push_back(end());
}

int access::send(pg_conn* conn, const char* function, server::sent command) {
    const bool is_refused = fails(conn, function);
    const bool is_busy = conn->in_exchange && conn->pipeline == PQ_PIPELINE_OFF;
    if (is_busy && conn->status == CONNECTION_OK) {
        violation(std::string(function) + " while a command is under way");
    }
    if (command.kind == "execute") {
        // Its text is the text of the statement that was prepared with its name.
        const auto prepared =
            std::find_if(log().rbegin(), log().rend(), [&](const server::sent& earlier) {
                return earlier.kind == "prepare" && earlier.name == command.name;
            });
        command.sql = prepared == log().rend() ? "" : prepared->sql;
    }
    if (is_refused || is_busy || conn->status != CONNECTION_OK) {
        if (conn->message.empty()) {
            conn->message = "it cannot be sent\n";
        }
        return 0;
    }
    log().push_back(std::move(command));
    conn->is_synced = false;
    queue_reply(conn, log().back());
    return 1;
}

void access::hand_over_notices(pg_conn* conn) {
    while (!conn->incoming.empty() && conn->incoming.front().what == item::kind::notice) {
        pg_result notice{.of = the_server, .content = conn->incoming.front()};
        conn->incoming.pop_front();
        if (conn->receiver != nullptr) {
            conn->receiver(conn->receiver_argument, &notice);
        }
    }
}

void access::complete_all() {
    for (server::sent& command : log()) {
        command.is_completed = true;
    }
}

bool access::is_busy(pg_conn* conn) {
    hand_over_notices(conn);
    if (conn->says_busy) {
        return true;
    }
    if (!conn->in_exchange || conn->copying == pg_conn::copy::in) {
        return false;
    }
    if (conn->incoming.empty()) {
        return conn->status == CONNECTION_OK && conn->commands > 0;
    }
    const item::kind next = conn->incoming.front().what;
    return next == item::kind::busy || next == item::kind::cut;
}

int access::consume(pg_conn* conn) {
    hand_over_notices(conn);
    if (conn->status == CONNECTION_BAD) {
        return 0;
    }
    const bool waits_for_nothing = conn->incoming.empty() && conn->in_exchange &&
                                   conn->copying != pg_conn::copy::in && conn->commands > 0;
    if (waits_for_nothing) {
        break_connection(conn, false);
        return 0;
    }
    if (conn->incoming.empty()) {
        return 1;
    }
    if (conn->incoming.front().what == item::kind::cut) {
        break_connection(conn, conn->incoming.front().is_reported);
        return 0;
    }
    if (conn->incoming.front().what == item::kind::busy) {
        conn->incoming.pop_front();
        hand_over_notices(conn);
    }
    return 1;
}

pg_result* access::next_result(pg_conn* conn) {
    if (!conn->in_exchange) {
        return nullptr;
    }
    if (conn->status == CONNECTION_BAD && std::exchange(conn->says_busy, false)) {
        conn->incoming = {end()};
        return make_result(lost());
    }
    if (is_busy(conn)) {
        violation("PQgetResult where it would block");
        return nullptr;
    }
    if (conn->copying == pg_conn::copy::in) {
        return make_result(of_status(PGRES_COPY_IN));
    }
    if (conn->incoming.empty()) {
        conn->in_exchange = conn->pipeline != PQ_PIPELINE_OFF && conn->in_exchange;
        return nullptr;
    }
    const item next = conn->incoming.front();
    if (next.what == item::kind::data) {
        return make_result(of_status(PGRES_COPY_OUT));
    }
    conn->incoming.pop_front();
    if (next.what == item::kind::end) {
        if (!conn->is_raw || conn->pipeline == PQ_PIPELINE_OFF) {
            conn->commands -= conn->commands > 0 ? 1 : 0;
        }
        if (conn->pipeline == PQ_PIPELINE_OFF) {
            conn->in_exchange = false;
            conn->incoming.clear();
            if (conn->status == CONNECTION_OK) {
                complete_all();
            }
        }
        return nullptr;
    }
    if (next.transaction) {
        conn->settled = *next.transaction;
    } else if (is_error(next) && conn->settled == PQTRANS_INTRANS) {
        conn->settled = PQTRANS_INERROR;
    }
    if (next.status == PGRES_PIPELINE_SYNC) {
        conn->commands = 0;
        conn->has_failed = false;
        conn->is_synced = true;
        complete_all();
        conn->in_exchange = !conn->incoming.empty();
    } else if (next.status == PGRES_COPY_IN || next.status == PGRES_COPY_BOTH) {
        conn->copying = pg_conn::copy::in;
    } else if (next.status == PGRES_COPY_OUT) {
        conn->copying = pg_conn::copy::out;
    }
    return make_result(next);
}

pg_conn* access::start_connect(const char* const* names, const char* const* values) {
    pg_conn* const made = add_connection();
    std::map<std::string, std::string>& parameters = current().connect_parameters_.emplace_back();
    for (std::size_t i = 0; names != nullptr && names[i] != nullptr; ++i) {
        parameters[names[i]] = values[i];
    }
    made->parameters = parameters;
    made->status = CONNECTION_STARTED;
    made->tls_in_use = false;
    if (current().connects_.empty()) {
        made->connecting = {{PGRES_POLLING_OK, CONNECTION_OK}};
    } else {
        made->connecting.assign(current().connects_.front().begin(),
                                current().connects_.front().end());
        current().connects_.pop_front();
    }
    if (!made->connecting.empty() && made->connecting.front().status == CONNECTION_BAD &&
        made->connecting.size() == 1) {
        made->status = CONNECTION_BAD;  // libpq fails at once
        made->message = made->connecting.front().message;
    }
    return made;
}

}  // namespace fake_libpq

using fake_libpq::access;
using fake_libpq::item;

// --- libpq's functions. Source: PostgreSQL, "libpq - C Library".
extern "C" {

int PQlibVersion() {
    return 180000;
}

// --- connecting

PQconninfoOption* PQconndefaults() {
    static char sslmode[] = "sslmode";
    static char variable[] = "PGSSLMODE";
    static char compiled[] = "prefer";
    static char service[] = "service";
    static char service_variable[] = "PGSERVICE";
    static PQconninfoOption options[] = {{.keyword = sslmode,
                                          .envvar = variable,
                                          .compiled = compiled,
                                          .val = nullptr,
                                          .label = nullptr,
                                          .dispchar = nullptr,
                                          .dispsize = 0},
                                         {.keyword = service,
                                          .envvar = service_variable,
                                          .compiled = nullptr,
                                          .val = nullptr,
                                          .label = nullptr,
                                          .dispchar = nullptr,
                                          .dispsize = 0},
                                         {}};
    return options;
}
void PQconninfoFree(PQconninfoOption*) {}

PGconn* PQconnectStart(const char*) {
    return access::add_connection();
}
PGconn* PQconnectStartParams(const char* const* names, const char* const* values, int) {
    return access::start_connect(names, values);
}
PostgresPollingStatusType PQconnectPoll(PGconn* conn) {
    access::check(conn, "PQconnectPoll");
    if (conn->connecting.empty()) {
        access::violation("PQconnectPoll after it was done");
        return PGRES_POLLING_FAILED;
    }
    const fake_libpq::connect_step next = conn->connecting.front();
    conn->connecting.pop_front();
    conn->status = next.status;
    conn->tls_in_use = next.tls_in_use;
    conn->message = next.message;
    if (next.tls_event != 0 && conn->tls_callback != nullptr) {
        conn->tls_callback(static_cast<const SSL*>(PQsslStruct(conn, "OpenSSL")), next.tls_event,
                           next.tls_alert);
    }
    errno = next.error;
    return next.polling;
}
void PQfinish(PGconn* conn) {
    access::check(conn, "PQfinish");
    conn->is_finished = true;
}
ConnStatusType PQstatus(const PGconn* conn) {
    access::check(conn, "PQstatus");
    return conn->status;
}
int PQsocket(const PGconn* conn) {
    access::check(conn, "PQsocket");
    const bool has_more = !conn->incoming.empty() && conn->incoming.front().in_tls;
    if (has_more && conn->has_been_read) {
        access::violation("waits for the socket where TLS has more");
    }
    return conn->in_exchange || !conn->incoming.empty() || conn->status != CONNECTION_OK
               ? fake_libpq::ready_descriptor()
               : fake_libpq::quiet_descriptor();
}
char* PQerrorMessage(const PGconn* conn) {
    access::check(conn, "PQerrorMessage");
    return const_cast<char*>(conn->message.c_str());
}
static char* parameter_of(const PGconn* conn, const char* name) {
    const auto found = conn->parameters.find(name);
    return const_cast<char*>(found == conn->parameters.end() ? "" : found->second.c_str());
}
char* PQhost(const PGconn* conn) {
    access::check(conn, "PQhost");
    return parameter_of(conn, "host");
}
char* PQhostaddr(const PGconn* conn) {
    access::check(conn, "PQhostaddr");
    return parameter_of(conn, "hostaddr");
}
char* PQport(const PGconn* conn) {
    access::check(conn, "PQport");
    return parameter_of(conn, "port");
}
int PQsslInUse(PGconn* conn) {
    access::check(conn, "PQsslInUse");
    return conn->tls_in_use ? 1 : 0;
}
void* PQsslStruct(PGconn* conn, const char*) {
    access::check(conn, "PQsslStruct");
    return conn;
}
PGVerbosity PQsetErrorVerbosity(PGconn* conn, PGVerbosity verbosity) {
    access::check(conn, "PQsetErrorVerbosity");
    return std::exchange(conn->verbosity, verbosity);
}
// Functions of OpenSSL, which the library calls with the result of PQsslStruct.
int SSL_pending(const SSL* tls) {
    const auto* const conn = reinterpret_cast<const PGconn*>(tls);
    return !conn->incoming.empty() && conn->incoming.front().in_tls ? 1 : 0;
}
int SSL_set_ex_data(SSL* tls, int, void* data) {
    reinterpret_cast<PGconn*>(tls)->tls_data = data;
    return 1;
}
void* SSL_get_ex_data(const SSL* tls, int) {
    return reinterpret_cast<const PGconn*>(tls)->tls_data;
}
void SSL_set_info_callback(SSL* tls, void (*callback)(const SSL*, int, int)) {
    reinterpret_cast<PGconn*>(tls)->tls_callback = callback;
}
const char* PQparameterStatus(const PGconn* conn, const char*) {
    access::check(conn, "PQparameterStatus");
    return "on";
}
PGTransactionStatusType PQtransactionStatus(const PGconn* conn) {
    access::check(conn, "PQtransactionStatus");
    if (conn->status != CONNECTION_OK) {
        return PQTRANS_UNKNOWN;
    }
    return conn->in_exchange ? PQTRANS_ACTIVE : conn->settled;
}
int PQsetnonblocking(PGconn* conn, int on) {
    if (access::fails(conn, "PQsetnonblocking")) {
        return -1;
    }
    conn->is_nonblocking = on != 0;
    return 0;
}
int PQisnonblocking(const PGconn* conn) {
    access::check(conn, "PQisnonblocking");
    return conn->is_nonblocking ? 1 : 0;
}
PQnoticeReceiver PQsetNoticeReceiver(PGconn* conn, PQnoticeReceiver receiver, void* argument) {
    access::check(conn, "PQsetNoticeReceiver");
    conn->receiver_argument = argument;
    return std::exchange(conn->receiver, receiver);
}
PQnoticeProcessor PQsetNoticeProcessor(PGconn* conn, PQnoticeProcessor, void*) {
    access::check(conn, "PQsetNoticeProcessor");
    return nullptr;
}
void PQtrace(PGconn* conn, FILE*) {
    access::check(conn, "PQtrace");
}
void PQuntrace(PGconn* conn) {
    access::check(conn, "PQuntrace");
}

// --- sending

int PQsendQuery(PGconn* conn, const char* sql) {
    return access::send(conn, "PQsendQuery", {.kind = "query", .sql = sql});
}
static std::vector<std::optional<std::string>> values_of(int count, const char* const* values,
                                                         const int* lengths, const int* formats) {
    std::vector<std::optional<std::string>> copied;
    for (int i = 0; i < count; ++i) {
        if (values[i] == nullptr) {
            copied.emplace_back();
        } else {
            copied.emplace_back(formats[i] == 0 ? std::string(values[i])
                                                : std::string(values[i], values[i] + lengths[i]));
        }
    }
    return copied;
}
int PQsendQueryParams(PGconn* conn, const char* sql, int count, const Oid* types,
                      const char* const* values, const int* lengths, const int* formats, int) {
    return access::send(conn, "PQsendQueryParams",
                        {.kind = "query",
                         .sql = sql,
                         .types = std::vector<Oid>(types, types + count),
                         .values = values_of(count, values, lengths, formats)});
}
int PQsendPrepare(PGconn* conn, const char* name, const char* sql, int count, const Oid* types) {
    return access::send(conn, "PQsendPrepare",
                        {.kind = "prepare",
                         .name = name,
                         .sql = sql,
                         .types = std::vector<Oid>(types, types + count)});
}
int PQsendQueryPrepared(PGconn* conn, const char* name, int count, const char* const* values,
                        const int* lengths, const int* formats, int) {
    if (name == nullptr) {
        access::check(conn, "PQsendQueryPrepared");
        access::count_reset();
        return 0;  // resets the result mode; see reset_result_mode
    }
    return access::send(
        conn, "PQsendQueryPrepared",
        {.kind = "execute", .name = name, .values = values_of(count, values, lengths, formats)});
}
int PQsendDescribePrepared(PGconn* conn, const char* name) {
    return access::send(conn, "PQsendDescribePrepared", {.kind = "describe", .name = name});
}
int PQflush(PGconn* conn) {
    if (access::fails(conn, "PQflush")) {
        access::break_connection(conn, true);
    }
    if (conn->status == CONNECTION_BAD) {
        return -1;
    }
    if (access::flushes().empty()) {
        return 0;
    }
    const int returned = access::flushes().front();
    access::flushes().pop_front();
    if (returned < 0) {
        access::break_connection(conn, true);
    }
    return returned;
}

// --- pipelines

PGpipelineStatus PQpipelineStatus(const PGconn* conn) {
    access::check(conn, "PQpipelineStatus");
    return conn->pipeline;
}
int PQenterPipelineMode(PGconn* conn) {
    if (access::fails(conn, "PQenterPipelineMode") || conn->in_exchange) {
        return 0;
    }
    conn->pipeline = PQ_PIPELINE_ON;
    conn->commands = 0;
    conn->has_failed = false;
    conn->is_raw = false;
    return 1;
}
int PQexitPipelineMode(PGconn* conn) {
    if (access::fails(conn, "PQexitPipelineMode") || !conn->is_synced || conn->in_exchange) {
        return 0;
    }
    conn->pipeline = PQ_PIPELINE_OFF;
    conn->is_raw = false;
    return 1;
}
int PQpipelineSync(PGconn* conn) {
    if (access::fails(conn, "PQpipelineSync") || conn->status != CONNECTION_OK) {
        return 0;
    }
    access::log().push_back({.kind = "sync"});
    conn->is_synced = false;
    conn->in_exchange = true;
    ++conn->commands;
    if (!conn->is_raw) {
        conn->incoming.push_back(fake_libpq::synced());
    }
    return 1;
}

// --- receiving

int PQconsumeInput(PGconn* conn) {
    if (access::fails(conn, "PQconsumeInput")) {
        access::break_connection(conn, true);
    }
    conn->has_been_read = true;
    return access::consume(conn);
}
int PQisBusy(PGconn* conn) {
    access::check(conn, "PQisBusy");
    return access::is_busy(conn) ? 1 : 0;
}
PGresult* PQgetResult(PGconn* conn) {
    static_cast<void>(access::fails(conn, "PQgetResult"));  // may break the connection
    return access::next_result(conn);
}
int PQsetSingleRowMode(PGconn* conn) {
    if (access::fails(conn, "PQsetSingleRowMode")) {
        return 0;
    }
    std::deque<item>& incoming = conn->incoming;
    if (!conn->is_raw && !incoming.empty() && incoming.front().status == PGRES_TUPLES_OK &&
        !incoming.front().rows.empty()) {
        incoming.front().status = PGRES_SINGLE_TUPLE;
        incoming.insert(std::next(incoming.begin()), fake_libpq::rows());
    }
    return 1;
}

// --- COPY

int PQgetCopyData(PGconn* conn, char** buffer, int) {
    *buffer = nullptr;
    if (access::fails(conn, "PQgetCopyData")) {
        return -2;
    }
    if (conn->copying != pg_conn::copy::out) {
        return conn->status == CONNECTION_OK ? -2 : 0;
    }
    if (access::is_busy(conn)) {
        return 0;
    }
    if (conn->incoming.empty() || conn->incoming.front().what != item::kind::data) {
        conn->copying = pg_conn::copy::none;
        return -1;
    }
    const std::string bytes = conn->incoming.front().tag;
    conn->incoming.pop_front();
    *buffer = access::allocate(bytes);
    return static_cast<int>(bytes.size());
}
int PQputCopyData(PGconn* conn, const char* bytes, int size) {
    if (access::fails(conn, "PQputCopyData") || conn->copying != pg_conn::copy::in) {
        return -1;
    }
    access::copied().append(bytes, static_cast<std::size_t>(size));
    return 1;
}
int PQputCopyEnd(PGconn* conn, const char* reason) {
    if (access::fails(conn, "PQputCopyEnd") || conn->copying != pg_conn::copy::in) {
        return -1;
    }
    conn->copying = pg_conn::copy::none;
    access::copy_ends().emplace_back(reason == nullptr ? "" : reason);
    if (reason != nullptr && !conn->is_raw) {
        conn->incoming = {fake_libpq::error("57014", reason), fake_libpq::end()};
    }
    return 1;
}

// --- results

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

// --- the rest

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
