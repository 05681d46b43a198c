// SPDX-License-Identifier: Apache-2.0
#include "credentials_warning.hpp"

#include "format.hpp"

#include <exception>
#include <iostream>

namespace dsql_cli {

namespace {

class warning_observer final : public dsql::observer {
public:
    void credentials_refresh_failed(
        const dsql::credentials_refresh_event& event) noexcept override {
        try {
            std::cerr << "dsql: warning: " << refresh_failure_text(event) << '\n';
        } catch (const std::exception&) {  // no memory for a warning: then there is none
        }
    }
};

}  // namespace

std::string refresh_failure_text(const dsql::credentials_refresh_event& event) {
    return one_line(event.reason) + "; they stay in use, for AWS may still accept them";
}

std::shared_ptr<dsql::observer> credentials_warning() {
    return std::make_shared<warning_observer>();
}

}  // namespace dsql_cli
