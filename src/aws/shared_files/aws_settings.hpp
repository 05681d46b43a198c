// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "aws/shared_files/shared_files.hpp"

#include <string>
#include <string_view>

namespace dsql::aws {

/// Looks settings up in the environment and then in a profile. Keeps references to the
/// constructor's arguments, which must outlive it. Thread-safe as long as no thread changes the
/// environment.
/// Source: AWS SDKs and Tools Reference Guide, "Configuration", on precedence.
class aws_settings {
public:
    /// A profile that does not exist counts as an empty one.
    aws_settings(const shared_files& files, const std::string& profile);

    /// The value of a setting, and the place where it was set, for messages.
    struct found_setting {
        std::string value{};
        std::string place{};
    };

    /// Returns the environment variable `variable` unless it is blank, otherwise the profile's
    /// `key`. The value is empty when neither is set.
    [[nodiscard]] found_setting get(const char* variable, const char* key) const;

    /// Whether a setting is "true". The case does not matter, and an empty setting counts as false.
    /// Throws `credentials_error` for any value other than "true" and "false".
    [[nodiscard]] bool is_on(const char* variable, const char* key) const;

    /// Returns the profile's `key` without looking at the environment; empty when it is not set.
    [[nodiscard]] std::string profile_value(std::string_view key) const;

    /// Returns the `endpoint_url` of a service from the services section that the profile's
    /// `services` names; empty when it is not set. Throws `credentials_error` when that section
    /// does not exist.
    [[nodiscard]] std::string section_endpoint(const char* service) const;

private:
    const shared_files& files_;
    const std::string& profile_;
    const profile_settings* settings_ = nullptr;
};

}  // namespace dsql::aws
