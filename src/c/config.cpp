// SPDX-License-Identifier: Apache-2.0
#include "c/config.hpp"

#include <dsql/credentials.hpp>
#include <dsql/endpoint.hpp>

#include "c/error.hpp"
#include "c/text.hpp"
#include "config/connection_parameters.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

struct dsql_endpoint {
    dsql::endpoint place{};
};

namespace dsql::detail {

namespace {

template <auto... Fields>
void take(config& to, config& from) {
    ((to.*Fields = std::move(from.*Fields)), ...);
}

// Which fields a parameter of a connection string sets. Those that are not here have only one
// value.
struct parameter_fields {
    std::string_view name;
    void (*take)(config& to, config& from);
};

constexpr std::array fields_of_parameters = {
    parameter_fields{"host", take<&config::host, &config::failover>},
    parameter_fields{"port", take<&config::port>},
    parameter_fields{"user", take<&config::user>},
    parameter_fields{"dbname", take<&config::database>},
    parameter_fields{"region", take<&config::region>},
    parameter_fields{"profile", take<&config::profile>},
    parameter_fields{"tokenDurationSecs", take<&config::token_duration>},
    parameter_fields{"hostaddr", take<&config::host_address>},
    parameter_fields{"connect_timeout", take<&config::connect_timeout>},
    parameter_fields{"command_timeout", take<&config::command_timeout>},
    parameter_fields{"statement_cache_capacity", take<&config::statement_cache_capacity>},
    parameter_fields{"sslrootcert", take<&config::ssl_root_cert>},
    parameter_fields{"application_name", take<&config::application_name>},
    parameter_fields{"ormPrefix", take<&config::orm_prefix>},
    parameter_fields{"search_path", take<&config::search_path>},
};

// Sets what `options` sets: either of the two, or both.
void take_options(config& to, config& from) {
    if (!from.search_path.empty()) {
        to.search_path = std::move(from.search_path);
    }
    if (!from.cluster_id.empty()) {
        to.cluster_id = std::move(from.cluster_id);
    }
}

// Reads one parameter as a connection string would have it.
config read_parameter(const std::string& name, const std::string& value) {
    connection_parameters one;
    one.set(name, value);
    if (name != "host") {
        one.set("host", "any");  // because a connection string needs one
    }
    return one.finish();
}

void set_parameter(config& settings, const std::string& name, const std::string& value) {
    config one = read_parameter(name, value);
    if (name == "options") {
        take_options(settings, one);
        return;
    }
    const auto* const found =
        std::find_if(fields_of_parameters.begin(), fields_of_parameters.end(),
                     [&](const parameter_fields& parameter) { return parameter.name == name; });
    if (found != fields_of_parameters.end()) {
        found->take(settings, one);
    }
}

std::optional<std::chrono::system_clock::time_point> time_of(std::int64_t seconds) {
    if (seconds == 0) {
        return std::nullopt;
    }
    // Beyond what the clock can represent is as good as never.
    constexpr std::int64_t last =
        std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::time_point::max())
            .time_since_epoch()
            .count();
    return std::chrono::system_clock::time_point(
        std::chrono::seconds(std::clamp<std::int64_t>(seconds, 0, last)));
}

}  // namespace

}  // namespace dsql::detail

using dsql::detail::copy_for_c;
using dsql::detail::limits_of;
using dsql::detail::require;
using dsql::detail::require_result;
using dsql::detail::run_for_c;

extern "C" {

dsql_status dsql_config_create(const char* connection_string, dsql_config** config,
                               dsql_error** error) noexcept {
    return run_for_c(error, [&] {
        dsql_config*& result = require_result(config, "config");
        auto made = std::make_unique<dsql_config>();
        if (connection_string != nullptr) {
            made->settings = dsql::parse_connection_string(connection_string);
        }
        result = made.release();
    });
}

dsql_status dsql_config_set(dsql_config* config, const char* name, const char* value,
                            dsql_error** error) noexcept {
    return run_for_c(error, [&] {
        dsql_config& changed = require(config, "config");
        const std::string name_text(&require(name, "name"));
        dsql::detail::set_parameter(changed.settings, name_text, &require(value, "value"));
    });
}

dsql_status dsql_config_set_credentials(dsql_config* config, const char* access_key_id,
                                        const char* secret_access_key, const char* session_token,
                                        int64_t expiration, dsql_error** error) noexcept {
    return run_for_c(error, [&] {
        dsql_config& changed = require(config, "config");
        const dsql::credentials given{
            .access_key_id = &require(access_key_id, "access_key_id"),
            .secret_access_key = std::string_view(&require(secret_access_key, "secret_access_key")),
            .session_token = std::string_view(session_token == nullptr ? "" : session_token),
            .expiration = dsql::detail::time_of(expiration)};
        changed.settings.credentials = dsql::static_credentials(given);
    });
}

void dsql_config_free(dsql_config* config) noexcept {
    const std::unique_ptr<dsql_config> last(config);
}

dsql_status dsql_endpoint_create(const dsql_config* config, int timeout_ms,
                                 dsql_endpoint** endpoint, dsql_error** error) noexcept {
    return run_for_c(error, [&] {
        dsql_endpoint*& result = require_result(endpoint, "endpoint");
        auto made = std::make_unique<dsql_endpoint>();
        made->place =
            dsql::resolve_endpoint(require(config, "config").settings, limits_of(timeout_ms));
        result = made.release();
    });
}

const char* dsql_endpoint_host(const dsql_endpoint* endpoint) noexcept {
    return endpoint == nullptr ? "" : endpoint->place.host.c_str();
}

const char* dsql_endpoint_host_address(const dsql_endpoint* endpoint) noexcept {
    return endpoint == nullptr ? "" : endpoint->place.host_address.c_str();
}

int dsql_endpoint_port(const dsql_endpoint* endpoint) noexcept {
    return endpoint == nullptr ? 0 : endpoint->place.port;
}

const char* dsql_endpoint_region(const dsql_endpoint* endpoint) noexcept {
    return endpoint == nullptr ? "" : endpoint->place.region.c_str();
}

const char* dsql_endpoint_cluster_id(const dsql_endpoint* endpoint) noexcept {
    return endpoint == nullptr ? "" : endpoint->place.cluster_id.c_str();
}

dsql_status dsql_endpoint_root_certificate(const dsql_endpoint* endpoint, int supports_system,
                                           char** file, dsql_error** error) noexcept {
    return run_for_c(error, [&] {
        char*& result = require_result(file, "file");
        const std::string& given = require(endpoint, "endpoint").place.ssl_root_cert;
        result = copy_for_c(dsql::root_certificate(given, supports_system != 0));
    });
}

void dsql_endpoint_free(dsql_endpoint* endpoint) noexcept {
    const std::unique_ptr<dsql_endpoint> last(endpoint);
}
}
