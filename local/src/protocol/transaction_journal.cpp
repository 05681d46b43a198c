// SPDX-License-Identifier: Apache-2.0
#include "protocol/transaction_journal.hpp"

#include <utility>

namespace dsql_local {
namespace {

std::size_t size_of(const std::vector<recorded_execution>& executions) {
    std::size_t size = 0;
    for (const recorded_execution& execution : executions) {
        size += execution.parse_tail.size() + execution.bind_tail.size();
    }
    return size;
}

}  // namespace

// FNV-1a. Source: https://datatracker.ietf.org/doc/html/draft-eastlake-fnv
void answer_digest::add(std::string_view bytes) noexcept {
    constexpr std::uint64_t prime = 1099511628211U;
    for (const char byte : bytes) {
        value_ = (value_ ^ static_cast<unsigned char>(byte)) * prime;
    }
}

transaction_journal::number transaction_journal::add(std::vector<recorded_execution> executions,
                                                     protocol_form form) {
    size_ += size_of(executions);
    if (size_ > max_size) {
        make_unrepeatable();
    }
    if (!is_repeatable_) {
        return 0;
    }
    requests_.push_back({.executions = std::move(executions), .form = form});
    return first_ + requests_.size() - 1;
}

void transaction_journal::clear() noexcept {
    first_ += requests_.size();
    requests_.clear();
    size_ = 0;
    tables_.clear();
    is_repeatable_ = true;
    is_copyable_ = true;
}

void transaction_journal::make_unrepeatable() noexcept {
    clear();
    is_repeatable_ = false;
}

recorded_request transaction_journal::take_newest() {
    recorded_request newest = std::move(requests_.back());
    requests_.pop_back();
    size_ -= size_of(newest.executions);
    return newest;
}

recorded_request* transaction_journal::find(number of) noexcept {
    const bool is_known = of >= first_ && of - first_ < requests_.size();
    return is_known ? &requests_[static_cast<std::size_t>(of - first_)] : nullptr;
}

void transaction_journal::add_answer(number of, std::string_view bytes) noexcept {
    if (recorded_request* const request = find(of)) {
        request->answers.add(bytes);
    }
}

void transaction_journal::restart_answers(number of) noexcept {
    if (recorded_request* const request = find(of)) {
        request->answers = {};
    }
}

}  // namespace dsql_local
