// SPDX-License-Identifier: Apache-2.0
#include "pg/connect/connect_host_operation.hpp"

#include <utility>

namespace dsql::pg {

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
            if (!may_try_next(failure)) {
                throw;
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

// A server that has responded would respond in the same way at another address.
bool connect_host_operation::may_try_next(const connection_error& failure) const {
    return !is_last() && failure.server_message().empty();
}

std::string connect_host_operation::progress() const {
    const connection_phase phase = connecting_ ? connecting_->phase() : connection_phase::tcp;
    return " while connecting to " + target_.host + " (" + addresses_[index_] + ", port " +
           std::to_string(target_.port) + "), in the phase " + std::string(to_string(phase));
}

}  // namespace dsql::pg
