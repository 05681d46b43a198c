// SPDX-License-Identifier: Apache-2.0
#pragma once

// For programs that link the AWS SDK for C++ anyway. Not part of dsql.hpp, and the only header that
// needs that SDK.

#include <dsql/credentials.hpp>
#include <dsql/error.hpp>

#include <aws/core/auth/AWSCredentialsProvider.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace dsql {

namespace detail {

/// Returns when credentials of the SDK expire; none if they do not. For "never", the SDK uses the
/// last moment of its clock. A time before or at the start of 1970 also means "never": the SDK has
/// not set it, or its computation has overflowed.
[[nodiscard]] inline std::optional<std::chrono::system_clock::time_point> aws_sdk_expiration(
    std::chrono::system_clock::time_point at) noexcept {
    using std::chrono::system_clock;
    // The SDK rounds to milliseconds in some code paths.
    constexpr auto never = system_clock::time_point::max() - std::chrono::hours(24);
    if (at >= never || at <= system_clock::time_point()) {
        return std::nullopt;
    }
    return at;
}

/// The SDK's strings may use an allocator of the SDK.
template <class SdkString>
[[nodiscard]] std::string_view from_aws_string(const SdkString& text) {
    return {text.data(), text.size()};
}

/// A credentials provider that calls a provider of the AWS SDK for C++. @see aws_sdk_credentials
class aws_sdk_provider final : public credentials_provider {
public:
    explicit aws_sdk_provider(std::shared_ptr<Aws::Auth::AWSCredentialsProvider> provider)
        : provider_(std::move(provider)) {}

    credentials get() override {
        const auto found = provider_->GetAWSCredentials();
        if (found.GetAWSAccessKeyId().empty() || found.GetAWSSecretKey().empty()) {
            throw credentials_error(
                "the AWS SDK's credentials provider found no credentials; the SDK's log says what "
                "it tried");
        }
        return {.access_key_id = std::string(from_aws_string(found.GetAWSAccessKeyId())),
                .secret_access_key = from_aws_string(found.GetAWSSecretKey()),
                .session_token = from_aws_string(found.GetSessionToken()),
                .expiration = aws_sdk_expiration(found.GetExpiration().UnderlyingTimestamp())};
    }

private:
    const std::shared_ptr<Aws::Auth::AWSCredentialsProvider> provider_;
};

}  // namespace detail

// clang-format off
/// Wraps a credentials provider of the AWS SDK for C++, which is asked at each call; caching and
/// refreshing stay with the SDK. Give the result to `config::credentials`. Safe from any number of
/// threads, as the SDK's providers are. Between `Aws::InitAPI` and `Aws::ShutdownAPI` only.
///
/// ```cpp
/// #include <aws/core/auth/AWSCredentialsProviderChain.h>
///
/// const auto provider =
///     Aws::MakeShared<Aws::Auth::DefaultAWSCredentialsProviderChain>("dsql");
/// config.credentials = dsql::aws_sdk_credentials(provider);
/// ```
///
/// Throws `credentials_error` when `provider` is null; `get` of the result throws it when the SDK
/// has found no credentials. Compiled and tested against a stand-in for the SDK's interface.
// clang-format on
[[nodiscard]] inline std::shared_ptr<credentials_provider> aws_sdk_credentials(
    std::shared_ptr<Aws::Auth::AWSCredentialsProvider> provider) {
    if (!provider) {
        throw credentials_error("aws_sdk_credentials: the provider is null");
    }
    return std::make_shared<detail::aws_sdk_provider>(std::move(provider));
}

}  // namespace dsql
