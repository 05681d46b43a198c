// SPDX-License-Identifier: Apache-2.0
#include "aws/shared_files/aws_settings.hpp"

#include <dsql/error.hpp>

#include "base/environment.hpp"
#include "base/text.hpp"

#include <utility>

namespace dsql::aws {

aws_settings::aws_settings(const shared_files& files, const std::string& profile)
    : files_(files), profile_(profile) {
    const auto found = files.profiles.find(profile);
    settings_ = found == files.profiles.end() ? nullptr : &found->second;
}

aws_settings::found_setting aws_settings::get(const char* variable, const char* key) const {
    if (std::string value(detail::trim(detail::environment_variable(variable))); !value.empty()) {
        return {std::move(value), variable};
    }
    return {profile_value(key), std::string(key) + " of profile " + detail::in_quotes(profile_)};
}

bool aws_settings::is_on(const char* variable, const char* key) const {
    const auto [value, place] = get(variable, key);
    const std::string text = detail::lower(value);
    if (!text.empty() && text != "true" && text != "false") {
        throw credentials_error(place + " is " + detail::in_quotes(value) +
                                "; it must be true or false");
    }
    return text == "true";
}

std::string aws_settings::profile_value(std::string_view key) const {
    if (settings_ == nullptr) {
        return {};
    }
    const auto found = settings_->find(key);
    return found == settings_->end() ? std::string() : std::string(found->second);
}

std::string aws_settings::section_endpoint(const char* service) const {
    const std::string name = profile_value("services");
    if (name.empty()) {
        return {};
    }
    const auto section = files_.services.find(name);
    if (section == files_.services.end()) {
        throw credentials_error("profile " + detail::in_quotes(profile_) + ": services is " +
                                detail::in_quotes(name) + ", but there is no [services " + name +
                                "] in " + files_.config_path);
    }
    const auto found = section->second.find(service);
    return found == section->second.end() ? std::string()
                                          : sub_property(found->second, "endpoint_url");
}

}  // namespace dsql::aws
