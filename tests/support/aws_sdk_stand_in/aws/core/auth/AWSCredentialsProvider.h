// SPDX-License-Identifier: Apache-2.0
#pragma once

// A replacement for the declarations of the AWS SDK that <dsql/aws_sdk.hpp> uses, so that the header can
// be compiled and tested without the SDK. Names and signatures are those of the AWS SDK for C++ 1.11.
// Strings have a custom allocator, as in an SDK built with custom memory management. Code that compiles
// with them also compiles with plain strings.

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

namespace Aws {

template <class T>
struct Allocator : std::allocator<T> {
    using value_type = T;
    template <class U>
    struct rebind {
        using other = Allocator<U>;
    };
    Allocator() = default;
    template <class U>
    explicit Allocator(const Allocator<U>&) {}
};

using String = std::basic_string<char, std::char_traits<char>, Allocator<char>>;

namespace Utils {

class DateTime {
public:
    DateTime() = default;
    // NOLINTNEXTLINE(google-explicit-constructor): as in the SDK
    DateTime(const std::chrono::system_clock::time_point& at) : time_(at) {}

    std::int64_t Millis() const {
        return std::chrono::duration_cast<std::chrono::milliseconds>(time_.time_since_epoch())
            .count();
    }
    std::chrono::system_clock::time_point UnderlyingTimestamp() const { return time_; }

private:
    std::chrono::system_clock::time_point time_{};
};

}  // namespace Utils

namespace Auth {

class AWSCredentials {
public:
    AWSCredentials() : expiration_(std::chrono::system_clock::time_point::max()) {}
    AWSCredentials(String id, String secret, String token, Utils::DateTime expiration)
        : id_(std::move(id)),
          secret_(std::move(secret)),
          token_(std::move(token)),
          expiration_(expiration) {}

    bool IsEmpty() const { return id_.empty() && secret_.empty(); }
    const String& GetAWSAccessKeyId() const { return id_; }
    const String& GetAWSSecretKey() const { return secret_; }
    const String& GetSessionToken() const { return token_; }
    Utils::DateTime GetExpiration() const { return expiration_; }

private:
    String id_;
    String secret_;
    String token_;
    Utils::DateTime expiration_;
};

class AWSCredentialsProvider {
public:
    AWSCredentialsProvider() = default;
    AWSCredentialsProvider(const AWSCredentialsProvider&) = delete;
    AWSCredentialsProvider& operator=(const AWSCredentialsProvider&) = delete;
    virtual ~AWSCredentialsProvider() = default;
    virtual AWSCredentials GetAWSCredentials() = 0;
};

}  // namespace Auth

}  // namespace Aws
