// SPDX-License-Identifier: Apache-2.0
#include "connector/connector.hpp"

#include <dsql/endpoint.hpp>

#include "config/validate.hpp"

#include <algorithm>

namespace dsql::detail {

namespace {

pg::login login_for(const config& settings) {
    const endpoint place = resolve_endpoint(settings);
    return {.host = place.host,
            .host_address = place.host_address,
            .port = place.port,
            .user = settings.user,
            .database = settings.database,
            .application_name = application_name(settings),
            .ssl_root_cert = place.ssl_root_cert,
            .timeout = settings.connect_timeout};
}

}  // namespace

connector::connector(const config& settings) : tokens_(settings), login_(login_for(settings)) {}

connection connector::open(std::chrono::milliseconds budget, const std::stop_token& stop) {
    pg::login login = login_;
    login.password = *tokens_.get();
    login.timeout = std::min(budget, login_.timeout);
    return pg::open_connection(login, stop);
}

connection connector::open(const std::stop_token& stop) {
    return open(login_.timeout, stop);
}

}  // namespace dsql::detail
