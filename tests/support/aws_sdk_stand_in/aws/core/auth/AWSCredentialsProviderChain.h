// SPDX-License-Identifier: Apache-2.0
#pragma once

// A stand-in for the AWS SDK: see AWSCredentialsProvider.h beside it.

#include <aws/core/auth/AWSCredentialsProvider.h>

#include <memory>
#include <utility>

namespace Aws {

template <class T, class... Arguments>
std::shared_ptr<T> MakeShared(const char* /*allocation_tag*/, Arguments&&... arguments) {
    return std::make_shared<T>(std::forward<Arguments>(arguments)...);
}

namespace Auth {

class DefaultAWSCredentialsProviderChain : public AWSCredentialsProvider {
public:
    AWSCredentials GetAWSCredentials() override { return {}; }
};

}  // namespace Auth

}  // namespace Aws
