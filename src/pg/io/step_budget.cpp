// SPDX-License-Identifier: Apache-2.0
#include "pg/io/step_budget.hpp"

#include "pg/io/input.hpp"
#include "pg/io/memory_watch.hpp"

#include <openssl/bio.h>
#include <openssl/ssl.h>

namespace dsql::pg {

namespace {

// OpenSSL calls this before and after each use of the socket. A result of -1 before a read or
// write means that nothing was transferred; the flags say that a later attempt may succeed, as if
// the socket were not ready. Source: OpenSSL, BIO_set_callback_ex.
long limit_transfer(BIO* socket, int what, const char*, size_t, int, long, int result,
                    size_t* transferred) noexcept {
    memory_watch::look();
    step_budget* const budget = step_budget::current();
    if (budget == nullptr) {
        return result;
    }
    switch (what) {
        case BIO_CB_READ:
            if (!budget->may_read()) {
                BIO_clear_retry_flags(socket);
                BIO_set_retry_read(socket);
                return -1;
            }
            break;
        case BIO_CB_WRITE:
            if (!budget->may_write()) {
                BIO_clear_retry_flags(socket);
                BIO_set_retry_write(socket);
                return -1;
            }
            break;
        case BIO_CB_READ | BIO_CB_RETURN:
            budget->note_read(result > 0 && transferred != nullptr ? *transferred : 0);
            break;
        case BIO_CB_WRITE | BIO_CB_RETURN:
            budget->note_written(result > 0 && transferred != nullptr ? *transferred : 0);
            break;
        default:
            break;
    }
    return result;
}

void set_callback(SSL* tls, BIO_callback_fn_ex callback) noexcept {
    if (tls == nullptr) {
        return;
    }
    BIO* const input = SSL_get_rbio(tls);
    BIO* const output = SSL_get_wbio(tls);
    if (input != nullptr) {
        BIO_set_callback_ex(input, callback);
    }
    if (output != nullptr && output != input) {
        BIO_set_callback_ex(output, callback);
    }
}

}  // namespace

void keep_to_step_budget(pg_conn* handle) noexcept {
    set_callback(tls_of(handle), &limit_transfer);
}

void keep_to_step_budget(SSL* tls) noexcept {
    set_callback(tls, &limit_transfer);
}

void ignore_step_budget(pg_conn* handle) noexcept {
    set_callback(tls_of(handle), nullptr);
}

}  // namespace dsql::pg
