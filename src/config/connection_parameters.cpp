// SPDX-License-Identifier: Apache-2.0
#include "config/connection_parameters.hpp"

#include <dsql/error.hpp>

#include "base/text.hpp"
#include "config/startup_options.hpp"
#include "config/validate.hpp"

#include <algorithm>
#include <array>

namespace dsql::detail {

namespace {

void require_text(std::string_view name, const std::string& value) {
    if (value.empty()) {
        throw config_error("connection string: " + std::string(name) +
                           " is empty; leave it out for its default");
    }
}

std::chrono::seconds seconds_value(std::string_view name, const std::string& value) {
    const auto seconds = parse_number<int>(value);
    if (!seconds) {
        throw config_error("connection string: " + std::string(name) +
                           " is not a whole number of seconds");
    }
    return std::chrono::seconds(*seconds);
}

template <auto Field>
void set_text(config& settings, std::string_view name, const std::string& value) {
    require_text(name, value);
    settings.*Field = value;
}

void set_token_duration(config& settings, std::string_view name, const std::string& value) {
    settings.token_duration = seconds_value(name, value);
    check_token_duration(settings.token_duration, "connection string: " + std::string(name));
}

void set_connect_timeout(config& settings, std::string_view name, const std::string& value) {
    const std::chrono::milliseconds timeout = seconds_value(name, value);
    check_connect_timeout(timeout, "connection string");
    settings.connect_timeout = timeout;
}

void set_command_timeout(config& settings, std::string_view name, const std::string& value) {
    settings.command_timeout = seconds_value(name, value);
    check_command_timeout(settings.command_timeout, "connection string");
}

void set_statement_cache_capacity(config& settings, std::string_view name,
                                  const std::string& value) {
    const auto capacity = parse_number<std::size_t>(value);
    if (!capacity) {
        throw config_error("connection string: " + std::string(name) +
                           " is not a whole number; 0 switches the cache off");
    }
    settings.statement_cache_capacity = *capacity;
}

void set_root_certificate(config& settings, std::string_view name, const std::string& value) {
    require_text(name, value);
    if (value == "none") {
        throw config_error(
            "connection string: sslrootcert=none is refused: the server's certificate is always "
            "verified; leave it out for the system's trust store, or name a PEM file");
    }
    settings.ssl_root_cert = value;
}

// Null for `options` and the parameters of `endpoint_list`, which concern more than one field.
struct known_parameter {
    std::string_view name;
    void (*set)(config& settings, std::string_view name, const std::string& value);
};

constexpr std::array known_parameters = {
    known_parameter{"host", nullptr},
    known_parameter{"port", nullptr},
    known_parameter{"user", set_text<&config::user>},
    known_parameter{"dbname", set_text<&config::database>},
    known_parameter{"region", set_text<&config::region>},
    known_parameter{"profile", set_text<&config::profile>},
    known_parameter{"tokenDurationSecs", set_token_duration},
    known_parameter{"hostaddr", nullptr},
    known_parameter{"connect_timeout", set_connect_timeout},
    known_parameter{"command_timeout", set_command_timeout},
    known_parameter{"statement_cache_capacity", set_statement_cache_capacity},
    known_parameter{"sslrootcert", set_root_certificate},
    known_parameter{"application_name", set_text<&config::application_name>},
    known_parameter{"ormPrefix", set_text<&config::orm_prefix>},
    known_parameter{"search_path", set_text<&config::search_path>},
    known_parameter{"options", nullptr},
};

// A parameter of libpq whose value cannot be changed. A connection string may contain it only with
// that value.
struct fixed_parameter {
    std::string_view name;
    std::string_view value;
    std::string_view why;
};

constexpr std::array fixed_parameters = {
    fixed_parameter{"sslmode", "verify-full", "the server's certificate is always verified"},
    fixed_parameter{"sslnegotiation", "direct", "TLS is negotiated directly where libpq can"},
    fixed_parameter{"sslsni", "1", "Aurora DSQL needs the host's name"},
    fixed_parameter{"gssencmode", "disable", "a connection is always encrypted by TLS"},
    fixed_parameter{"client_encoding", "UTF8", "Aurora DSQL has no other"},
    fixed_parameter{"target_session_attrs", "any", "every connection can write"},
    fixed_parameter{"load_balance_hosts", "disable", "the first host is preferred"},
};

std::string known_names() {
    std::string names;
    for (const known_parameter& parameter : known_parameters) {
        names += names.empty() ? "" : ", ";
        names += parameter.name;
    }
    return names;
}

void reject_if_forbidden(std::string_view name) {
    if (name == "password" || name == "passfile") {
        connection_parameters::reject_password();
    }
    if (name == "requiressl") {
        throw config_error(
            "connection string: requiressl cannot be set: a connection is always verify-full");
    }
}

const fixed_parameter* find_fixed(std::string_view name) {
    const auto* const found =
        std::find_if(fixed_parameters.begin(), fixed_parameters.end(),
                     [name](const fixed_parameter& one) { return one.name == name; });
    return found == fixed_parameters.end() ? nullptr : found;
}

void require_fixed_value(const fixed_parameter& fixed, const std::string& value) {
    if (lower(value) != lower(fixed.value)) {
        const std::string name(fixed.name);
        throw config_error("connection string: " + name + " is always " + std::string(fixed.value) +
                           ", because " + std::string(fixed.why) + "; leave " + name + " out");
    }
}

}  // namespace

void connection_parameters::reject_password() {
    throw config_error(
        "connection string: a password is refused: the password of Aurora DSQL is an IAM token, "
        "which the connector makes itself from your AWS credentials");
}

void connection_parameters::set(std::string_view name, const std::string& value) {
    reject_if_forbidden(lower(name));
    const fixed_parameter* const fixed = find_fixed(lower(name));
    const auto* const known =
        std::find_if(known_parameters.begin(), known_parameters.end(),
                     [&](const known_parameter& parameter) { return parameter.name == name; });
    if (known == known_parameters.end() && fixed == nullptr) {
        throw config_error("connection string: unknown parameter " + in_quotes(name) +
                           "; known are " + known_names());
    }
    if (!seen_.emplace(name).second) {
        throw config_error("connection string: " + std::string(name) + " is given twice");
    }
    check_plain(value, "connection string: " + std::string(name));
    if (fixed != nullptr) {
        require_fixed_value(*fixed, value);
    } else if (known->set != nullptr) {
        known->set(settings_, name, value);
    } else if (name == "options") {
        set_options(value);
    } else {
        endpoints_.set(name, value);
    }
}

void connection_parameters::set_options(const std::string& value) {
    for (const auto& [name, setting] : read_startup_options(value)) {
        std::string normal = lower(name);
        std::replace(normal.begin(), normal.end(), '-', '_');  // as PostgreSQL does
        if (normal == "search_path") {
            set(normal, setting);
        } else if (normal != "amzn_cluster_id") {
            throw config_error("connection string: options sets " + in_quotes(name) +
                               "; only search_path and amzn-cluster-id can be set there");
        } else if (!seen_.emplace(normal).second) {
            throw config_error("connection string: amzn-cluster-id is given twice");
        } else {
            settings_.cluster_id = setting;
        }
    }
}

config connection_parameters::finish() const {
    config finished = settings_;
    endpoints_.apply(finished);
    if (finished.host.empty()) {
        throw config_error(
            "connection string: host is missing; give the cluster's endpoint or its identifier");
    }
    return finished;
}

}  // namespace dsql::detail
