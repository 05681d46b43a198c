// SPDX-License-Identifier: Apache-2.0
#include <dsql/error.hpp>
#include <dsql/trust_store.hpp>

#include "support/scoped_environment.hpp"
#include "support/temporary_file.hpp"
#include "support/thrown_message.hpp"

#include <gtest/gtest.h>

namespace trust_store_test {

using dsql::root_certificate;

class TrustStore : public testing::Test {
protected:
    scoped_environment environment_;
    temporary_file bundle_{"certificates"};
};

TEST_F(TrustStore, AFileIsItself) {
    EXPECT_EQ(root_certificate(bundle_.path(), true), bundle_.path());
    EXPECT_EQ(root_certificate(bundle_.path(), false), bundle_.path());
}

TEST_F(TrustStore, AFileThatCannotBeReadIsNamed) {
    const std::string missing = bundle_.path() + ".missing";
    EXPECT_EQ(thrown_message<dsql::config_error>([&] { return root_certificate(missing, true); }),
              "ssl_root_cert: cannot read " + missing + ": No such file or directory");
}

TEST_F(TrustStore, TheSystemsIsOpenSslsWhereLibpqKnowsIt) {
    environment_.set("SSL_CERT_FILE", bundle_.path());
    EXPECT_EQ(root_certificate("", true), "system");
    EXPECT_EQ(root_certificate("system", true), "system");
}

TEST_F(TrustStore, TheSystemsIsAFileWhereLibpqDoesNot) {
    environment_.set("SSL_CERT_FILE", bundle_.path());
    EXPECT_EQ(root_certificate("", false), bundle_.path());
    EXPECT_EQ(root_certificate("system", false), bundle_.path());
}

}  // namespace trust_store_test
