// SPDX-License-Identifier: Apache-2.0
#include "config/endpoint_list.hpp"

#include <dsql/endpoint.hpp>
#include <dsql/error.hpp>

#include "base/text.hpp"
#include "config/validate.hpp"

#include <cstddef>
#include <optional>

namespace dsql::detail {

namespace {

int read_port(const std::string& text) {
    const auto port = parse_number<int>(text);
    if (!port) {
        // The message does not show the value: in a URI that is not encoded correctly, it may be
        // part of a password.
        throw config_error("connection string: the port is not a number from 1 to 65535");
    }
    check_port(*port, "connection string");
    return *port;
}

// Throws for an empty value, or an empty host in a list.
void require_values(std::string_view name, const std::vector<std::string>& values) {
    if (values.size() == 1 && values.front().empty() && name != "port") {
        throw config_error("connection string: " + std::string(name) +
                           " is empty; leave it out for its default");
    }
    for (std::size_t i = 0; name == "host" && i < values.size(); ++i) {
        if (values[i].empty()) {
            throw config_error("connection string: host " + std::to_string(i + 1) + " of " +
                               std::to_string(values.size()) + " is empty");
        }
    }
}

void require_one_for_each(std::string_view name, std::size_t values, std::size_t hosts) {
    if (values != hosts) {
        throw config_error("connection string: " + std::to_string(hosts) +
                           (hosts == 1 ? " host, but " : " hosts, but ") + std::to_string(values) +
                           (values == 1 ? " value" : " values") + " of " + std::string(name) +
                           "; give one for each host, separated by commas");
    }
}

}  // namespace

std::vector<std::string> split_at_commas(std::string_view text) {
    std::vector<std::string> parts;
    for (std::size_t comma = 0; comma != std::string_view::npos;) {
        comma = text.find(',');
        parts.emplace_back(text.substr(0, comma));
        text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
    }
    return parts;
}

void endpoint_list::set(std::string_view name, const std::string& value) {
    std::vector<std::string> values = split_at_commas(value);
    require_values(name, values);
    for (std::size_t i = 0; name == "port" && i < values.size(); ++i) {
        if (values.size() == 1 || !values[i].empty()) {
            static_cast<void>(read_port(values[i]));
        }
    }
    (name == "host" ? hosts_ : name == "port" ? ports_ : addresses_) = std::move(values);
}

void endpoint_list::apply(config& settings) const {
    if (hosts_.empty()) {
        return;
    }
    if (ports_.size() > 1) {
        require_one_for_each("port", ports_.size(), hosts_.size());
    }
    if (!addresses_.empty()) {
        require_one_for_each("hostaddr", addresses_.size(), hosts_.size());
    }
    const auto address = [this](std::size_t i) {
        return addresses_.empty() ? std::nullopt : std::optional(addresses_[i]);
    };
    settings.host = hosts_.front();
    settings.host_address = address(0);
    if (!ports_.empty() && !ports_.front().empty()) {
        settings.port = read_port(ports_.front());
    }
    for (std::size_t i = 1; i < hosts_.size(); ++i) {
        failover_endpoint next{.host = hosts_[i], .host_address = address(i)};
        if (ports_.size() > 1) {
            next.port = ports_[i].empty() ? endpoint().port : read_port(ports_[i]);
        }
        settings.failover.push_back(std::move(next));
    }
}

}  // namespace dsql::detail
