// SPDX-License-Identifier: Apache-2.0
#include "dsql_session.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <string>

namespace endpoint_explain_test {

using namespace dsql_local_test;

// Returns the rows of the next response, up to ReadyForQuery.
std::string receive_rows(dsql_session& session) {
    std::string rows;
    while (true) {
        const message part = session.client().receive_message();
        if (part.type == 'D') {
            rows += part.body.substr(6) + "\n";  // after the column count and the length
        } else if (part.type == 'C') {
            rows += part.body.c_str() + std::string("\n");
        } else if (part.type == 'Z' || part.type == '\0') {
            return rows;
        }
    }
}

constexpr const char* estimate =
    "\nStatement DPU Estimate:\n  Compute: 0.01607 DPU\n  Read: 0.04312 DPU\n"
    "  Write: 0.00000 DPU\n  Total: 0.05919 DPU\n"
    "  (These numbers are made up: dsql-local does not estimate DPUs.)\nEXPLAIN\n";

TEST(endpoint_explain, analyze_verbose_ends_with_an_estimate_of_dpus) {
    const endpoint_process served;
    dsql_session session(served);
    for (const bool extended : {false, true}) {
        const auto rows_of = [&](const std::string& sql) {
            session.client().send(extended ? parse_message("", sql) + bind_message("") +
                                                 execute_message() + sync_message()
                                           : query_message(sql));
            return receive_rows(session);
        };
        for (const char* sql :
             {"EXPLAIN ANALYZE VERBOSE SELECT 1", "EXPLAIN (ANALYZE, VERBOSE) SELECT 1"}) {
            const std::string rows = rows_of(sql);
            const std::size_t at = rows.find(estimate);
            EXPECT_NE(at, std::string::npos) << rows;
            EXPECT_LT(rows.find("Execution Time"), at) << rows;
        }
        for (const char* sql : {"EXPLAIN ANALYZE SELECT 1", "EXPLAIN VERBOSE SELECT 1",
                                "EXPLAIN (ANALYZE, VERBOSE, FORMAT yaml) SELECT 1"}) {
            EXPECT_EQ(rows_of(sql).find("DPU"), std::string::npos) << sql;
        }
    }
    session.client().send(
        query_message("EXPLAIN SELECT 1; EXPLAIN ANALYZE VERBOSE SELECT 1; SELECT 7"));
    const std::string rows = receive_rows(session);
    EXPECT_EQ(rows.find("DPU"), rows.find(estimate) + 11) << rows;
    EXPECT_TRUE(rows.ends_with(std::string(estimate) + "7\nSELECT 1\n")) << rows;
}

}  // namespace endpoint_explain_test
