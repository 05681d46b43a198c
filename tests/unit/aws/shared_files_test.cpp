// SPDX-License-Identifier: Apache-2.0
#include "aws/profiles/shared_files.hpp"

#include <dsql/error.hpp>

#include "support/scoped_environment.hpp"
#include "support/temporary_file.hpp"
#include "support/thrown_message.hpp"

#include <gtest/gtest.h>

#include <string>

namespace {

using dsql::detail::load_shared_files;
using dsql::detail::parse_shared_file;
using dsql::detail::profile_map;
using dsql::detail::selected_profile;
using dsql::detail::shared_file;

TEST(SharedFiles, ConfigSectionsNeedTheWordProfile) {
    const profile_map parsed = parse_shared_file(
        "[default]\nregion=a\n[profile x]\nregion = b\n[y]\nregion=c\n[sso-session z]\nregion=d\n",
        shared_file::config, "config");
    EXPECT_EQ(parsed.size(), 2U);
    EXPECT_EQ(parsed.at("default").at("region"), "a");
    EXPECT_EQ(parsed.at("x").at("region"), "b");
}

TEST(SharedFiles, CredentialsSectionsAreProfiles) {
    const profile_map parsed = parse_shared_file("[x]\r\nAWS_Access_Key_Id = AKID\r\n",
                                                 shared_file::credentials, "credentials");
    EXPECT_EQ(parsed.at("x").at("aws_access_key_id"), "AKID");
}

TEST(SharedFiles, ProfileDefaultWinsOverDefault) {
    const profile_map parsed = parse_shared_file(
        "[profile default]\nregion=a\n[default]\nregion=b\noutput=c\n", shared_file::config, "f");
    EXPECT_EQ(parsed.at("default").at("region"), "a");
    EXPECT_EQ(parsed.at("default").count("output"), 0U);
}

TEST(SharedFiles, CommentsAndContinuationsAreNoSettings) {
    const profile_map parsed = parse_shared_file(
        "\xef\xbb\xbf# one\n; two\n[a] # three\nk = v#w;x ; four\ns3 =\n  max = 3\n\n[a]\nj=2",
        shared_file::credentials, "f");
    EXPECT_EQ(parsed.at("a").at("k"), "v#w;x");
    EXPECT_EQ(parsed.at("a").at("j"), "2") << "sections of one name are one profile";
    EXPECT_EQ(parsed.at("a").count("max"), 0U);
}

TEST(SharedFiles, ErrorsNameFileAndLineButNotTheText) {
    const auto message = [](const std::string& text) {
        return thrown_message<dsql::credentials_error>(
            [&] { return parse_shared_file(text, shared_file::credentials, "/f"); });
    };
    EXPECT_EQ(message("[a]\nhunter2\n"), "/f:2: expected key = value");
    EXPECT_EQ(message("\n[a\n"), "/f:2: the section name has no closing bracket");
    EXPECT_EQ(message("k=v\n"), "/f:1: a setting stands before the first [section]");
    EXPECT_EQ(message("[a]\n k=v\n"), "/f:2: an indented line has no setting above it to continue");
    EXPECT_EQ(message("[a]\n=v\n"), "/f:2: a setting has no name");
}

TEST(SharedFiles, TheCredentialsFileWinsKeyByKey) {
    scoped_environment environment;
    environment.clear();
    const temporary_file config("[profile p]\nregion=r\naws_access_key_id=from-config\n");
    const temporary_file credentials("[p]\naws_access_key_id=from-credentials\n");
    environment.set("AWS_CONFIG_FILE", config.path());
    environment.set("AWS_SHARED_CREDENTIALS_FILE", credentials.path());
    const auto files = load_shared_files();
    EXPECT_EQ(files.profiles.at("p").at("aws_access_key_id"), "from-credentials");
    EXPECT_EQ(files.profiles.at("p").at("region"), "r");
}

TEST(SharedFiles, TheKeysOfAProfileComeFromOneFile) {
    scoped_environment environment;
    environment.clear();
    const temporary_file config(
        "[profile p]\naws_access_key_id=a\naws_secret_access_key=b\naws_session_token=stale\n");
    const temporary_file credentials("[p]\naws_access_key_id=c\naws_secret_access_key=d\n");
    environment.set("AWS_CONFIG_FILE", config.path());
    environment.set("AWS_SHARED_CREDENTIALS_FILE", credentials.path());
    EXPECT_EQ(load_shared_files().profiles.at("p").count("aws_session_token"), 0U);
}

TEST(SharedFiles, ProfileNamesMayBeInQuotes) {
    const profile_map parsed = parse_shared_file("[profile 'a b']\nk=1\n[profile \"c d\"]\nk=2\n",
                                                 shared_file::config, "f");
    EXPECT_EQ(parsed.at("a b").at("k"), "1");
    EXPECT_EQ(parsed.at("c d").at("k"), "2");
}

TEST(SharedFiles, MissingFilesAreEmptyAndHomeIsExpanded) {
    scoped_environment environment;
    environment.clear();
    environment.unset("AWS_CONFIG_FILE");
    environment.set("AWS_SHARED_CREDENTIALS_FILE", "~/keys");
    environment.set("HOME", "/nonexistent/home");
    const auto files = load_shared_files();
    EXPECT_TRUE(files.profiles.empty());
    EXPECT_EQ(files.config_path, "/nonexistent/home/.aws/config");
    EXPECT_EQ(files.credentials_path, "/nonexistent/home/keys");
}

TEST(SharedFiles, AFileThatCannotBeReadIsNamed) {
    scoped_environment environment;
    environment.clear();
    environment.set("AWS_CONFIG_FILE", "/tmp");
    EXPECT_EQ(thrown_message<dsql::credentials_error>([] { return load_shared_files(); }),
              "cannot read /tmp: Is a directory");
}

TEST(SharedFiles, SelectedProfileComesFromTheEnvironment) {
    scoped_environment environment;
    environment.clear();
    EXPECT_EQ(selected_profile(), "default");
    environment.set("AWS_DEFAULT_PROFILE", "b");
    EXPECT_EQ(selected_profile(), "b");
    environment.set("AWS_PROFILE", "a");
    EXPECT_EQ(selected_profile(), "a");
}

}  // namespace
