// SPDX-License-Identifier: Apache-2.0
#include "aws/signing/request_signer.hpp"

#include "aws/http/url.hpp"
#include "aws/signing/presign.hpp"
#include "base/digest.hpp"
#include "base/hex.hpp"
#include "base/text.hpp"
#include "base/uri_encoding.hpp"
#include "base/utc_time.hpp"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

namespace dsql::aws {

namespace {

void remove_header(http_request& request, std::string_view name) {
    std::erase_if(request.headers, [&name](const http_header& header) {
        return detail::lower(header.name) == detail::lower(name);
    });
}

void set_header(http_request& request, std::string_view name, std::string_view value) {
    remove_header(request, name);
    request.headers.push_back({std::string(name), value});
}

// Returns the parts of `text` between the separators.
std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    for (std::size_t start = 0; start <= text.size();) {
        const std::size_t end = std::min(text.find(separator, start), text.size());
        parts.push_back(text.substr(start, end - start));
        start = end + 1;
    }
    return parts;
}

// Returns the path in canonical form: "." and ".." are resolved, repeated slashes become one, and
// each segment is percent-encoded a second time, as SigV4 requires for all services except S3.
std::string canonical_path(std::string_view path) {
    std::vector<std::string_view> segments;
    for (const std::string_view segment : split(path, '/')) {
        if (segment == ".." && !segments.empty()) {
            segments.pop_back();
        } else if (!segment.empty() && segment != "." && segment != "..") {
            segments.push_back(segment);
        }
    }
    std::string canonical;
    for (const std::string_view segment : segments) {
        canonical += '/';
        detail::append_uri_encoded(canonical, segment);
    }
    return canonical.empty() || path.ends_with('/') ? canonical + '/' : canonical;
}

// Returns the query in canonical form: sorted by name and then by value; a parameter without a
// value gets an equals sign.
std::string canonical_query(std::string_view query) {
    std::vector<std::pair<std::string_view, std::string_view>> parameters;
    for (const std::string_view parameter : split(query, '&')) {
        if (!parameter.empty()) {
            const std::size_t equals = std::min(parameter.find('='), parameter.size());
            const std::size_t value = std::min(equals + 1, parameter.size());
            parameters.emplace_back(parameter.substr(0, equals), parameter.substr(value));
        }
    }
    std::sort(parameters.begin(), parameters.end());
    std::string canonical;
    for (const auto& [name, value] : parameters) {
        canonical += canonical.empty() ? "" : "&";
        canonical += name;
        canonical += '=';
        canonical += value;
    }
    return canonical;
}

// Appends `value` in canonical form: trimmed, and with each run of white space replaced by one
// space.
void append_header_value(secret_string& out, std::string_view value) {
    bool after_space = false;
    for (const char& c : detail::trim(value)) {
        if (!detail::is_space(c)) {
            out.append({&c, 1});
        } else if (!after_space) {
            out.append(" ");
        }
        after_space = detail::is_space(c);
    }
}

// The headers to sign, by lower-case name. One of the values is the session token.
class signed_headers {
public:
    explicit signed_headers(const http_request& request) {
        for (const http_header& header : request.headers) {
            const std::string name = detail::lower(header.name);
            if (name == "host" || name == "content-type" || name.starts_with("x-amz-")) {
                const auto [entry, is_new] = values_.try_emplace(name);
                entry->second.reserve(entry->second.size() + header.value.size() + 1);
                entry->second.append(is_new ? "" : ",");
                append_header_value(entry->second, header.value);
            }
        }
    }
    ~signed_headers() = default;
    signed_headers(const signed_headers&) = delete;
    signed_headers& operator=(const signed_headers&) = delete;

    // Returns the names, for example "content-type;host;x-amz-date".
    [[nodiscard]] std::string names() const {
        std::string names;
        for (const auto& [name, value] : values_) {
            names += names.empty() ? name : ";" + name;
        }
        return names;
    }

    void add_to(detail::sha256& hash) const {
        for (const auto& [name, value] : values_) {
            hash.add(name).add(":").add(value).add("\n");
        }
    }

private:
    std::map<std::string, secret_string> values_;
};

std::string hex_of(const detail::sha256_digest& digest) {
    std::string text;
    detail::append_hex(text, digest);
    return text;
}

std::string canonical_request_hash(const http_request& request, const signed_headers& headers) {
    const request_target url = target_of(request.url);
    detail::sha256 hash;
    hash.add(request.method).add("\n").add(canonical_path(url.path)).add("\n");
    hash.add(canonical_query(url.query)).add("\n");
    headers.add_to(hash);
    hash.add("\n").add(headers.names()).add("\n");
    hash.add(hex_of(detail::sha256().add(request.body).finish()));
    return hex_of(hash.finish());
}

// Returns the credential scope, for example "20260102/us-east-1/sts/aws4_request".
std::string credential_scope(const detail::amz_date& date, std::string_view region,
                             std::string_view service) {
    std::string scope(date.day());
    for (const std::string_view part : {region, service, std::string_view("aws4_request")}) {
        scope += '/';
        scope += part;
    }
    return scope;
}

}  // namespace

void sign_request(http_request& request, const credentials& keys, std::string_view region,
                  std::string_view service, std::chrono::system_clock::time_point at) {
    const detail::amz_date date(at);
    // libcurl would also set Host. It is set here so that the signed value is exactly the one sent.
    set_header(request, "Host", target_of(request.url).host);
    set_header(request, "X-Amz-Date", date.time());
    remove_header(request, "X-Amz-Security-Token");
    if (!keys.session_token.empty()) {
        set_header(request, "X-Amz-Security-Token", keys.session_token);
    }
    const signed_headers headers(request);
    const std::string scope = credential_scope(date, region, service);
    const std::string to_sign = "AWS4-HMAC-SHA256\n" + std::string(date.time()) + "\n" + scope +
                                "\n" + canonical_request_hash(request, headers);
    const detail::hmac_sha256_key key =
        derive_signing_key(keys.secret_access_key, date.day(), region, service);
    set_header(request, "Authorization",
               "AWS4-HMAC-SHA256 Credential=" + keys.access_key_id + "/" + scope +
                   ", SignedHeaders=" + headers.names() +
                   ", Signature=" + hex_of(key.sign(to_sign)));
}

}  // namespace dsql::aws
