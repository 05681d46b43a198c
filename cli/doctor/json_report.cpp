// SPDX-License-Identifier: Apache-2.0
#include "doctor/json_report.hpp"

#include <dsql/version.hpp>

#include "doctor/text_report.hpp"
#include "format.hpp"

#include <nlohmann/json.hpp>

namespace dsql_cli::doctor {

namespace {

using json = nlohmann::ordered_json;

json to_json(const named_finding& named) {
    const auto& [check, found] = named;
    json facts = json::object();
    for (const auto& [name, value] : found.facts) {
        std::visit([&facts, &key = name](const auto& held) { facts[key] = held; }, value);
    }
    return {{"check", check},
            {"result", word_for(found.result)},
            {"summary", one_line(found.summary)},
            {"advice", one_line(found.advice)},
            {"facts", facts}};
}

json to_json(const std::optional<failure>& first) {
    if (!first) {
        return nullptr;
    }
    return {{"check", first->check},
            {"summary", one_line(first->summary)},
            {"advice", one_line(first->advice)}};
}

}  // namespace

std::string json_report(const std::vector<named_finding>& all,
                        const std::optional<failure>& first) {
    json document = {{"version", dsql::version},
                     {"exit_status", first ? first->exit_status : 0},
                     {"first_failure", to_json(first)},
                     {"checks", json::array()}};
    for (const named_finding& one : all) {
        document["checks"].push_back(to_json(one));
    }
    // What servers say need not be UTF-8.
    return document.dump(2, ' ', false, json::error_handler_t::replace);
}

}  // namespace dsql_cli::doctor
