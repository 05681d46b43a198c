// SPDX-License-Identifier: Apache-2.0
#include "connector/connector.hpp"

#include <dsql/endpoint.hpp>

#include "config/validate.hpp"
#include "pg/session/session_access.hpp"

namespace dsql::detail {

namespace {

pg::login login_for(const config& settings, const endpoint& place) {
    return {.host = place.host,
            .host_address = place.host_address,
            .port = place.port,
            .user = settings.user,
            .database = settings.database,
            .application_name = application_name(settings),
            .ssl_root_cert = place.ssl_root_cert};
}

endpoint checked_endpoint(const config& settings) {
    check_config(settings);
    return resolve_endpoint(settings);
}

}  // namespace

connector::connector(const config& settings) : connector(settings, checked_endpoint(settings)) {}
connector::connector(const config& settings, const endpoint& place)
    : tokens_(settings, place),
      login_(login_for(settings, place)),
      connect_timeout_(settings.connect_timeout),
      options_{.command_timeout = settings.command_timeout,
               .statement_cache_capacity = settings.statement_cache_capacity,
               .on_notice = settings.on_notice} {}

connection connector::open(const pg::deadline& until, const std::stop_token& stop) {
    pg::login login = login_;
    login.password = *tokens_.get();
    return pg::session_access::connect(
        pg::open_connection(login, pg::deadline(connect_timeout_).earlier(until), stop), options_);
}

}  // namespace dsql::detail
