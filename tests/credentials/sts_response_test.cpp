// SPDX-License-Identifier: Apache-2.0
#include <dsql/error.hpp>

#include "aws/providers/sts/sts_protocol.hpp"
#include "base/utc_time.hpp"
#include "support/thrown_message.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace sts_response_test {

using namespace dsql::aws;
using namespace dsql::detail;
using dsql::credentials;
using dsql::credentials_error;

std::string answer_with(const std::string& members) {
    return "<AssumeRoleResponse><AssumeRoleResult><Credentials>" + members +
           "</Credentials></AssumeRoleResult></AssumeRoleResponse>";
}

const std::string four_members =
    "<AccessKeyId>ASIA</AccessKeyId><SecretAccessKey>hunter1</SecretAccessKey>"
    "<SessionToken>hunter2</SessionToken><Expiration>2026-01-02T03:04:05Z</Expiration>";

std::string failure_of(const std::string& xml) {
    return thrown_message<credentials_error>([&xml] { return parse_sts_credentials(xml); });
}

TEST(StsResponse, ParsesAResponseOfAws) {
    const credentials keys = parse_sts_credentials(
        "<AssumeRoleWithWebIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\n"
        "  <AssumeRoleWithWebIdentityResult>\n"
        "    <SubjectFromWebIdentityToken>subject</SubjectFromWebIdentityToken>\n"
        "    <Audience>client</Audience>\n"
        "    <Credentials>\n"
        "      <SessionToken>to/ken==</SessionToken>\n"
        "      <SecretAccessKey>se+cret</SecretAccessKey>\n"
        "      <Expiration>2014-10-24T23:00:23Z</Expiration>\n"
        "      <AccessKeyId>ASgeIAIOSFODNN7EXAMPLE</AccessKeyId>\n"
        "    </Credentials>\n"
        "  </AssumeRoleWithWebIdentityResult>\n"
        "  <ResponseMetadata><RequestId>id</RequestId></ResponseMetadata>\n"
        "</AssumeRoleWithWebIdentityResponse>\n");
    EXPECT_EQ(keys.access_key_id, "ASgeIAIOSFODNN7EXAMPLE");
    EXPECT_EQ(keys.secret_access_key, "se+cret");
    EXPECT_EQ(keys.session_token, "to/ken==");
    EXPECT_EQ(keys.expiration, parse_utc_time("2014-10-24T23:00:23Z"));
}

TEST(StsResponse, UnderstandsEntitiesAndCdata) {
    struct text_case {
        const char* written;
        const char* read;
    };
    for (const auto& [written, read] :
         std::vector<text_case>{{"a&amp;b&lt;c&gt;d&quot;e&apos;f", "a&b<c>d\"e'f"},
                                {"a&#43;b&#x2F;c", "a+b/c"},
                                {"<![CDATA[a&b]]>", "a&b"},
                                {"a<!-- no -->b<![CDATA[c]]>", "abc"},
                                {"\n  token  \n", "token"},
                                {"a&unknown;b", "a&unknown;b"},
                                {"\xc3\xa9", "\xc3\xa9"}}) {
        const credentials keys = parse_sts_credentials(answer_with(
            "<AccessKeyId>A</AccessKeyId><SecretAccessKey>S</SecretAccessKey><SessionToken>" +
            std::string(written) +
            "</SessionToken><Expiration>2026-01-02T03:04:05.678Z</Expiration>"));
        EXPECT_EQ(keys.session_token, read) << written;
    }
}

TEST(StsResponse, IgnoresNamespacePrefixesDeclarationAndByteOrderMark) {
    const credentials keys = parse_sts_credentials(
        "\xef\xbb\xbf<?xml version=\"1.0\" encoding=\"UTF-16\"?><s:AssumeRoleResponse "
        "xmlns:s=\"x\"><s:AssumeRoleResult><s:Credentials><s:AccessKeyId>A</s:AccessKeyId>"
        "<s:SecretAccessKey>S</s:SecretAccessKey><s:SessionToken>T</s:SessionToken>"
        "<s:Expiration>2026-01-02T03:04:05Z</s:Expiration></s:Credentials></s:AssumeRoleResult>"
        "</s:AssumeRoleResponse>");
    EXPECT_EQ(keys.access_key_id, "A");
    EXPECT_EQ(keys.session_token, "T");
}

TEST(StsResponse, EachMemberIsRequired) {
    for (const std::string name :
         {"AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration"}) {
        const std::string open = "<" + name + ">";
        std::string other = four_members;
        other.replace(other.find(open), open.size(), "<Other>");
        other.replace(other.find("</" + name), name.size() + 2, "</Other");
        EXPECT_NE(failure_of(answer_with(other)).find("no " + name), std::string::npos) << name;
        std::string blank = four_members;
        const std::size_t start = blank.find(open) + open.size();
        blank.replace(start, blank.find("</" + name) - start, " \n");
        EXPECT_NE(failure_of(answer_with(blank)).find("no " + name), std::string::npos) << name;
    }
}

TEST(StsResponse, MalformedDocumentsAreRejectedWithoutShowingThem) {
    const std::string good = answer_with(four_members);
    EXPECT_EQ(failure_of(good), "");
    std::string bad_time = good;
    bad_time.replace(bad_time.find("2026-"), 5, "hunter-");
    const std::vector<std::string> refused = {"",
                                              " ",
                                              "hunter",
                                              "{\"AccessKeyId\":\"hunter\"}",
                                              "<html><body>hunter</body>",
                                              "<a/>",
                                              "<Credentials>" + four_members + "</Credentials>",
                                              good.substr(0, good.size() - 1),
                                              good.substr(0, good.size() / 2),
                                              std::string("\0", 1) + good,
                                              bad_time,
                                              "<!DOCTYPE a [<!ENTITY e \"hunter\">]>" + good,
                                              "<!DOCTYPE a SYSTEM \"file:///etc/passwd\">" + good,
                                              good + std::string(max_sts_response_size, ' ')};
    for (const std::string& xml : refused) {
        const std::string message = failure_of(xml);
        EXPECT_NE(message, "") << xml.substr(0, 300);
        EXPECT_EQ(message.find("hunter"), std::string::npos) << message;
    }
}

TEST(StsResponse, DeepNestingIsHarmless) {
    std::string deep;
    while (deep.size() < max_sts_response_size - 4) {
        deep += "<a>";
    }
    EXPECT_NE(failure_of(deep), "");
    EXPECT_EQ(parse_sts_error(deep).code, "");
    std::string closed;
    for (int i = 0; i < 9'000; ++i) {
        closed = "<a>" + closed + "</a>";
    }
    EXPECT_NE(failure_of(closed), "");
}

// Truncated and modified documents give a result or an exception of the library. Sanitizers check
// the rest.
TEST(StsResponse, MutatedDocumentsAreHandled) {
    const std::string good = "<?xml version=\"1.0\"?>" + answer_with(four_members);
    for (std::size_t at = 0; at < good.size(); ++at) {
        static_cast<void>(failure_of(good.substr(0, at)));
        for (const char c : {'<', '>', '&', '!', '[', '\0', '\xff', '"'}) {
            std::string changed = good;
            changed[at] = c;
            static_cast<void>(failure_of(changed));
            static_cast<void>(parse_sts_error(changed));
        }
    }
}

TEST(StsResponse, ParsesErrors) {
    struct error_case {
        const char* xml;
        const char* code;
        const char* message;
    };
    for (const auto& [xml, code, message] : std::vector<error_case>{
             {"<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error>"
              "<Type>Sender</Type><Code>AccessDenied</Code><Message>No &amp; never</Message>"
              "</Error><RequestId>id</RequestId></ErrorResponse>",
              "AccessDenied", "No & never"},
             {"<Response><Errors><Error><Code>A.B</Code><Message>m</Message></Error></Errors>"
              "</Response>",
              "A.B", "m"},
             {"<ErrorResponse><Error><Code>Bare</Code></Error></ErrorResponse>", "Bare", ""},
             {"<ErrorResponse><Error><Message>m</Message></Error></ErrorResponse>", "", ""},
             {"<ErrorResponse><Error><Code>&#27;[31m</Code></Error></ErrorResponse>", "", ""},
             {"<html><body>Error</body></html>", "", ""},
             {"", "", ""}}) {
        const sts_error error = parse_sts_error(xml);
        EXPECT_EQ(error.code, code) << xml;
        EXPECT_EQ(error.message, message) << xml;
    }
}

}  // namespace sts_response_test
