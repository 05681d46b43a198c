// SPDX-License-Identifier: Apache-2.0
// libpq's functions for connecting and for the state of a connection, and OpenSSL's for its TLS.
// Source: PostgreSQL, "libpq - C Library".
#include "fake_libpq.hpp"
#include "fake_libpq_access.hpp"

#include <libpq-fe.h>
#include <openssl/ssl.h>
#include <sys/eventfd.h>

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <map>
#include <string>
#include <utility>

namespace fake_libpq {

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

namespace {

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

}  // namespace

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
    if (next.during) {
        next.during();
    }
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
               ? ready_descriptor()
               : quiet_descriptor();
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
// What was read ahead, which is a whole record here.
int SSL_has_pending(const SSL* tls) {
    return SSL_pending(tls);
}
// It begins a message that may come at any time.
int SSL_peek(SSL* tls, void* to, int) {
    if (SSL_pending(tls) == 0) {
        return -1;
    }
    *static_cast<char*>(to) = 'N';
    return 1;
}
int SSL_get_error(const SSL*, int) {
    return SSL_ERROR_SYSCALL;
}
// There is no socket whose use could be limited.
BIO* SSL_get_rbio(const SSL*) {
    return nullptr;
}
BIO* SSL_get_wbio(const SSL*) {
    return nullptr;
}
int SSL_get_read_ahead(const SSL*) {
    return 0;
}
void SSL_set_read_ahead(SSL*, int) {}
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
// The handshake is scripted, so its checks only have to be set.
int SSL_is_init_finished(const SSL*) {
    return 0;
}
X509_VERIFY_PARAM* SSL_get0_param(SSL*) {
    static X509_VERIFY_PARAM* const parameters = X509_VERIFY_PARAM_new();
    return parameters;
}
void SSL_set_verify(SSL*, int, int (*)(int, X509_STORE_CTX*)) {}
SSL_verify_cb SSL_get_verify_callback(const SSL*) {
    return nullptr;
}
int SSL_get_security_level(const SSL*) {
    return 2;
}
void SSL_set_security_level(SSL*, int) {}
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
}
