// SPDX-License-Identifier: Apache-2.0
#include "pg/connect/connect_host_operation.hpp"

#include <utility>

namespace dsql::pg {

namespace {

// A server that has responded would respond in the same way at another address. One that is not
// trusted, or does not agree on TLS, may be a man in the middle, who must be noticed.
bool is_final(const connection_error& failure) noexcept {
    return !failure.server_message().empty() || !failure.is_transient();
}

}  // namespace

connect_host_operation::connect_host_operation(const login& target,
                                               std::vector<std::string> addresses,
                                               std::string root_certificate, const deadline& until)
    : target_(target),
      addresses_(std::move(addresses)),
      root_certificate_(std::move(root_certificate)),
      until_(until) {}

wait_for connect_host_operation::step() {
    for (;;) {
        try {
            if (!connecting_) {
                start();
                return connecting_->step();
            }
            if (!is_over()) {
                return connecting_->step();
            }
        } catch (const connection_error& failure) {
            keep_if_more_telling(failure);
            if (is_last() || is_final(failure)) {
                throw connection_error(*failure_);
            }
        }
        connecting_.reset();
        ++index_;
    }
}

void connect_host_operation::start() {
    share_ = deadline(*until_.left() / static_cast<long>(addresses_.size() - index_));
    connecting_.emplace(target_, addresses_[index_], root_certificate_);
}

// An error that ends the attempts says more than any before it. Of the others, that of a later
// phase.
void connect_host_operation::keep_if_more_telling(const connection_error& failure) {
    if (!failure_ || is_final(failure) || failure.phase() >= failure_->phase()) {
        failure_ = failure;
    }
}

std::string connect_host_operation::progress() const {
    const connection_phase phase = connecting_ ? connecting_->phase() : connection_phase::tcp;
    return " while connecting to " + target_.host + " (" + addresses_[index_] + ", port " +
           std::to_string(target_.port) + "), in the phase " + std::string(to_string(phase)) +
           (failure_ ? std::string(" (at another address: ") + failure_->what() + ")" : "");
}

}  // namespace dsql::pg
