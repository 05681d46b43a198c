// SPDX-License-Identifier: Apache-2.0
#include "pg/connect/login_parameters.hpp"

#include <dsql/error.hpp>

#include "base/fork_guard.hpp"
#include "pg/libpq_version.hpp"

#include <libpq-fe.h>
#include <strings.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <memory>
#include <new>
#include <string_view>
#include <utility>
#include <vector>

namespace dsql::pg {

namespace {

// A parameter that libpq takes from an environment variable if the caller does not set it.
struct variable_parameter {
    std::string name;
    std::string variable;
    std::string default_value;
};

// Returns the documented default of a parameter that has no compiled default and accepts no empty
// value. Source: PostgreSQL, "Parameter Key Words", max_protocol_version.
std::string documented_default(std::string_view name) {
    return name == "min_protocol_version" || name == "max_protocol_version" ? "3.0" : "";
}

std::vector<variable_parameter> read_variable_parameters() {
    const std::unique_ptr<PQconninfoOption, void (*)(PQconninfoOption*)> options(PQconndefaults(),
                                                                                 &PQconninfoFree);
    if (!options) {
        throw std::bad_alloc();
    }
    std::vector<variable_parameter> found;
    for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
        // `service` has no value that stands for "no service"; see check_environment.
        if (option->envvar != nullptr && std::string_view(option->keyword) != "service") {
            found.push_back({.name = option->keyword,
                             .variable = option->envvar,
                             .default_value = option->compiled == nullptr
                                                  ? documented_default(option->keyword)
                                                  : option->compiled});
        }
    }
    return found;
}

// Read once from the libpq that is loaded, because versions differ in their parameters. Never
// destroyed, because objects with static lifetime may connect in their destructors.
const std::vector<variable_parameter>& variable_parameters() {
    static const auto* const parameters =
        new const std::vector<variable_parameter>(read_variable_parameters());
    return *parameters;
}

// Returns ` name='value'`. Source: PostgreSQL, "Keyword/Value Connection Strings".
std::string keyword_and_value(std::string_view name, std::string_view value) {
    std::string text(1, ' ');
    text.append(name).append("='");
    for (const char c : value) {
        if (c == '\\' || c == '\'') {
            text += '\\';
        }
        text += c;
    }
    return text + "'";
}

// The parameters of one login.
class parameter_list {
public:
    // `value` must not be empty: libpq ignores an empty value and reads the environment instead.
    void add(const char* name, std::string value) {
        names_.push_back(name);
        values_.push_back(std::move(value));
    }

    // Adds the database, and the default of each parameter that is not given and whose variable is
    // set. libpq accepts a connection string as `dbname`, and in it an empty value is not ignored.
    void add_database(std::string_view database) {
        std::string text = keyword_and_value("dbname", database);
        for (const variable_parameter& parameter : variable_parameters()) {
            if (!has(parameter.name) && parameter.name != "dbname" &&
                std::getenv(parameter.variable.c_str()) != nullptr) {
                text += keyword_and_value(parameter.name, parameter.default_value);
            }
        }
        add("dbname", std::move(text));
    }

    [[nodiscard]] pg_conn* start_connecting() const {
        std::vector<const char*> names = names_;
        names.push_back(nullptr);
        std::vector<const char*> values;
        for (const std::string& value : values_) {
            values.push_back(value.c_str());
        }
        values.push_back(nullptr);
        constexpr int expand_dbname = 1;
        return PQconnectStartParams(names.data(), values.data(), expand_dbname);
    }

private:
    [[nodiscard]] bool has(std::string_view name) const {
        return std::find(names_.begin(), names_.end(), name) != names_.end();
    }

    std::vector<const char*> names_;
    std::vector<std::string> values_;
};

// A file that does not exist, for parameters whose default is a file in the home directory.
constexpr const char* no_such_file = "/nonexistent/aurora-dsql-uses-none";

void add_tls(parameter_list& parameters, const std::string& root_certificate) {
    parameters.add("sslmode", "verify-full");
    parameters.add("sslrootcert", root_certificate);
    parameters.add("ssl_min_protocol_version", "TLSv1.2");
    parameters.add("sslsni", "1");
    parameters.add("sslcompression", "0");
    parameters.add("gssencmode", "disable");
    // Files in ~/.postgresql are not used: no client certificate and no revocation list.
    parameters.add("sslcert", no_such_file);
    parameters.add("sslkey", no_such_file);
    parameters.add("sslcrl", no_such_file);
    if (knows_ssl_cert_mode()) {
        parameters.add("sslcertmode", "disable");
    }
    if (knows_direct_tls()) {
        parameters.add("sslnegotiation", "direct");
    }
}

// Detects a dead peer within about a minute instead of two hours.
void add_keepalive(parameter_list& parameters) {
    parameters.add("keepalives", "1");
    parameters.add("keepalives_idle", "30");
    parameters.add("keepalives_interval", "10");
    parameters.add("keepalives_count", "3");
    parameters.add("tcp_user_timeout", "60000");
}

// Returns a setting for the startup packet. Spaces and backslashes are escaped with a backslash.
// Source: PostgreSQL, "Connection Settings", options.
std::string startup_option(std::string_view name, std::string_view value) {
    std::string option = "-c " + std::string(name) + "=";
    for (const char c : value) {
        if (c == '\\' || std::isspace(static_cast<unsigned char>(c)) != 0) {
            option += '\\';
        }
        option += c;
    }
    return option;
}

// Returns the value of libpq's parameter `options`.
std::string startup_options(const login& target) {
    std::string options;
    if (!target.cluster_id.empty()) {
        options = startup_option("amzn-cluster-id", target.cluster_id);
    }
    if (!target.search_path.empty()) {
        options.append(options.empty() ? "" : " ");
        options += startup_option("search_path", target.search_path);
    }
    return options;
}

}  // namespace

void check_environment() {
    if (std::getenv("PGSERVICE") != nullptr) {
        throw config_error(
            "the environment variable PGSERVICE is set: libpq would take parameters of the "
            "connection from that service, and none overrules it; unset it");
    }
    const char* const geqo = std::getenv("PGGEQO");
    if (geqo != nullptr && strcasecmp(geqo, "default") != 0) {
        throw config_error(
            "the environment variable PGGEQO is set: libpq would send it to the server as the "
            "setting geqo, which DSQL does not support; unset it");
    }
}

pg_conn* start_login(const login& target, const std::string& address,
                     const std::string& root_certificate) {
    const detail::fork_gate no_fork;  // the first call reads the defaults, which takes locks
    check_environment();
    parameter_list parameters;
    parameters.add("host", target.host);
    parameters.add("hostaddr", address);
    parameters.add("port", std::to_string(target.port));
    parameters.add("user", target.user);
    // The library itself sends the password; see authentication_watch. No other is looked for.
    parameters.add("passfile", no_such_file);
    parameters.add("application_name", target.application_name);
    parameters.add("client_encoding", "UTF8");
    if (std::string options = startup_options(target); !options.empty()) {
        parameters.add("options", std::move(options));
    }
    if (knows_require_auth()) {
        parameters.add("require_auth", "none");
    }
    if (knows_newer_protocols()) {
        // A server that is asked for a newer one may negotiate before it asks for the password.
        parameters.add("max_protocol_version", "3.0");
    }
    add_tls(parameters, root_certificate);
    add_keepalive(parameters);
    parameters.add_database(target.database);
    return parameters.start_connecting();
}

}  // namespace dsql::pg
