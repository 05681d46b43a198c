// SPDX-License-Identifier: Apache-2.0
#include "aws/providers/credentials_document.hpp"

#include <dsql/error.hpp>

#include "base/utc_time.hpp"
#include "support/thrown_message.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace credentials_document_test {

using namespace dsql::aws;
using namespace dsql::detail;

constexpr document_rules lenient{.token_is_required = false, .expiration_is_required = false};

TEST(CredentialsDocument, TheAccountIsOptional) {
    const std::string keys = R"({"AccessKeyId":"AK","SecretAccessKey":"SK")";
    for (const auto& [member, expected] :
         {std::pair(R"(,"AccountId":"123456789012")", "123456789012"),
          std::pair(R"(,"accountId":" 123456789012 ")", "123456789012"),
          std::pair(R"(,"AccountId":null)", ""), std::pair(R"(,"AccountId":5)", ""),
          std::pair("", "")}) {
        EXPECT_EQ(parse_credentials_document(keys + member + "}", lenient).account_id, expected)
            << member;
    }
}

struct good_document {
    const char* what;
    const char* text;
    const char* token;
    const char* expiration;  // "" if there is none
};

TEST(CredentialsDocument, IsParsed) {
    const good_document cases[] = {
        {"metadata",
         R"({"Code":"Success","AccessKeyId":"AK","SecretAccessKey":"SK","Token":"T",
             "Expiration":"2026-01-02T03:04:05Z"})",
         "T", "2026-01-02T03:04:05Z"},
        {"process",
         R"({"Version":1,"AccessKeyId":"AK","SecretAccessKey":"SK","SessionToken":"T",
             "Expiration":"2026-01-02T04:04:05+01:00"})",
         "T", "2026-01-02T03:04:05Z"},
        {"lower case",
         R"({"accesskeyid":"AK","secretaccesskey":"SK","token":"T",
             "expiration":"2026-01-02T03:04:05.678Z"})",
         "T", "2026-01-02T03:04:05Z"},
        {"camel case", R"({"accessKeyId":"AK","secretAccessKey":"SK","sessionToken":"T"})", "T",
         ""},
        {"upper case", R"({"ACCESSKEYID":"AK","SECRETACCESSKEY":"SK"})", "", ""},
        {"the exact name wins",
         R"({"accesskeyid":"no","AccessKeyId":"AK","SecretAccessKey":"SK","Token":"T",
             "SessionToken":"no"})",
         "T", ""},
        {"null counts as missing",
         R"({"AccessKeyId":"AK","SecretAccessKey":"SK","Token":null,"Expiration":null})", "", ""},
        {"blank counts as missing",
         R"({"AccessKeyId":"AK","SecretAccessKey":"SK","Token":" ","SessionToken":"T"})", "T", ""},
        {"long past", R"({"AccessKeyId":"AK","SecretAccessKey":"SK",
                          "Expiration":"1999-01-02T03:04:05Z"})",
         "", "1999-01-02T03:04:05Z"},
    };
    for (const good_document& good : cases) {
        SCOPED_TRACE(good.what);
        const dsql::credentials keys = parse_credentials_document(good.text, lenient);
        EXPECT_EQ(keys.access_key_id, "AK");
        EXPECT_EQ(keys.secret_access_key, "SK");
        EXPECT_EQ(keys.session_token, good.token);
        EXPECT_EQ(keys.expiration ? format_utc_time(*keys.expiration) : "", good.expiration);
    }
}

struct bad_document {
    const char* text;
    const char* message;
};

TEST(CredentialsDocument, AMalformedDocumentIsAnErrorWithoutValues) {
    const bad_document cases[] = {
        {"", "not a JSON object"},
        {"hunter2", "not a JSON object"},
        {"[]", "not a JSON object"},
        {"null", "not a JSON object"},
        {R"({"SecretAccessKey":"hunter2")", "not a JSON object"},
        {"{\"SecretAccessKey\":\"hunter2\xff\"}", "not a JSON object"},
        {"{}", "AccessKeyId is missing or empty"},
        {R"({"AccessKeyId":"","SecretAccessKey":"hunter2"})", "AccessKeyId is missing or empty"},
        {R"({"AccessKeyId":5,"SecretAccessKey":"hunter2"})", "AccessKeyId is not a text"},
        {R"({"AccessKeyId":"hunter2"})", "SecretAccessKey is missing or empty"},
        {R"({"AccessKeyId":"hunter2","SecretAccessKey":null})",
         "SecretAccessKey is missing or empty"},
        {R"({"AccessKeyId":"hunter2","SecretAccessKey":["hunter2"]})",
         "SecretAccessKey is not a text"},
        {R"({"AccessKeyId":"hunter2","SecretAccessKey":"hunter2"})", "Token is missing or empty"},
        {R"({"AccessKeyId":"hunter2","SecretAccessKey":"hunter2","Token":{}})",
         "Token is not a text"},
        {R"({"AccessKeyId":"hunter2","SecretAccessKey":"hunter2","SessionToken":7})",
         "SessionToken is not a text"},
        {R"({"AccessKeyId":"hunter2","SecretAccessKey":"hunter2","Token":"hunter2"})",
         "Expiration is missing"},
        {R"({"AccessKeyId":"hunter2","SecretAccessKey":"hunter2","Token":"hunter2","Expiration":1})",
         "Expiration is not a text"},
        {R"({"AccessKeyId":"hunter2","SecretAccessKey":"hunter2","Token":"hunter2","Expiration":""})",
         "Expiration is not a moment such as 2026-01-02T03:04:05Z"},
        {R"({"AccessKeyId":"hunter2","SecretAccessKey":"hunter2","Token":"t","Expiration":"hunter2"})",
         "Expiration is not a moment such as 2026-01-02T03:04:05Z"},
    };
    for (const bad_document& bad : cases) {
        EXPECT_EQ(thrown_message<dsql::credentials_error>(
                      [&bad] { return parse_credentials_document(bad.text, {}); }),
                  bad.message)
            << bad.text;
    }
}

TEST(CredentialsDocument, AMalformedExpirationIsAnError) {
    EXPECT_THROW(static_cast<void>(parse_credentials_document(
                     R"({"AccessKeyId":"A","SecretAccessKey":"S","Expiration":"soon"})", lenient)),
                 dsql::credentials_error);
}

TEST(CredentialsDocument, ADeepDocumentIsSafe) {
    const std::string deep(1'000'000, '[');
    for (const std::string& text : {deep, "{\"AccessKeyId\":" + deep, "{\"a\":" + deep + "}"}) {
        EXPECT_THROW(static_cast<void>(parse_credentials_document(text, {})),
                     dsql::credentials_error);
    }
    const std::string closed = "{\"AccessKeyId\":" + deep + std::string(deep.size(), ']') + "}";
    EXPECT_EQ(thrown_message<dsql::credentials_error>(
                  [&closed] { return parse_credentials_document(closed, {}); }),
              "AccessKeyId is not a text");
}

}  // namespace credentials_document_test
