// SPDX-License-Identifier: Apache-2.0
#include "aws/providers/provider_access.hpp"

#include <utility>

namespace dsql::aws {

provider_access::provider_access(std::shared_ptr<credentials_provider> provider)
    : provider_(std::move(provider)), limited_(dynamic_cast<limited_provider*>(provider_.get())) {
    if (limited_ == nullptr) {
        foreign_ = [shared = provider_](const std::string&) {
            return shared->get();
        };
    }
}

credentials provider_access::get(const call_limits& limits) const {
    return limited_ != nullptr ? limited_->get_within(limits)
                               : foreign_.call({}, limits, [this] { return activity(); });
}

std::string provider_access::activity() const {
    return limited_ != nullptr ? limited_->activity() : "the program's own provider";
}

bool provider_access::never_waits() const noexcept {
    return limited_ != nullptr && limited_->never_waits();
}

}  // namespace dsql::aws
