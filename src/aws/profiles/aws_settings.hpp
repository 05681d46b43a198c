// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "aws/profiles/shared_files.hpp"

#include <string>
#include <string_view>

namespace dsql::detail {

/// Settings by name: the environment's, else the profile's. It refers to what it is made of, which
/// must outlive it. Safe from any thread that nobody changes the environment beside.
/// Source: AWS SDKs and Tools Reference Guide, "Configuration", on precedence.
class aws_settings {
public:
    aws_settings(const shared_files& files, const std::string& profile);

    /// A setting, empty when it is nowhere, and where it stands, for messages.
    struct found_setting {
        std::string value{};
        std::string place{};
    };

    /// The environment's `variable` unless it is blank, else the profile's `key`.
    [[nodiscard]] found_setting get(const char* variable, const char* key) const;

    /// Whether a setting is "true", in any case. Throws `credentials_error` for one that is neither
    /// "true" nor "false".
    [[nodiscard]] bool is_on(const char* variable, const char* key) const;

    /// The profile's `key` alone; empty when it is not there.
    [[nodiscard]] std::string profile_value(std::string_view key) const;

    /// `endpoint_url` under a service's name in the section that the profile's `services` names;
    /// empty when it is not there. Throws `credentials_error` when there is no such section.
    [[nodiscard]] std::string section_endpoint(const char* service) const;

private:
    const shared_files& files_;
    const std::string& profile_;
    const profile_settings* settings_ = nullptr;
};

}  // namespace dsql::detail
