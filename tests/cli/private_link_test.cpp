// SPDX-License-Identifier: Apache-2.0
#include "doctor/private_link.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace private_link_test {

using dsql_cli::doctor::describe_private_link;
using dsql_cli::doctor::findings;
using dsql_cli::doctor::outcome;
using dsql_cli::doctor::parse_private_link_name;

constexpr const char* id = "a1b2c3d4e5f6g7h8i9j0klmnop";

TEST(PrivateLink, NamesOfEndpointsAreTakenApart) {
    for (const char* name : {"vpce-04-d8.dsql-fnh4.us-east-1.vpce.amazonaws.com",
                             "vpce-04-d8-us-east-1a.dsql-fnh4.us-east-1.vpce.amazonaws.com",
                             "vpce-04-d8.dsql-fnh4.us-east-1.vpce.amazonaws.com.cn"}) {
        const auto parsed = parse_private_link_name(name);
        ASSERT_TRUE(parsed) << name;
        EXPECT_EQ(parsed->service, "dsql-fnh4");
        EXPECT_EQ(parsed->region, "us-east-1");
    }
    for (const char* other : {"", "vpce-04", "10.0.0.1", "x.dsql-fnh4.us-east-1.on.aws",
                              "a.dsql-fnh4.us-east-1.vpce.amazonaws.com",
                              "vpce-04.dsql-fnh4.us-east-1.vpce.example.com"}) {
        EXPECT_FALSE(parse_private_link_name(other)) << other;
    }
}

struct form {
    std::string host{};
    std::string address{};
    outcome result{};
    const char* words{};  ///< in the summary and the advice; empty: no finding
};

TEST(PrivateLink, EachFormIsRecognized) {
    const std::string vpce = "vpce-04-d8.dsql-fnh4.us-east-1.vpce.amazonaws.com";
    const std::string cluster = id;
    const std::vector<form> forms = {
        {cluster + ".dsql.us-east-1.on.aws", "", outcome::ok, ""},
        {cluster + ".dsql.us-east-1.on.aws", "10.0.0.1", outcome::ok, ""},
        {cluster + ".dsql-local.us-east-1.on.aws", "", outcome::ok, ""},
        {"localhost", "", outcome::ok, ""},
        {cluster + ".dsql-fnh4.us-east-1.on.aws", "", outcome::ok,
         "the private name of the service dsql-fnh4"},
        {cluster + ".dsql-fnh4.us-east-1.on.aws", vpce, outcome::ok,
         "host and address are names of the service dsql-fnh4"},
        {cluster + ".dsql.us-east-1.on.aws", vpce, outcome::ok,
         "if tls finds a wrong name, give --host a1b2c3d4e5f6g7h8i9j0klmnop.dsql-fnh4.us-east-1."
         "on.aws"},
        {cluster + ".dsql-aaaa.us-east-1.on.aws", vpce, outcome::warning,
         "give --host a1b2c3d4e5f6g7h8i9j0klmnop.dsql-fnh4.us-east-1.on.aws"},
        {cluster + ".dsql-fnh4.us-east-2.on.aws", vpce, outcome::warning,
         "the endpoint is in region us-east-1, and the host in us-east-2"},
        {cluster + ".dsql.us-east-1.on.aws", "vpce-04-d8.dsql.us-east-1.vpce.amazonaws.com",
         outcome::warning, "aws dsql get-vpc-endpoint-service-name"},
    };
    for (const form& each : forms) {
        const findings found = describe_private_link(
            {.host = each.host,
             .region = each.host.find("us-east-2") == std::string::npos ? "us-east-1" : "us-east-2",
             .host_address = each.address,
             .cluster_id = each.address.starts_with("vpce-") ? id : ""});
        SCOPED_TRACE(each.host + " " + each.address);
        EXPECT_EQ(found.empty(), *each.words == '\0');
        if (!found.empty()) {
            EXPECT_EQ(found.front().result, each.result);
            const std::string text = found.front().summary + " -> " + found.front().advice;
            EXPECT_NE(text.find(each.words), std::string::npos) << text;
            EXPECT_EQ(text.find("amzn-cluster-id is sent") != std::string::npos,
                      each.address.starts_with("vpce-"));
        }
    }
}

}  // namespace private_link_test
