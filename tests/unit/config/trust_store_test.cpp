// SPDX-License-Identifier: Apache-2.0
#include <dsql/endpoint.hpp>
#include <dsql/error.hpp>

#include "support/scoped_environment.hpp"
#include "support/temporary_directory.hpp"
#include "support/temporary_file.hpp"
#include "support/test_certificate.hpp"
#include "support/test_key.hpp"
#include "support/thrown_message.hpp"

#include <gtest/gtest.h>
#include <openssl/x509.h>
#include <unistd.h>

#include <fstream>
#include <string>

namespace trust_store_test {

using dsql::root_certificate;

class TrustStore : public testing::Test {
protected:
    scoped_environment environment_;
    temporary_file bundle_{"certificates"};
};

TEST_F(TrustStore, APemFileIsUsedUnchanged) {
    const temporary_file one(test_certificate);
    EXPECT_EQ(root_certificate(one.path(), true), one.path());
    EXPECT_EQ(root_certificate(one.path(), false), one.path());
    const temporary_file several("a comment\n" + std::string(test_certificate) + test_certificate);
    EXPECT_EQ(root_certificate(several.path(), true), several.path());
}

// libpq would report the error only after it has reached the server.
TEST_F(TrustStore, AFileWithoutUsableCertificatesIsRejected) {
    const std::string text = test_certificate;
    const std::string cut = text.substr(0, text.size() / 2);
    for (const std::string& content :
         {std::string(), std::string("certificates"), std::string(1'000, '\0'),
          test_key("P-256").pem(), cut, text + cut,
          std::string("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n")}) {
        const temporary_file file(content);
        const std::string message =
            thrown_message<dsql::config_error>([&] { return root_certificate(file.path(), true); });
        EXPECT_NE(message.find("ssl_root_cert: " + file.path() +
                               " does not hold certificates in PEM format: "),
                  std::string::npos)
            << message << " for " << content;
    }
}

TEST_F(TrustStore, AnUnreadableFileIsNamed) {
    const std::string missing = bundle_.path() + ".missing";
    EXPECT_EQ(thrown_message<dsql::config_error>([&] { return root_certificate(missing, true); }),
              "ssl_root_cert: cannot read " + missing + ": No such file or directory");
}

TEST_F(TrustStore, TheSystemStoreIsLeftToLibpqThatSupportsIt) {
    environment_.set("SSL_CERT_FILE", bundle_.path());
    EXPECT_EQ(root_certificate("", true), "system");
    EXPECT_EQ(root_certificate("system", true), "system");
}

TEST_F(TrustStore, AVariableThatNamesAMissingFileIsAnError) {
    const std::string missing = bundle_.path() + ".missing";
    for (const bool supports_system : {true, false}) {
        environment_.set("SSL_CERT_FILE", missing);
        EXPECT_EQ(thrown_message<dsql::config_error>(
                      [&] { return root_certificate("", supports_system); }),
                  "SSL_CERT_FILE: cannot read " + missing + ": No such file or directory");
    }
}

TEST_F(TrustStore, AnEmptyDirectoryIsAnErrorUnlessThereIsADefaultFile) {
    const temporary_directory empty;
    const std::string missing = bundle_.path() + ".missing";
    for (const std::string& directory :
         {missing, empty.path().string(), missing + ":" + empty.path().string()}) {
        environment_.set("SSL_CERT_DIR", directory);
        if (access(X509_get_default_cert_file(), R_OK) == 0) {
            EXPECT_EQ(root_certificate("", true), "system");
            continue;
        }
        for (const bool supports_system : {true, false}) {
            const std::string message = thrown_message<dsql::config_error>(
                [&] { return root_certificate("", supports_system); });
            EXPECT_TRUE(
                message.starts_with("SSL_CERT_DIR: " + directory + " holds no certificates"))
                << message;
        }
    }
}

TEST_F(TrustStore, OneOfSeveralDirectoriesIsEnough) {
    const temporary_directory directory;
    std::ofstream(directory / "0a1b2c3d.0") << "certificate";
    for (const std::string& list :
         {directory.path().string(), "/nonexistent:" + directory.path().string(),
          directory.path().string() + ":/nonexistent"}) {
        environment_.set("SSL_CERT_DIR", list);
        EXPECT_EQ(root_certificate("", true), "system") << list;
    }
}

TEST_F(TrustStore, TheSystemStoreIsAFileForOlderLibpq) {
    environment_.set("SSL_CERT_FILE", bundle_.path());
    EXPECT_EQ(root_certificate("", false), bundle_.path());
    EXPECT_EQ(root_certificate("system", false), bundle_.path());
}

}  // namespace trust_store_test
