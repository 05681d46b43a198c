// SPDX-License-Identifier: Apache-2.0
#include "aws/providers/sts_request.hpp"

#include "aws/signing/uri_encode.hpp"
#include "aws/wipe.hpp"

#include <random>
#include <string_view>

namespace dsql::detail {

namespace {

constexpr std::chrono::minutes default_duration(15);

// One parameter after the other, in a buffer that leaves no copy behind when it grows.
class form {
public:
    explicit form(std::string_view action) {
        add("Action", action);
        add("Version", "2011-06-15");
    }
    ~form() { wipe(text_); }
    form(const form&) = delete;
    form& operator=(const form&) = delete;

    void add(std::string_view name, std::string_view value) {
        make_room(text_, name.size() + 3 * value.size() + 3);
        text_ += text_.empty() ? "" : "&";
        text_ += name;
        text_ += '=';
        append_uri_encoded(text_, value);
    }
    void add_unless_empty(std::string_view name, std::string_view value) {
        if (!value.empty()) {
            add(name, value);
        }
    }
    // The `position`th, from 0, of a list: "Tags.member.1.Key".
    void add_member(std::string_view list, std::size_t position, std::string_view field,
                    std::string_view value) {
        add(std::string(list) + ".member." + std::to_string(position + 1) + std::string(field),
            value);
    }
    [[nodiscard]] std::string take() { return std::move(text_); }

private:
    std::string text_;
};

// Tells sessions apart in CloudTrail; nothing depends on it.
std::string made_up_session_name() {
    std::random_device random;
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return "dsql-cpp-" +
           std::to_string(std::chrono::duration_cast<std::chrono::seconds>(now).count()) + "-" +
           std::to_string(random());
}

void add_session_name(form& fields, const std::string& name) {
    fields.add("RoleSessionName", name.empty() ? made_up_session_name() : name);
}

void add_policies_and_tags(form& fields, const assume_role_request& request) {
    fields.add_unless_empty("Policy", request.policy);
    for (std::size_t i = 0; i < request.policy_arns.size(); ++i) {
        fields.add_member("PolicyArns", i, ".arn", request.policy_arns[i]);
    }
    for (std::size_t i = 0; i < request.tags.size(); ++i) {
        fields.add_member("Tags", i, ".Key", request.tags[i].first);
        fields.add_member("Tags", i, ".Value", request.tags[i].second);
    }
    for (std::size_t i = 0; i < request.transitive_tag_keys.size(); ++i) {
        fields.add_member("TransitiveTagKeys", i, "", request.transitive_tag_keys[i]);
    }
}

}  // namespace

std::string form_of(const assume_role_request& request) {
    form fields("AssumeRole");
    fields.add("RoleArn", request.role_arn);
    add_session_name(fields, request.role_session_name);
    fields.add("DurationSeconds",
               std::to_string(request.duration.value_or(default_duration).count()));
    fields.add_unless_empty("ExternalId", request.external_id);
    fields.add_unless_empty("SerialNumber", request.mfa_serial);
    fields.add_unless_empty("TokenCode", request.mfa_code);
    fields.add_unless_empty("SourceIdentity", request.source_identity);
    add_policies_and_tags(fields, request);
    return fields.take();
}

std::string form_of(const web_identity_request& request) {
    form fields("AssumeRoleWithWebIdentity");
    fields.add("RoleArn", request.role_arn);
    add_session_name(fields, request.role_session_name);
    fields.add("WebIdentityToken", request.token);
    if (request.duration) {
        fields.add("DurationSeconds", std::to_string(request.duration->count()));
    }
    return fields.take();
}

}  // namespace dsql::detail
