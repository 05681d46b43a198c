// SPDX-License-Identifier: Apache-2.0
#include "psql/psql_environment.hpp"

#include <dsql/version.hpp>

#include <algorithm>
#include <array>
#include <string_view>

namespace dsql_cli {

namespace {

constexpr std::array<std::string_view, 7> kept_variables = {
    "PGAPPNAME",   "PGCLIENTENCODING", "PGCONNECT_TIMEOUT", "PGTZ",
    "PGDATESTYLE", "PG_COLOR",         "PG_COLORS"};

// This file does not exist, so that libpq does not use the files in ~/.postgresql.
constexpr const char* no_such_file = "/nonexistent/aurora-dsql-uses-none";

std::string_view name_of(std::string_view entry) {
    return entry.substr(0, entry.find('='));
}

bool is_kept(std::string_view entry) {
    const std::string_view name = name_of(entry);
    return !name.starts_with("PG") ||
           std::find(kept_variables.begin(), kept_variables.end(), name) != kept_variables.end();
}

class environment_list {
public:
    explicit environment_list(const std::vector<std::string>& current) {
        std::copy_if(current.begin(), current.end(), std::back_inserter(entries_), &is_kept);
    }

    void set(const char* name, const std::string& value) {
        entries_.push_back(std::string(name).append("=").append(value));
    }
    void set_default(std::string_view name, const std::string& value) {
        const auto named = [name](const std::string& entry) {
            return name_of(entry) == name;
        };
        if (std::none_of(entries_.begin(), entries_.end(), named)) {
            set(std::string(name).c_str(), value);
        }
    }
    [[nodiscard]] std::vector<std::string> take() { return std::move(entries_); }

private:
    std::vector<std::string> entries_;
};

std::string join_with_commas(const std::vector<std::string>& texts) {
    std::string all;
    for (const std::string& text : texts) {
        all.append(all.empty() ? "" : ",").append(text);
    }
    return all;
}

void set_connection(environment_list& list, const psql_login& login) {
    // libpq wants a host for each address.
    std::string hosts = login.endpoint.host;
    for (std::size_t i = 1; i < login.addresses.size(); ++i) {
        hosts.append(",").append(login.endpoint.host);
    }
    list.set("PGHOST", hosts);
    if (!login.addresses.empty()) {
        list.set("PGHOSTADDR", join_with_commas(login.addresses));
    }
    if (!login.endpoint.cluster_id.empty()) {
        list.set("PGOPTIONS", "-c amzn-cluster-id=" + login.endpoint.cluster_id);
    }
    list.set("PGPORT", std::to_string(login.endpoint.port));
    list.set("PGUSER", login.user);
    list.set("PGDATABASE", login.database);
    list.set("PGPASSWORD", login.token);
}

// Sets the TLS parameters that the library uses.
void set_tls(environment_list& list, const psql_login& login) {
    list.set("PGSSLMODE", "verify-full");
    list.set("PGSSLROOTCERT", login.root_certificate);
    list.set("PGSSLMINPROTOCOLVERSION", "TLSv1.2");
    list.set("PGGSSENCMODE", "disable");
    for (const char* name : {"PGSSLCERT", "PGSSLKEY", "PGSSLCRL"}) {
        list.set(name, no_such_file);
    }
    if (login.psql_major >= 16) {
        list.set("PGREQUIREAUTH", "password");
        list.set("PGSSLCERTMODE", "disable");
    }
    if (login.psql_major >= 17) {
        list.set("PGSSLNEGOTIATION", "direct");
    }
}

}  // namespace

std::vector<std::string> psql_environment(const std::vector<std::string>& current,
                                          const psql_login& login) {
    environment_list list(current);
    set_connection(list, login);
    set_tls(list, login);
    list.set_default("PGAPPNAME", "psql:aurora-dsql-cpp-libpq/" + std::string(dsql::version));
    list.set_default("PGCONNECT_TIMEOUT", "10");
    return list.take();
}

}  // namespace dsql_cli
