// SPDX-License-Identifier: Apache-2.0
#include <dsql/error.hpp>
#include <dsql/retry_policy.hpp>

#include "base/fork_guard.hpp"
#include "base/text.hpp"
#include "errors/server_report.hpp"
#include "errors/statement_context.hpp"

#include <netdb.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace dsql {

std::string_view to_string(connection_phase phase) noexcept {
    switch (phase) {
        case connection_phase::resolve:
            return "resolve";
        case connection_phase::tcp:
            return "tcp";
        case connection_phase::tls:
            return "tls";
        case connection_phase::auth:
            return "auth";
        case connection_phase::startup:
            return "startup";
        case connection_phase::established:
            return "established";
    }
    return "unknown";
}

std::string_view to_string(distrust_reason reason) noexcept {
    switch (reason) {
        case distrust_reason::none:
            return "none";
        case distrust_reason::certificate_expired:
            return "certificate expired";
        case distrust_reason::certificate_not_yet_valid:
            return "certificate not yet valid";
        case distrust_reason::certificate_wrong_host:
            return "certificate for another host";
        case distrust_reason::certificate_unknown_authority:
            return "certificate of an unknown authority";
        case distrust_reason::certificate_invalid:
            return "certificate invalid";
        case distrust_reason::authentication:
            return "authentication method";
    }
    return "unknown";
}

const char* conversion_error::what() const noexcept {
    return origin_ == nullptr ? error::what() : origin_->what.c_str();
}

const std::string& conversion_error::query() const noexcept {
    if (origin_ != nullptr) {
        return origin_->query;
    }
    const detail::fork_gate no_fork;  // while the variable below is initialized
    static const std::string unknown;
    return unknown;
}

source_location conversion_error::where() const noexcept {
    return origin_ == nullptr ? source_location() : origin_->where;
}

namespace {

class address_lookup_category_type final : public std::error_category {
public:
    [[nodiscard]] const char* name() const noexcept override { return "getaddrinfo"; }
    [[nodiscard]] std::string message(int code) const override { return gai_strerror(code); }
};

// A server may send anything: the text is bounded, and no terminal acts on it.
std::string shown(std::string_view text) {
    return detail::foreign_text(text, "\n\t");
}

std::string describe(const server_error_fields& fields) {
    std::string text =
        shown(fields.severity) + " " + shown(fields.sqlstate) + ": " + shown(fields.message);
    if (!fields.detail.empty()) {
        text += " DETAIL: " + shown(fields.detail);
    }
    if (!fields.hint.empty()) {
        text += " HINT: " + shown(fields.hint);
    }
    if (!fields.position.empty()) {
        text += " (at character " + shown(fields.position) + ")";
    }
    return text;
}

std::string describe_batch(const server_error& cause, std::size_t index, std::size_t size) {
    if (detail::is_server_unavailable(cause)) {
        return std::string("the batch of ") + std::to_string(size) +
               " statements was not answered, and may have been run or not: " + cause.what();
    }
    if (index == size) {
        return std::string("the commit of the batch failed, and all its statements are undone: ") +
               cause.what();
    }
    return "statement " + std::to_string(index + 1) + " of " + std::to_string(size) +
           " in the batch failed, those before it are undone and those behind it were not run: " +
           cause.what();
}

}  // namespace

const std::error_category& address_lookup_category() noexcept {
    const detail::fork_gate no_fork;  // while the variable below is initialized
    // Never destroyed: errors may live longer than objects with static lifetime.
    // NOLINTNEXTLINE(bugprone-unhandled-exception-at-new): without memory for it, nothing can go on
    static const auto* const category = new const address_lookup_category_type();
    return *category;
}

connection_error::connection_error(connection_phase phase, const std::string& what,
                                   std::string server_message, std::string hint)
    : error(what),
      phase_(phase),
      cause_{.server_message = std::move(server_message), .hint = std::move(hint)} {}

connection_error::connection_error(connection_phase phase, const std::string& what,
                                   connection_cause cause)
    : error(what), phase_(phase), cause_(std::move(cause)) {}

connection_error::connection_error(const std::string& what, bool statement_may_have_run)
    : error(what),
      phase_(connection_phase::established),
      statement_may_have_run_(statement_may_have_run) {}

server_error::server_error(server_error_fields fields, std::string query, source_location where)
    : error(describe(fields) + detail::statement_context(query, where)),
      fields_(std::move(fields)),
      query_(std::move(query)),
      where_(where) {}

server_error::server_error(const std::string& what, const server_error& cause)
    : error(what), fields_(cause.fields_), query_(cause.query_), where_(cause.where_) {}

bool server_error::connection_lost() const noexcept {
    return fields_.severity == "FATAL" || fields_.severity == "PANIC";
}

bool server_error::statement_may_have_run() const noexcept {
    return connection_lost() || detail::is_server_unavailable(*this);
}

batch_error::batch_error(const server_error& cause, std::size_t index,
                         std::vector<statement_outcome> outcomes)
    : server_error(describe_batch(cause, index, outcomes.size()), cause),
      index_(index),
      outcomes_(std::move(outcomes)) {}

retries_exhausted::~retries_exhausted() = default;

}  // namespace dsql
