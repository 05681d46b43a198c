// SPDX-License-Identifier: Apache-2.0
#include "cluster_session.hpp"

#include <dsql/retry.hpp>

#include <utility>

namespace dsql_cli {

cluster_session::cluster_session(const dsql::config& settings)
    : pool_(settings, {.max_connections = 1}) {}

dsql::connection& cluster_session::get() {
    if (connection_ && (*connection_)->is_open()) {
        return **connection_;
    }
    connection_.reset();
    connection_ = pool_.acquire();
    for (const std::string& setting : settings_) {
        dsql::execute_with_retry(**connection_, patient, setting);
    }
    return **connection_;
}

void cluster_session::apply_setting(std::string statement) {
    repeat(repeatable::always, [&](dsql::connection& used) {
        return dsql::execute_with_retry(used, patient, statement);
    });
    remember_setting(std::move(statement));
}

void cluster_session::remember_setting(std::string statement) {
    settings_.push_back(std::move(statement));
}

void cluster_session::start_over() noexcept {
    if (!settings_.empty() && connection_) {
        (*connection_)->close();
    }
    settings_.clear();
}

}  // namespace dsql_cli
