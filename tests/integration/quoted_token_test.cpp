// SPDX-License-Identifier: Apache-2.0
// A server that quotes a token after the login, in any field of an error or a notice.
#include <dsql/connection.hpp>
#include <dsql/error.hpp>

#include "base/sent_secrets.hpp"
#include "integration/endpoint_under_test.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace quoted_token_test {

// As the library notes a token before it sends it.
const std::string& sent_token() {
    static const std::string token = [] {
        const std::string made =
            "h.dsql.us-east-1.on.aws/?Action=DbConnect&X-Amz-Security-Token=IQoJb3JpZ2luX2VjEJ%2F"
            "%2F%2F%2F%2F%2FwEaCXVzLWVhc3QtMSJHMEUCIQDfk8sRt&X-Amz-Signature="
            "3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855e";
        dsql::detail::note_sent_secret(made);
        return made;
    }();
    return token;
}

std::string all_of(const dsql::server_error_fields& fields) {
    return fields.message + "\n" + fields.detail + "\n" + fields.hint + "\n" + fields.context +
           "\n" + fields.constraint_name;
}

int parts_in(const std::string& text) {
    int found = 0;
    for (const char* part : {"3b0c44298fc1c149afbf4c", "IQoJb3JpZ2luX2VjEJ", "495991B7852B855E",
                             "C44298FC1C149AFBF4C8996FB"}) {
        found += text.find(part) == std::string::npos ? 0 : 1;
    }
    return found;
}

TEST(QuotedToken, IsInNoErrorAndNoNotice) {
    std::vector<std::string> notices;
    dsql::config settings = endpoint_under_test();
    settings.on_notice = [&notices](const dsql::server_error_fields& notice) {
        notices.push_back(all_of(notice));
    };
    dsql::connection session = dsql::connect(settings);
    const std::string token = sent_token();
    int searched = 0;
    for (const std::string& expression :
         {"'" + token + "'", "upper('" + token + "')", "substr('" + token + "', 40, 90)",
          "replace('" + token + "', '%', '%25')", "replace('" + token + "', '%2F', '/')",
          "regexp_replace('" + token + "', '(.{20})', E'\\\\1\\n', 'g')"}) {
        session.execute("DO $$ BEGIN RAISE NOTICE 'for %', " + expression + "; END $$");
        ASSERT_FALSE(notices.empty());
        EXPECT_NE(notices.back().find("<token redacted>"), std::string::npos) << notices.back();
        EXPECT_EQ(parts_in(notices.back()), 0) << notices.back();
        for (const char* field : {"MESSAGE", "DETAIL", "HINT", "CONSTRAINT"}) {
            ++searched;
            try {
                session.execute("DO $$ BEGIN RAISE USING " + std::string(field) + " = " +
                                expression + "; END $$");
                ADD_FAILURE() << "no error";
            } catch (const dsql::server_error& failure) {
                const std::string shown = all_of(failure.fields());
                EXPECT_NE(shown.find("<token redacted>"), std::string::npos) << shown;
                EXPECT_EQ(parts_in(shown), 0) << field << ": " << shown;
            }
        }
    }
    EXPECT_EQ(searched, 24);
}

}  // namespace quoted_token_test
