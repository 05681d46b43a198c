// SPDX-License-Identifier: Apache-2.0
#include "protocol/transaction_journal.hpp"

#include <utility>

namespace dsql_local {

// FNV-1a. Source: https://datatracker.ietf.org/doc/html/draft-eastlake-fnv
void answer_digest::add(std::string_view bytes) noexcept {
    constexpr std::uint64_t prime = 1099511628211U;
    for (const char byte : bytes) {
        value_ = (value_ ^ static_cast<unsigned char>(byte)) * prime;
    }
}

transaction_journal::number transaction_journal::add(std::string messages, protocol_form form) {
    size_ += messages.size();
    if (size_ > max_size) {
        make_unrepeatable();
    }
    if (!is_repeatable_) {
        return 0;
    }
    statements_.push_back({.messages = std::move(messages), .form = form});
    return first_ + statements_.size() - 1;
}

void transaction_journal::clear() noexcept {
    first_ += statements_.size();
    statements_.clear();
    size_ = 0;
    tables_.clear();
    is_repeatable_ = true;
    is_copyable_ = true;
}

void transaction_journal::make_unrepeatable() noexcept {
    clear();
    is_repeatable_ = false;
}

recorded_statement transaction_journal::take_newest() {
    recorded_statement newest = std::move(statements_.back());
    statements_.pop_back();
    size_ -= newest.messages.size();
    return newest;
}

recorded_statement* transaction_journal::find(number of) noexcept {
    const bool is_known = of >= first_ && of - first_ < statements_.size();
    return is_known ? &statements_[of - first_] : nullptr;
}

void transaction_journal::add_answer(number of, std::string_view bytes) noexcept {
    if (recorded_statement* const statement = find(of)) {
        statement->answers.add(bytes);
    }
}

void transaction_journal::restart_answers(number of) noexcept {
    if (recorded_statement* const statement = find(of)) {
        statement->answers = {};
    }
}

}  // namespace dsql_local
