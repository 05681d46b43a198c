// SPDX-License-Identifier: Apache-2.0
#include "pg/connect/connect_operation.hpp"

#include "base/fork_guard.hpp"
#include "pg/connect/login_parameters.hpp"
#include "pg/connect/make_connect_error.hpp"
#include "pg/connect/untranslated_messages.hpp"
#include "pg/io/step_budget.hpp"

#include <libpq-fe.h>

#include <cerrno>
#include <new>
#include <string>
#include <system_error>
#include <utility>

namespace dsql::pg {

namespace {

// Replaces libpq's default processor, which prints to standard error.
void ignore_notice(void*, const char*) {}

}  // namespace

connect_operation::connect_operation(const login& target, const std::string& address,
                                     const std::string& root_certificate)
    : target_(target), root_certificate_(root_certificate) {
    const detail::fork_gate no_fork;  // as in `step`
    const untranslated_messages english;
    errno = 0;
    handle_.reset(start_login(target, address, root_certificate));
    const std::error_code code = network_error(errno);
    if (!handle_) {
        throw std::bad_alloc();
    }
    if (PQstatus(handle_.get()) == CONNECTION_BAD) {
        throw connect_failure(handle_.get(), connection_phase::tcp, target_, code);
    }
    PQsetNoticeProcessor(handle_.get(), &ignore_notice, nullptr);
    // Adds the SQLSTATE to the text about a failed login; see parse_refusal.
    PQsetErrorVerbosity(handle_.get(), PQERRORS_VERBOSE);
}

owned_handle connect_operation::take() noexcept {
    handshake_watch::end(handle_.get());
    PQsetErrorVerbosity(handle_.get(), PQERRORS_DEFAULT);
    return std::move(handle_);
}

connection_phase connect_operation::current_phase() const noexcept {
    switch (PQstatus(handle_.get())) {
        case CONNECTION_NEEDED:
        case CONNECTION_STARTED:
            return connection_phase::tcp;
        case CONNECTION_MADE:
        case CONNECTION_SSL_STARTUP:
            return connection_phase::tls;
        case CONNECTION_AWAITING_RESPONSE:
            // libpq also has this status while it waits for the response to its request for TLS.
            return PQsslInUse(handle_.get()) != 0 ? connection_phase::auth : connection_phase::tls;
        default:
            return connection_phase::startup;
    }
}

int connect_operation::poll() noexcept {
    const untranslated_messages english;
    const int status = watch_.step(handle_.get());
    authentication_.note_what_was_read(handle_.get());
    return status;
}

std::optional<wait_for> connect_operation::look_at_authentication() {
    std::optional<wait_for> awaited = authentication_.look(handle_.get(), target_.password);
    if (authentication_.fault().reason != distrust_reason::none) {
        throw untrusted_server(handle_.get(), connection_phase::auth, authentication_.fault());
    }
    return awaited;
}

// libpq has checked it too, but accepts more; see require_certificate.
void connect_operation::require_checked_certificate() {
    if (PQsslInUse(handle_.get()) != 0 && PQstatus(handle_.get()) == CONNECTION_MADE &&
        !watch_.has_checked_certificate(handle_.get())) {
        throw_if_short_of_memory(connection_phase::tls);
        throw untrusted_server(handle_.get(), connection_phase::tls,
                               {distrust_reason::certificate_invalid,
                                "the server's certificate could not be checked"});
    }
}

void connect_operation::throw_if_short_of_memory(connection_phase phase) const {
    if (watch_.has_lacked_memory() || says_memory_is_short(PQerrorMessage(handle_.get()))) {
        throw connect_failure(handle_.get(), phase, target_, {ENOMEM, std::system_category()});
    }
}

void connect_operation::throw_failure() {
    throw_if_short_of_memory(phase_);
    server_fault fault = watch_.certificate();
    if (fault.reason == distrust_reason::none) {
        throw connect_failure(handle_.get(), phase_, target_,
                              watch_.cause_of_failure(handle_.get()));
    }
    if (fault.reason == distrust_reason::certificate_unknown_authority) {
        fault.text += " (trusted are those in " +
                      (root_certificate_ == "system" ? std::string("the system's trust store")
                                                     : root_certificate_) +
                      ")";
    }
    fault.text = "certificate verify failed: " + fault.text;
    throw untrusted_server(handle_.get(), connection_phase::tls, fault);
}

wait_for connect_operation::step() {
    // The first connect initializes OpenSSL, and each takes locks of it, which a forked child
    // needs.
    const detail::fork_gate no_fork;
    if (!std::exchange(started_, true)) {
        return wait_for::writable;  // as the documentation of PQconnectPoll requires
    }
    const connection_phase before = current_phase();
    if (PQstatus(handle_.get()) == CONNECTION_STARTED) {
        // Read here, because libpq reports the reason only as text.
        if (const std::error_code code = pending_error(socket())) {
            throw unreachable(handle_.get(), code);
        }
    }
    // Without a free descriptor, libpq 18 cannot read the root certificate, and reads out of bounds
    // while it formats that error.
    if (PQsslInUse(handle_.get()) == 0 && shortage_of_descriptors()) {
        throw connect_failure(handle_.get(), before, target_, {});
    }
    keep_to_step_budget(handle_.get());  // TLS begins in one of the steps
    require_checked_certificate();
    if (before == connection_phase::auth) {
        if (const std::optional<wait_for> awaited = look_at_authentication()) {
            phase_ = before;
            return *awaited;
        }
    }
    const int status = poll();
    phase_ = status == PGRES_POLLING_FAILED ? before : current_phase();
    switch (status) {
        case PGRES_POLLING_READING:
            return wait_for::readable;
        case PGRES_POLLING_WRITING:
            return wait_for::writable;
        case PGRES_POLLING_OK:
            return wait_for::done;
        default:
            throw_failure();
    }
}

int connect_operation::socket() const {
    return PQsocket(handle_.get());
}

}  // namespace dsql::pg
