// SPDX-License-Identifier: Apache-2.0
#include <dsql/credentials.hpp>
#include <dsql/error.hpp>

#include "support/scoped_environment.hpp"
#include "support/temporary_file.hpp"
#include "support/thrown_message.hpp"

#include <gtest/gtest.h>

#include <string>

namespace credentials_test {

using dsql::credentials;
using dsql::credentials_error;
using dsql::credentials_for;

class Credentials : public testing::Test {
protected:
    Credentials() {
        environment_.clear();
        environment_.set("AWS_SHARED_CREDENTIALS_FILE", file_.path());
    }

    std::string failure(const dsql::config& settings) {
        return thrown_message<credentials_error>([&] { return credentials_for(settings)->get(); });
    }

    scoped_environment environment_;
    temporary_file file_{
        "[default]\naws_access_key_id=default-id\naws_secret_access_key=default-secret\n"
        "[p]\naws_access_key_id=p-id\naws_secret_access_key=p-secret\naws_session_token=p-token\n"
        "[half]\naws_access_key_id=half-id\n"};
};

TEST_F(Credentials, EnvironmentComesBeforeTheDefaultProfile) {
    EXPECT_EQ(credentials_for({})->get().access_key_id, "default-id");
    environment_.set("AWS_ACCESS_KEY_ID", "env-id");
    environment_.set("AWS_SECRET_ACCESS_KEY", "env-secret");
    environment_.set("AWS_SESSION_TOKEN", "env-token");
    const credentials keys = credentials_for({})->get();
    EXPECT_EQ(keys.access_key_id, "env-id");
    EXPECT_EQ(keys.secret_access_key, "env-secret");
    EXPECT_EQ(keys.session_token, "env-token");
    EXPECT_FALSE(keys.expiration);
    environment_.set("AWS_PROFILE", "p");
    EXPECT_EQ(credentials_for({})->get().access_key_id, "env-id");
}

TEST_F(Credentials, AnExplicitProfileSkipsTheEnvironment) {
    environment_.set("AWS_ACCESS_KEY_ID", "env-id");
    environment_.set("AWS_SECRET_ACCESS_KEY", "env-secret");
    const credentials keys = credentials_for({.profile = "p"})->get();
    EXPECT_EQ(keys.access_key_id, "p-id");
    EXPECT_EQ(keys.session_token, "p-token");
}

TEST_F(Credentials, AwsProfileSelectsTheProfile) {
    environment_.set("AWS_PROFILE", "p");
    EXPECT_EQ(credentials_for({})->get().access_key_id, "p-id");
}

TEST_F(Credentials, ACustomProviderComesFirst) {
    const auto provider = dsql::make_credentials_provider(
        [] { return credentials{.access_key_id = "own", .secret_access_key = "s"}; });
    EXPECT_EQ(credentials_for({.profile = "p", .credentials = provider})->get().access_key_id,
              "own");
    EXPECT_THROW(static_cast<void>(dsql::make_credentials_provider({})), dsql::config_error);
}

TEST_F(Credentials, HalfAPairInTheEnvironmentIsAnErrorAndEndsTheChain) {
    environment_.set("AWS_ACCESS_KEY_ID", "env-id");
    environment_.set("AWS_SECRET_ACCESS_KEY", " \t");
    EXPECT_NE(failure({}).find("AWS_SECRET_ACCESS_KEY is not set or blank"), std::string::npos)
        << failure({});
}

TEST_F(Credentials, BlankVariablesCountAsUnset) {
    environment_.set("AWS_ACCESS_KEY_ID", "");
    environment_.set("AWS_SECRET_ACCESS_KEY", " ");
    EXPECT_EQ(credentials_for({})->get().access_key_id, "default-id");
}

TEST_F(Credentials, MissingProfileNamesFilesAndProfiles) {
    const std::string message = failure({.profile = "prod"});
    EXPECT_NE(message.find("profile \"prod\": not in " + file_.path()), std::string::npos)
        << message;
    EXPECT_NE(message.find("profiles found: \"p\", \"default\", \"half\""), std::string::npos)
        << message;
    environment_.set("AWS_PROFILE", "prod");
    EXPECT_NE(failure({}).find("Tried: environment"), std::string::npos);
}

TEST_F(Credentials, HalfAProfileNamesTheMissingKey) {
    EXPECT_NE(failure({.profile = "half"}).find("aws_secret_access_key"), std::string::npos);
}

TEST_F(Credentials, FilesAreReadAgainAtEachCall) {
    const auto provider = dsql::profile_credentials("p");
    EXPECT_EQ(provider->get().secret_access_key, "p-secret");
    std::ofstream(file_.path()) << "[p]\naws_access_key_id=i\naws_secret_access_key=rotated\n";
    EXPECT_EQ(provider->get().secret_access_key, "rotated");
}

TEST_F(Credentials, StaticCredentialsNeedBothKeys) {
    EXPECT_EQ(dsql::static_credentials({.access_key_id = "a", .secret_access_key = "s"})
                  ->get()
                  .access_key_id,
              "a");
    EXPECT_THROW(static_cast<void>(dsql::static_credentials({.access_key_id = "a"})),
                 credentials_error);
}

}  // namespace credentials_test
