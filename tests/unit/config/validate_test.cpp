// SPDX-License-Identifier: Apache-2.0
#include "config/validate.hpp"

#include <dsql/error.hpp>

#include "support/thrown_message.hpp"

#include <gtest/gtest.h>

#include <string>

namespace validate_test {

using dsql::config;
using dsql::config_error;
using dsql::detail::application_name;
using dsql::detail::check_config;
using namespace std::chrono_literals;

TEST(Validate, DefaultsPass) {
    EXPECT_NO_THROW(check_config({.host = "h"}));
}

TEST(Validate, ApplicationNameNamesTheConnector) {
    EXPECT_EQ(application_name({}), "aurora-dsql-cpp-libpq/0.1.0");
    EXPECT_EQ(application_name({.orm_prefix = "sqlgen"}), "sqlgen:aurora-dsql-cpp-libpq/0.1.0");
    EXPECT_EQ(application_name({.application_name = "billing"}), "billing");
    EXPECT_EQ(application_name({.orm_prefix = "sqlgen", .application_name = "billing"}),
              "sqlgen:billing");
}

TEST(Validate, ErrorsNameTheField) {
    const auto message = [](const config& settings) {
        return thrown_message<config_error>([&] {
            check_config(settings);
            return 0;
        });
    };
    EXPECT_NE(message({.user = ""}).find("user is empty"), std::string::npos);
    EXPECT_NE(message({.database = ""}).find("database is empty"), std::string::npos);
    EXPECT_NE(message({.user = std::string(64, 'u')}).find("PostgreSQL allows 63"),
              std::string::npos);
    EXPECT_NE(message({.user = std::string("a\0b", 3)}).find("zero byte"), std::string::npos);
    EXPECT_NE(message({.token_duration = 0s}).find("token_duration 0 s"), std::string::npos);
    EXPECT_NE(message({.token_duration = 604801s}).find("token_duration 604801 s"),
              std::string::npos);
    EXPECT_NE(message({.connect_timeout = 0ms}).find("connect_timeout"), std::string::npos);
    EXPECT_NE(message({.orm_prefix = "a b"}).find("orm_prefix"), std::string::npos);
    EXPECT_NE(message({.orm_prefix = std::string(40, 'p')}).find("allows 64"), std::string::npos);
    EXPECT_NE(message({.application_name = std::string(65, 'a')}).find("allows 64"),
              std::string::npos);
    for (const std::string name : {"a\nb", "gr\xc3\xbc\xc3\x9f", "\x7f"}) {
        EXPECT_NE(message({.application_name = name}).find("printable ASCII"), std::string::npos);
    }
    EXPECT_NE(message({.search_path = std::string("a\0b", 3)}).find("search_path"),
              std::string::npos);
}

TEST(Validate, LimitsAreInclusive) {
    EXPECT_NO_THROW(check_config({.user = std::string(63, 'u'), .token_duration = 1s}));
    EXPECT_NO_THROW(check_config({.token_duration = 604800s, .orm_prefix = std::string(36, 'p')}));
}

}  // namespace validate_test
