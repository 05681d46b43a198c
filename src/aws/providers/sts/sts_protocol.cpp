// SPDX-License-Identifier: Apache-2.0
#include "aws/providers/sts/sts_protocol.hpp"

#include <dsql/error.hpp>

#include "base/secret.hpp"
#include "base/text.hpp"
#include "base/uri_encoding.hpp"
#include "base/utc_time.hpp"

#include <pugixml.hpp>

#include <algorithm>
#include <random>
#include <string_view>

namespace dsql::aws {

namespace {

constexpr std::chrono::minutes default_duration(15);

// Collects the parameters of a request. When the buffer grows, it leaves no copy of a secret in
// freed memory.
class form {
public:
    explicit form(std::string_view action) {
        add("Action", action);
        add("Version", "2011-06-15");
    }

    void add(std::string_view name, std::string_view value) {
        text_.append(text_.empty() ? "" : "&");
        text_.append(name);
        text_.append("=");
        detail::append_uri_encoded(text_, value);
    }
    void add_unless_empty(std::string_view name, std::string_view value) {
        if (!value.empty()) {
            add(name, value);
        }
    }
    // Adds a field of the list element at `position`, which counts from 0. Names have the form
    // "Tags.member.1.Key".
    void add_member(std::string_view list, std::size_t position, std::string_view field,
                    std::string_view value) {
        add(std::string(list) + ".member." + std::to_string(position + 1) + std::string(field),
            value);
    }
    [[nodiscard]] secret_string take() { return std::move(text_); }

private:
    secret_string text_;
};

// Returns a name that distinguishes sessions in CloudTrail. Nothing depends on it.
std::string generated_session_name() {
    std::random_device random;
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return "dsql-cpp-" +
           std::to_string(std::chrono::duration_cast<std::chrono::seconds>(now).count()) + "-" +
           std::to_string(random());
}

void add_session_name(form& fields, const std::string& name) {
    fields.add("RoleSessionName", name.empty() ? generated_session_name() : name);
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

// pugixml expands only the five entities of XML and character references, and reads no external
// entities. By default it skips a DOCTYPE; here it keeps it, so that xml_text can reject it. Deep
// nesting is harmless, because parsing and freeing do not recurse.
constexpr unsigned parse_options =
    pugi::parse_cdata | pugi::parse_escapes | pugi::parse_eol | pugi::parse_doctype;

// An XML document that is parsed in place, so that there is only one copy of its text. The
// destructor cleanses that copy.
class xml_text {
public:
    explicit xml_text(std::string_view xml) {
        const std::string_view taken = xml.substr(0, max_sts_response_size);
        text_.assign(taken.begin(), taken.end());
        if (xml.size() > max_sts_response_size ||
            !document_.load_buffer_inplace(text_.data(), text_.size(), parse_options,
                                           pugi::encoding_utf8)) {
            return;
        }
        for (const pugi::xml_node node : document_.children()) {
            if (node.type() == pugi::node_doctype) {
                return;
            }
        }
        root_ = document_.document_element();
    }
    // Returns the root element; null when the text is not valid XML, is too long or has a DOCTYPE.
    [[nodiscard]] pugi::xml_node root() const noexcept { return root_; }

private:
    std::vector<char, detail::cleansing_allocator<char>> text_{};
    pugi::xml_document document_{};
    pugi::xml_node root_{};
};

// Returns the name of an element without its namespace prefix.
std::string_view local_name(pugi::xml_node node) {
    const std::string_view name = node.name();
    return name.substr(name.rfind(':') + 1);  // npos + 1 is 0
}

// Returns a child element; null when there is none or `parent` is null.
pugi::xml_node child_named(pugi::xml_node parent, std::string_view name) {
    for (const pugi::xml_node child : parent.children()) {
        if (child.type() == pugi::node_element && local_name(child) == name) {
            return child;
        }
    }
    return {};
}

// Returns the text of a child element. Joins its parts, because comments and CDATA sections split a
// text.
secret_string child_text(pugi::xml_node parent, std::string_view name) {
    secret_string text;
    for (const pugi::xml_node part : child_named(parent, name).children()) {
        text.append(part.value());  // empty for an element
    }
    return detail::trim(text);
}

// Returns the Credentials element. It is inside the result element, whose name depends on the
// action.
pugi::xml_node find_credentials(pugi::xml_node root) {
    for (const pugi::xml_node result : root.children()) {
        if (const pugi::xml_node found = child_named(result, "Credentials")) {
            return found;
        }
    }
    return {};
}

secret_string required_text(pugi::xml_node credentials_element, std::string_view name) {
    secret_string text = child_text(credentials_element, name);
    if (text.empty()) {
        throw credentials_error("there is no " + std::string(name) +
                                " in the Credentials of the answer");
    }
    return text;
}

bool is_code(std::string_view text) {
    constexpr std::size_t longest = 128;
    return text.size() <= longest && std::all_of(text.begin(), text.end(), [](char c) {
               return detail::is_digit(c) || detail::is_lower(detail::lower(c)) ||
                      std::string_view(".:_-").find(c) != std::string_view::npos;
           });
}

}  // namespace

secret_string form_of(const assume_role_request& request) {
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

secret_string form_of(const web_identity_request& request) {
    form fields("AssumeRoleWithWebIdentity");
    fields.add("RoleArn", request.role_arn);
    add_session_name(fields, request.role_session_name);
    fields.add("WebIdentityToken", request.token);
    if (request.duration) {
        fields.add("DurationSeconds", std::to_string(request.duration->count()));
    }
    return fields.take();
}

credentials parse_sts_credentials(std::string_view xml) {
    const xml_text document(xml);
    if (!document.root()) {
        throw credentials_error("the answer is not XML of at most " +
                                std::to_string(max_sts_response_size) + " bytes");
    }
    const pugi::xml_node found = find_credentials(document.root());
    if (!found) {
        throw credentials_error("there are no Credentials in the answer");
    }
    const auto expiration = detail::parse_utc_time(required_text(found, "Expiration"));
    if (!expiration) {
        throw credentials_error(
            "the Expiration in the answer is not a time such as 2026-01-02T03:04:05Z");
    }
    return {.access_key_id = std::string(required_text(found, "AccessKeyId")),
            .secret_access_key = required_text(found, "SecretAccessKey"),
            .session_token = required_text(found, "SessionToken"),
            .expiration = expiration};
}

sts_error parse_sts_error(std::string_view xml) {
    const xml_text document(xml);
    pugi::xml_node found = child_named(document.root(), "Error");
    if (!found) {
        found = child_named(child_named(document.root(), "Errors"), "Error");
    }
    sts_error parsed{.code = std::string(child_text(found, "Code")),
                     .message = std::string(child_text(found, "Message"))};
    return is_code(parsed.code) && !parsed.code.empty() ? parsed : sts_error{};
}

}  // namespace dsql::aws
