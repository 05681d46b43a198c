// SPDX-License-Identifier: Apache-2.0
#include <dsql/connection.hpp>
#include <dsql/error.hpp>
#include <dsql/explain_dpu.hpp>
#include <dsql/pool.hpp>

#include "base/real_number.hpp"
#include "pg/session/session.hpp"
#include "pg/session/session_access.hpp"

#include <algorithm>
#include <string_view>
#include <system_error>
#include <vector>

namespace dsql {

namespace {

constexpr std::string_view heading = "Statement DPU Estimate:";

std::string_view trimmed(std::string_view text) {
    const std::size_t begin = text.find_first_not_of(" \t");
    return begin == std::string_view::npos
               ? std::string_view()
               : text.substr(begin, text.find_last_not_of(" \t\r\n") + 1 - begin);
}

// The name and the number of a line such as " Compute: 0.01607 DPU".
struct dpu_line {
    std::string_view name;
    double value = 0;
};

std::optional<dpu_line> parse_line(std::string_view line) {
    const std::string_view text = trimmed(line);
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos || text.size() < 4 ||
        text.substr(text.size() - 4) != " DPU") {
        return std::nullopt;
    }
    const std::string_view number = trimmed(text.substr(colon + 1, text.size() - 4 - colon));
    dpu_line parsed{.name = text.substr(0, colon)};
    if (detail::read_real(number, parsed.value) != std::errc()) {
        throw error("EXPLAIN: no number of DPUs: " + std::string(text));
    }
    return parsed;
}

void assign(dpu_estimate& into, const dpu_line& line) {
    if (line.name == "Compute") {
        into.compute = line.value;
    } else if (line.name == "Read") {
        into.read = line.value;
    } else if (line.name == "Write") {
        into.write = line.value;
    } else if (line.name == "MultiRegionWrite") {
        into.multi_region_write = line.value;
    } else if (line.name == "Total") {
        into.total = line.value;
    }
}

std::vector<std::string> run_explain(connection& used, const call_limits& limits,
                                     const sql_text& sql, const detail::argument_view& values) {
    if (sql.prepared() != nullptr) {
        throw config_error("explain_dpu: give it the statement's text, not a prepared statement");
    }
    transaction measured = used.begin(limits, {}, sql.where());
    std::string statement = "EXPLAIN (ANALYZE, VERBOSE) ";
    statement += sql.text();
    const sql_text explaining(statement, sql.where());
    pg::session& running = pg::session_access::of(used);
    const result plan = running.wait(running.execute(limits, explaining, values), limits);
    std::vector<std::string> lines;
    lines.reserve(static_cast<std::size_t>(plan.size()));
    for (const row line : plan) {
        lines.push_back(line[0].as<std::string>());
    }
    measured.rollback(limits, sql.where());
    return lines;
}

}  // namespace

dpu_estimate parse_dpu_estimate(std::span<const std::string> lines) {
    const auto begin = std::find_if(lines.begin(), lines.end(), [](const std::string& line) {
        return trimmed(line) == heading;
    });
    if (begin == lines.end()) {
        throw error(
            "EXPLAIN has given no DPU estimate: the endpoint is not Aurora DSQL, or an old one");
    }
    dpu_estimate estimate;
    for (auto line = begin + 1; line != lines.end(); ++line) {
        if (const std::optional<dpu_line> parsed = parse_line(*line)) {
            assign(estimate, *parsed);
        }
    }
    for (const std::string& line : lines) {
        estimate.plan.append(line).append("\n");
    }
    return estimate;
}

namespace detail {

dpu_estimate explain_dpu(connection& used, const call_limits& limits, const sql_text& sql,
                         const argument_view& values) {
    return parse_dpu_estimate(run_explain(used, limits, sql, values));
}

dpu_estimate explain_dpu(pool& used, const call_limits& limits, const sql_text& sql,
                         const argument_view& values) {
    const pooled_connection acquired = used.acquire(limits, sql.where());
    return explain_dpu(*acquired, limits, sql, values);
}

}  // namespace detail

}  // namespace dsql
