// SPDX-License-Identifier: Apache-2.0
#include <dsql/config.hpp>
#include <dsql/error.hpp>

#include "base/text.hpp"
#include "base/uri_encoding.hpp"
#include "config/connection_parameters.hpp"
#include "config/endpoint_list.hpp"
#include "config/endpoint_rules.hpp"
#include "config/keyword_value.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace dsql {

namespace {

using detail::connection_parameters;
using detail::percent_decode;

// Returns the text after the scheme, or nothing when the text has no known scheme.
std::optional<std::string_view> without_scheme(std::string_view text) {
    constexpr std::array<std::string_view, 3> schemes = {"postgres://", "postgresql://", "dsql://"};
    for (const std::string_view scheme : schemes) {
        if (detail::lower(text.substr(0, scheme.size())) == scheme) {
            return text.substr(scheme.size());
        }
    }
    return std::nullopt;
}

// Returns the part of `text` before the first of `separators`. Sets `rest` to the remainder, which
// begins with that separator, or is empty when there is none.
std::string_view cut(std::string_view text, std::string_view separators, std::string_view& rest) {
    const std::size_t end = std::min(text.find_first_of(separators), text.size());
    rest = text.substr(end);
    return text.substr(0, end);
}

void read_user(std::string_view user_information, connection_parameters& parameters) {
    const std::size_t colon = user_information.find(':');
    if (colon != std::string_view::npos) {
        parameters.reject_password();
    }
    if (!user_information.empty()) {
        parameters.set("user", percent_decode(user_information, "user name"));
    }
}

// Appends one `host[:port]` of a URI to the lists of hosts and ports.
void read_host_and_port(std::string_view text, std::string& hosts, std::string& ports) {
    if (text.starts_with('[')) {
        throw config_error(
            "connection string: an IPv6 literal cannot be the host, because Aurora DSQL needs the "
            "cluster's name for SNI, certificate and token; give the name, and the address as the "
            "parameter hostaddr");
    }
    const std::size_t colon = text.find(':');
    hosts += percent_decode(text.substr(0, colon), "host");
    if (colon != std::string_view::npos) {
        ports += percent_decode(text.substr(colon + 1), "port");
    }
}

void read_hosts(std::string_view text, connection_parameters& parameters) {
    std::string hosts;
    std::string ports;
    for (const std::string& one : detail::split_at_commas(text)) {
        read_host_and_port(one, hosts, ports);
        hosts += ',';
        ports += ',';
    }
    hosts.pop_back();
    ports.pop_back();
    if (!hosts.empty()) {
        parameters.set("host", hosts);
    }
    if (ports.find_first_not_of(',') != std::string::npos) {
        parameters.set("port", ports);
    }
}

void read_query(std::string_view text, connection_parameters& parameters) {
    while (!text.empty()) {
        std::string_view rest;
        const std::string_view pair = cut(text, "&", rest);
        text = rest.empty() ? rest : rest.substr(1);
        if (pair.empty()) {
            continue;
        }
        const std::size_t equals = pair.find('=');
        const std::string key = percent_decode(pair.substr(0, equals), "parameter name");
        if (equals == std::string_view::npos) {
            throw config_error("connection string: parameter " + detail::in_quotes(key) +
                               " has no value; write it as NAME=VALUE");
        }
        parameters.set(
            key, percent_decode(pair.substr(equals + 1), "parameter " + detail::in_quotes(key)));
    }
}

config parse_uri(std::string_view text) {
    connection_parameters parameters;
    std::string_view rest;
    std::string_view authority = cut(text, "/?#", rest);
    const std::size_t at = authority.rfind('@');
    if (at != std::string_view::npos) {
        read_user(authority.substr(0, at), parameters);
        authority.remove_prefix(at + 1);
    }
    read_hosts(authority, parameters);
    if (rest.find('#') != std::string_view::npos) {
        throw config_error(
            "connection string: a fragment (#...) means nothing here; write %23 for a '#'");
    }
    if (rest.starts_with('/')) {
        const std::string_view database = cut(rest.substr(1), "?", rest);
        if (!database.empty()) {
            parameters.set("dbname", percent_decode(database, "database name"));
        }
    }
    if (rest.starts_with('?')) {
        read_query(rest.substr(1), parameters);
    }
    return parameters.finish();
}

// Whether a text is a host. Accepts only what cannot be part of a password, because an error about
// the host may show it.
bool is_plain_host(std::string_view text) {
    return detail::is_cluster_identifier(text) ||
           (!detail::region_in_host(detail::lower(text)).empty() &&
            std::all_of(text.begin(), text.end(), [](char c) {
                return detail::is_lower(detail::lower(c)) || detail::is_digit(c) || c == '-' ||
                       c == '.';
            }));
}

// Returns the config for a connection string that consists of hosts alone, separated by commas.
std::optional<config> read_bare_hosts(std::string_view text) {
    const std::vector<std::string> hosts = detail::split_at_commas(text);
    if (!std::all_of(hosts.begin(), hosts.end(), &is_plain_host)) {
        return std::nullopt;
    }
    connection_parameters parameters;
    parameters.set("host", std::string(text));
    return parameters.finish();
}

}  // namespace

config parse_connection_string(std::string_view text) {
    if (std::optional<config> bare = read_bare_hosts(detail::trim(text))) {
        return *std::move(bare);
    }
    if (const std::optional<std::string_view> uri = without_scheme(text)) {
        return parse_uri(*uri);
    }
    if (const std::size_t scheme_end = text.find("://");
        scheme_end != std::string_view::npos && scheme_end < text.find('=')) {
        throw config_error("connection string: unknown scheme " +
                           detail::in_quotes(text.substr(0, scheme_end + 3)) +
                           "; use postgres://, postgresql:// or dsql://");
    }
    connection_parameters parameters;
    detail::read_keyword_values(text, parameters);
    return parameters.finish();
}

}  // namespace dsql
