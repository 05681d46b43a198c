// SPDX-License-Identifier: Apache-2.0
#include "c/error.hpp"

#include <dsql/error.hpp>

#include "c/text.hpp"
#include "errors/classify_connect_error.hpp"

#include <cstddef>
#include <exception>
#include <new>
#include <string_view>
#include <system_error>

/// One block of memory: the texts follow the object. So it has no destructor, and one of static
/// lifetime may be used until the process ends.
struct dsql_error {
    dsql_status status;
    bool is_retryable;
    const char* message;
    const char* hint;
    const char* sqlstate;
};

namespace dsql::detail {

namespace {

// For a caller who ran out of memory. Never changed, and not freed by dsql_error_free.
constinit dsql_error out_of_memory{.status = DSQL_OUT_OF_MEMORY,
                                   .is_retryable = true,
                                   .message = "out of memory",
                                   .hint = "",
                                   .sqlstate = ""};

dsql_status status_of_rejection(const connection_error& rejected) noexcept {
    switch (rejected.rejection()) {
        case rejection_reason::access_denied:
        case rejection_reason::token_expired:
        case rejection_reason::wrong_action:
        case rejection_reason::not_authorized:
            return DSQL_ACCESS_DENIED;
        case rejection_reason::waking_up:
        case rejection_reason::too_many_connections:
        case rejection_reason::rate_exceeded:
        case rejection_reason::server_unavailable:
            return DSQL_OVERLOADED;
        case rejection_reason::none:
        case rejection_reason::server_name_missing:
        case rejection_reason::parameter_not_supported:
        case rejection_reason::other:
            break;
    }
    return rejected.is_transient() ? DSQL_OVERLOADED : DSQL_REJECTED;
}

dsql_status status_of(const connection_error& failed) noexcept {
    if (failed.distrust() != distrust_reason::none) {
        return DSQL_UNTRUSTED_SERVER;
    }
    if (!failed.server_message().empty()) {
        return status_of_rejection(failed);
    }
    if (failed.code() == std::errc::not_enough_memory) {
        return DSQL_OUT_OF_MEMORY;
    }
    // Without a code, the handshake was rejected.
    return failed.phase() == connection_phase::tls && !failed.code() ? DSQL_UNTRUSTED_SERVER
                                                                     : DSQL_UNREACHABLE;
}

dsql_status status_of(const std::exception& failure) noexcept {
    if (const auto* const failed = dynamic_cast<const connection_error*>(&failure)) {
        return status_of(*failed);
    }
    if (dynamic_cast<const config_error*>(&failure) != nullptr) {
        return DSQL_INVALID_CONFIG;
    }
    if (dynamic_cast<const credentials_error*>(&failure) != nullptr) {
        return DSQL_NO_CREDENTIALS;
    }
    if (dynamic_cast<const timeout_error*>(&failure) != nullptr) {
        return DSQL_TIMED_OUT;
    }
    if (dynamic_cast<const detail::invalid_argument*>(&failure) != nullptr) {
        return DSQL_INVALID_ARGUMENT;
    }
    return dynamic_cast<const std::bad_alloc*>(&failure) != nullptr ? DSQL_OUT_OF_MEMORY
                                                                    : DSQL_FAILURE;
}

// Copies a text and its null character to `to`, and moves `to` behind them.
const char* copy_text(std::string_view text, char*& to) noexcept {
    const char* const copy = copy_to(to, text);
    to += text.size() + 1;
    return copy;
}

// Null if there is no memory.
dsql_error* describe(const std::exception& failure, dsql_status status) noexcept {
    const std::string_view message = failure.what();
    std::string_view hint;
    std::string_view sqlstate;
    if (const auto* const failed = dynamic_cast<const connection_error*>(&failure)) {
        hint = failed->hint();
        sqlstate = failed->sqlstate();
    }
    const std::size_t texts = message.size() + hint.size() + sqlstate.size() + 3;
    void* const memory = ::operator new(sizeof(dsql_error) + texts, std::nothrow);
    if (memory == nullptr) {
        return nullptr;
    }
    char* text = static_cast<char*>(memory) + sizeof(dsql_error);
    return new (memory) dsql_error{.status = status,
                                   .is_retryable = is_retried_by_pool(failure),
                                   .message = copy_text(message, text),
                                   .hint = copy_text(hint, text),
                                   .sqlstate = copy_text(sqlstate, text)};
}

}  // namespace

dsql_status report_exception(dsql_error** error) noexcept {
    dsql_status status = DSQL_FAILURE;
    dsql_error* described = nullptr;
    try {
        throw;
    } catch (const std::exception& failure) {
        status = status_of(failure);
        if (status != DSQL_OUT_OF_MEMORY && error != nullptr) {
            described = describe(failure, status);
            status = described == nullptr ? DSQL_OUT_OF_MEMORY : status;
        }
    } catch (...) {
        // The library throws nothing else.
        status = DSQL_OUT_OF_MEMORY;
    }
    if (error != nullptr) {
        *error = described == nullptr ? &out_of_memory : described;
    }
    return status;
}

}  // namespace dsql::detail

extern "C" {

const char* dsql_status_name(dsql_status status) noexcept {
    switch (status) {
        case DSQL_OK:
            return "DSQL_OK";
        case DSQL_FAILURE:
            return "DSQL_FAILURE";
        case DSQL_OUT_OF_MEMORY:
            return "DSQL_OUT_OF_MEMORY";
        case DSQL_INVALID_ARGUMENT:
            return "DSQL_INVALID_ARGUMENT";
        case DSQL_INVALID_CONFIG:
            return "DSQL_INVALID_CONFIG";
        case DSQL_NO_CREDENTIALS:
            return "DSQL_NO_CREDENTIALS";
        case DSQL_TIMED_OUT:
            return "DSQL_TIMED_OUT";
        case DSQL_UNREACHABLE:
            return "DSQL_UNREACHABLE";
        case DSQL_UNTRUSTED_SERVER:
            return "DSQL_UNTRUSTED_SERVER";
        case DSQL_ACCESS_DENIED:
            return "DSQL_ACCESS_DENIED";
        case DSQL_OVERLOADED:
            return "DSQL_OVERLOADED";
        case DSQL_REJECTED:
            return "DSQL_REJECTED";
    }
    return "unknown status";
}

dsql_status dsql_error_status(const dsql_error* error) noexcept {
    return error == nullptr ? DSQL_OK : error->status;
}

const char* dsql_error_message(const dsql_error* error) noexcept {
    return error == nullptr ? "" : error->message;
}

const char* dsql_error_hint(const dsql_error* error) noexcept {
    return error == nullptr ? "" : error->hint;
}

const char* dsql_error_sqlstate(const dsql_error* error) noexcept {
    return error == nullptr ? "" : error->sqlstate;
}

int dsql_error_is_retryable(const dsql_error* error) noexcept {
    return error != nullptr && error->is_retryable ? 1 : 0;
}

void dsql_error_free(dsql_error* error) noexcept {
    if (error != &dsql::detail::out_of_memory) {
        ::operator delete(error);
    }
}
}
