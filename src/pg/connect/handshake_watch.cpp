// SPDX-License-Identifier: Apache-2.0
#include "pg/connect/handshake_watch.hpp"

#include "pg/connect/certificate_check.hpp"
#include "pg/io/input.hpp"
#include "pg/io/memory_watch.hpp"
#include "pg/io/step_budget.hpp"

#include <libpq-fe.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>

namespace dsql::pg {

namespace {

void note_new_tls(void* tls, void* value, CRYPTO_EX_DATA* data, int index, long, void*) noexcept;

// OpenSSL calls this for each new SSL_CTX object of the process, at the end of its creation. It
// ignores a lack of memory there, and the ClientHello then lacks what a server needs. libpq reads
// files next, which sets `errno`.
void note_new_context(void*, void*, CRYPTO_EX_DATA*, int, long, void*) noexcept {
    memory_watch::look();
}

// An index of OpenSSL under which objects of a kind store something, with the function that OpenSSL
// calls for each new object. Makes OpenSSL forget the function when its code is unloaded. A connect
// after that, in the destructor of a static object, only misses the events of the step that begins
// TLS.
class ex_data_index {
public:
    ex_data_index(int kind, CRYPTO_EX_new* function) noexcept : kind_(kind), function_(function) {}
    ~ex_data_index() {
        if (assigned_ >= 0) {
            CRYPTO_free_ex_index(kind_, assigned_);
        }
    }
    ex_data_index(const ex_data_index&) = delete;
    ex_data_index& operator=(const ex_data_index&) = delete;

    // Negative if there is no memory for it; the next call then tries again.
    int get() noexcept {
        int known = assigned_;
        if (known >= 0) {
            return known;
        }
        const int made = CRYPTO_get_ex_new_index(kind_, 0, nullptr, function_, nullptr, nullptr);
        if (made >= 0 && !assigned_.compare_exchange_strong(known, made)) {
            CRYPTO_free_ex_index(kind_, made);
            return known;
        }
        return made;
    }

private:
    const int kind_;
    CRYPTO_EX_new* const function_;
    std::atomic<int> assigned_ = -1;
};

// The index under which an SSL object stores its `handshake_watch::events`. Global, because OpenSSL
// assigns such indexes for the whole process.
int events_index() noexcept {
    static ex_data_index index(CRYPTO_EX_INDEX_SSL, &note_new_tls);
    return index.get();
}

void watch_new_contexts() noexcept {
    static ex_data_index index(CRYPTO_EX_INDEX_SSL_CTX, &note_new_context);
    static_cast<void>(index.get());
}

// Whether an alert rejects the handshake. OpenSSL also sends decode_error when the connection ends
// during the handshake, which is no rejection.
bool is_verdict(int kind, int alert) noexcept {
    const int description = alert & 0xff;
    return description != SSL3_AD_CLOSE_NOTIFY &&
           ((kind & SSL_CB_READ) != 0 || description != TLS1_AD_DECODE_ERROR);
}

handshake_watch::events* events_of(const SSL* tls) noexcept {
    return static_cast<handshake_watch::events*>(SSL_get_ex_data(tls, events_index()));
}

// OpenSSL looks for the certificates of authorities in files too, so `errno` may tell of those.
void look_for_shortage(X509_STORE_CTX* context) noexcept {
    memory_watch::look();
    if (has_lost_certificate(context) || ERR_GET_REASON(ERR_peek_error()) == ERR_R_MALLOC_FAILURE ||
        ERR_GET_REASON(ERR_peek_last_error()) == ERR_R_MALLOC_FAILURE) {
        memory_watch::note();
    }
}

int note_verification(int succeeded, X509_STORE_CTX* context) noexcept {
    const void* const tls =
        X509_STORE_CTX_get_ex_data(context, SSL_get_ex_data_X509_STORE_CTX_idx());
    handshake_watch::events* const seen =
        tls == nullptr ? nullptr : events_of(static_cast<const SSL*>(tls));
    if (succeeded != 0 || seen == nullptr) {
        return succeeded;
    }
    look_for_shortage(context);
    if (seen->certificate.reason == distrust_reason::none) {
        seen->certificate = certificate_fault(context, seen->host);
    }
    return succeeded;
}

void check_certificate(SSL* tls, handshake_watch::events& seen) noexcept {
    if (!seen.checks_certificate) {
        if (SSL_get_verify_callback(tls) != &note_verification) {
            seen.callback_of_libpq = SSL_get_verify_callback(tls);
        }
        seen.checks_certificate = require_certificate(tls, seen.host, &note_verification);
    }
}

void note_event(const SSL* tls, int kind, int value) noexcept {
    handshake_watch::events* const seen = events_of(tls);
    if (seen == nullptr) {
        return;
    }
    if ((kind & SSL_CB_HANDSHAKE_START) != 0) {
        // libpq has set everything that it sets, and nothing has been sent yet. The object is not
        // const: libpq's call of SSL_connect has led here.
        check_certificate(const_cast<SSL*>(tls), *seen);
        keep_to_step_budget(const_cast<SSL*>(tls));
    }
    const bool is_alert = (kind & SSL_CB_ALERT) != 0;
    if ((kind & SSL_CB_HANDSHAKE_DONE) != 0 || (is_alert && is_verdict(kind, value))) {
        seen->reached_verdict = true;
    }
}

// The events of the connect whose step this thread is running, or null. Global, because OpenSSL
// passes nothing to note_new_tls that leads to the connect.
thread_local handshake_watch::events* current_events = nullptr;

// OpenSSL calls this for each new SSL object of the process. libpq creates one and starts the
// handshake in the same step. If the peer is fast, the handshake also fails in that step, so the
// callback must be set at once.
void note_new_tls(void* tls, void*, CRYPTO_EX_DATA* data, int index, long, void*) noexcept {
    if (current_events != nullptr) {
        current_events->reached_verdict = false;  // until now, the peer has only accepted TLS
        CRYPTO_set_ex_data(data, index, current_events);
        SSL_set_info_callback(static_cast<SSL*>(tls), &note_event);
    }
}

// Whether the bytes begin a record of type handshake or alert. Source: RFC 8446, section 5.1.
bool begins_like_tls(const std::array<unsigned char, 2>& bytes, std::size_t size) noexcept {
    constexpr unsigned char alert = 21;
    constexpr unsigned char handshake = 22;
    return (bytes[0] == alert || bytes[0] == handshake) && (size < 2 || bytes[1] == 3);
}

}  // namespace

int handshake_watch::step(pg_conn* handle) noexcept {
    const int index = events_index();  // before libpq creates an SSL object
    watch_new_contexts();
    seen_.host = PQhost(handle);
    SSL* const tls = tls_of(handle);
    if (tls != nullptr) {
        // note_new_tls has usually done this already; see forget_at_unload.
        SSL_set_ex_data(tls, index, &seen_);
        SSL_set_info_callback(tls, &note_event);
        if (SSL_is_init_finished(tls) == 0) {
            check_certificate(tls, seen_);
        }
    }
    look_at_socket(PQsocket(handle), tls != nullptr);
    current_events = &seen_;
    memory_watch::begin();
    const int status = PQconnectPoll(handle);
    current_events = nullptr;
    has_lacked_memory_ = memory_watch::has_lacked() || has_lacked_memory_;
    return status;
}

void handshake_watch::look_at_socket(int socket, bool in_handshake) noexcept {
    std::array<unsigned char, 2> bytes{};
    const ssize_t size = recv(socket, bytes.data(), bytes.size(), MSG_PEEK | MSG_DONTWAIT);
    seen_.peer_closed = size == 0;
    if (size < 0 && network_error(errno)) {
        seen_.socket_error = errno;
    }
    if (size <= 0) {
        return;
    }
    if (!in_handshake) {
        // The response to libpq's request for TLS, which may be an error.
        seen_.reached_verdict = true;
        return;
    }
    if (!seen_.read_anything) {
        seen_.read_anything = true;
        seen_.is_tls = begins_like_tls(bytes, static_cast<std::size_t>(size));
    }
}

std::error_code handshake_watch::cause_of_failure(pg_conn* handle) const noexcept {
    const int error = seen_.socket_error != 0 ? seen_.socket_error : errno;
    if (seen_.reached_verdict || !seen_.is_tls) {
        return {};
    }
    char byte = 0;
    const ssize_t size = recv(PQsocket(handle), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    const int later_error = size < 0 ? errno : 0;
    // EPIPE: OpenSSL sent an alert to a peer that had closed the connection.
    if (seen_.peer_closed || size == 0 || error == EPIPE) {
        return {ECONNRESET, std::system_category()};
    }
    return network_error(error) ? network_error(error) : network_error(later_error);
}

bool handshake_watch::has_checked_certificate(pg_conn* handle) const noexcept {
    SSL* const tls = tls_of(handle);
    return tls != nullptr && (seen_.checks_certificate || has_verified(tls, seen_.host));
}

void handshake_watch::end(pg_conn* handle) noexcept {
    if (SSL* const tls = tls_of(handle)) {
        if (const events* const seen = events_of(tls)) {
            restore_callback(tls, seen->callback_of_libpq);
        }
        SSL_set_info_callback(tls, nullptr);
        SSL_set_ex_data(tls, events_index(), nullptr);
    }
}

std::error_code network_error(int error) noexcept {
    static constexpr std::array<int, 15> known{
        ECONNREFUSED, ECONNRESET, ECONNABORTED, EPIPE,    ETIMEDOUT,
        EHOSTUNREACH, EHOSTDOWN,  ENETUNREACH,  ENETDOWN, EADDRNOTAVAIL,
        ENOBUFS,      ENOMEM,     EMFILE,       ENFILE,   ENETRESET};
    return std::find(known.begin(), known.end(), error) != known.end()
               ? std::error_code(error, std::system_category())
               : std::error_code();
}

std::error_code pending_error(int socket) noexcept {
    int error = 0;
    socklen_t size = sizeof error;
    const bool asked = getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size) == 0;
    return asked && error != 0 ? std::error_code(error, std::system_category()) : std::error_code();
}

}  // namespace dsql::pg
