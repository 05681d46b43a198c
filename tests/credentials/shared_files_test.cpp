// SPDX-License-Identifier: Apache-2.0
#include "aws/shared_files/shared_files.hpp"

#include <dsql/error.hpp>
#include <dsql/profiles.hpp>

#include "support/scoped_environment.hpp"
#include "support/temporary_file.hpp"
#include "support/thrown_message.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <filesystem>
#include <string>

namespace shared_files_test {

using namespace dsql::aws;

class SharedFiles : public testing::Test {
protected:
    SharedFiles() { environment_.clear(); }

    static std::string failure() {
        return thrown_message<dsql::credentials_error>([] { return load_shared_files(); });
    }

    scoped_environment environment_;
};

TEST_F(SharedFiles, AreReadFromThePathsInTheEnvironmentAndMerged) {
    const temporary_file config(
        "[profile p]\nregion=r\naws_access_key_id=from-config\n"
        "[sso-session s]\nsso_region=r\n[services t]\nsts=\n  endpoint_url=u\n");
    const temporary_file credentials("[p]\naws_access_key_id=from-credentials\n");
    environment_.set("AWS_CONFIG_FILE", config.path());
    environment_.set("AWS_SHARED_CREDENTIALS_FILE", credentials.path());
    const auto files = load_shared_files();
    EXPECT_EQ(files.config_path, config.path());
    EXPECT_EQ(files.credentials_path, credentials.path());
    EXPECT_EQ(files.profiles.at("p").at("aws_access_key_id"), "from-credentials");
    EXPECT_EQ(files.profiles.at("p").at("region"), "r");
    EXPECT_EQ(files.sso_sessions.at("s").at("sso_region"), "r");
    EXPECT_EQ(files.services.at("t").at("sts"), "\nendpoint_url=u");

    const dsql::shared_profiles loaded = dsql::load_profiles();
    EXPECT_EQ(loaded.config_path, config.path());
    EXPECT_EQ(loaded.credentials_path, credentials.path());
    EXPECT_EQ(loaded.profiles.at("p").at("region"), "r");
    EXPECT_EQ(loaded.sso_sessions.at("s").at("sso_region"), "r");
}

TEST_F(SharedFiles, MissingFilesAreEmptyAndHomeIsExpanded) {
    environment_.unset("AWS_CONFIG_FILE");
    environment_.set("AWS_SHARED_CREDENTIALS_FILE", "~/keys");
    environment_.set("HOME", "/nonexistent/home");
    const auto files = load_shared_files();
    EXPECT_TRUE(files.profiles.empty());
    EXPECT_EQ(files.config_path, "/nonexistent/home/.aws/config");
    EXPECT_EQ(files.credentials_path, "/nonexistent/home/keys");
}

TEST_F(SharedFiles, ABlankVariableCountsAsUnset) {
    environment_.set("HOME", "/nonexistent/home");
    environment_.set("AWS_CONFIG_FILE", "");
    environment_.set("AWS_SHARED_CREDENTIALS_FILE", " ");
    EXPECT_EQ(load_shared_files().config_path, "/nonexistent/home/.aws/config");
    EXPECT_EQ(load_shared_files().credentials_path, "/nonexistent/home/.aws/credentials");
}

TEST_F(SharedFiles, WithoutHomeTheDirectoryOfTheAccountIsUsed) {
    environment_.unset("HOME");
    environment_.set("AWS_CONFIG_FILE", "~/no-such-config");
    const std::string path = load_shared_files().config_path;
    EXPECT_TRUE(path.starts_with('/') && path.ends_with("/no-such-config")) << path;
}

TEST_F(SharedFiles, UnreadableFilesAreNamed) {
    environment_.set("AWS_CONFIG_FILE", "/tmp");
    EXPECT_EQ(failure(), "cannot read /tmp: it is not a regular file but a directory");
}

TEST_F(SharedFiles, FilesThatCannotBeOpenedAreNamed) {
    // Removing permissions would have no effect, because the tests may run as root.
    const temporary_file link("");
    std::filesystem::remove(link.path());
    std::filesystem::create_symlink(link.path(), link.path());
    environment_.set("AWS_SHARED_CREDENTIALS_FILE", link.path());
    EXPECT_EQ(failure(), "cannot read " + link.path() + ": Too many levels of symbolic links");
}

TEST_F(SharedFiles, AMalformedLineIsNamed) {
    const temporary_file credentials("[p]\nhunter2\n");
    environment_.set("AWS_SHARED_CREDENTIALS_FILE", credentials.path());
    EXPECT_EQ(failure(), credentials.path() + ":2: Expected an '=' sign defining a property");
}

TEST_F(SharedFiles, MayBeLargeButNotEndless) {
    constexpr std::size_t limit = 16 * 1024 * 1024;
    std::string text = "[p]\nk=v\n#";
    text.resize(limit, 'x');
    const temporary_file credentials(text);
    environment_.set("AWS_SHARED_CREDENTIALS_FILE", credentials.path());
    EXPECT_EQ(load_shared_files().profiles.at("p").at("k"), "v");

    environment_.set("AWS_SHARED_CREDENTIALS_FILE", "/dev/zero");
    EXPECT_EQ(failure(), "cannot read /dev/zero: it is longer than 16 MiB");
}

TEST_F(SharedFiles, MayBeDevNull) {
    environment_.set("AWS_CONFIG_FILE", "/dev/null");
    environment_.set("AWS_SHARED_CREDENTIALS_FILE", "/dev/null");
    EXPECT_TRUE(load_shared_files().profiles.empty());
}

TEST_F(SharedFiles, TheSelectedProfileComesFromTheEnvironment) {
    EXPECT_EQ(selected_profile(), "default");
    environment_.set("AWS_DEFAULT_PROFILE", "b");
    EXPECT_EQ(selected_profile(), "b");
    environment_.set("AWS_PROFILE", "a");
    EXPECT_EQ(selected_profile(), "a");
    environment_.set("AWS_PROFILE", " ");
    EXPECT_EQ(selected_profile(), "b");
}

TEST(SubProperty, IsFoundByItsNameInAnyCase) {
    const std::string text = "\nOne = 1 # c\ntwo=2=3\ntwo = 4\nempty =";
    EXPECT_EQ(sub_property(text, "one"), "1");
    EXPECT_EQ(sub_property(text, "two"), "4") << "the last one wins, as among properties";
    EXPECT_EQ(sub_property(text, "empty"), "");
    EXPECT_EQ(sub_property(text, "three"), "");
    EXPECT_EQ(sub_property("", "one"), "");
}

}  // namespace shared_files_test
