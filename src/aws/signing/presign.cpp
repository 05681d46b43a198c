// SPDX-License-Identifier: Apache-2.0
#include "aws/signing/presign.hpp"

#include "base/hex.hpp"
#include "base/secret.hpp"
#include "base/uri_encoding.hpp"

#include <charconv>
#include <string>

namespace dsql::aws {

namespace {

// One step of the key derivation: the HMAC of `text` with `key` is the next key.
detail::hmac_sha256_key next_key(const detail::hmac_sha256_key& key, std::string_view text) {
    detail::sha256_digest digest = key.sign(text);
    detail::hmac_sha256_key next(detail::as_text(digest));
    detail::cleanse(digest.data(), digest.size());
    return next;
}

constexpr std::string_view sha256_of_nothing =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
constexpr std::string_view scope_end = "/dsql/aws4_request";
constexpr std::string_view security_token_parameter = "&X-Amz-Security-Token=";
constexpr std::string_view signed_headers_parameter = "&X-Amz-SignedHeaders=host";
constexpr std::string_view signature_parameter = "&X-Amz-Signature=";

void append_number(std::string& out, long long number) {
    char text[24];
    const auto [end, failure] = std::to_chars(text, text + sizeof text, number);
    static_cast<void>(failure);  // cannot fail: 24 characters hold every long long
    out.append(text, end);
}

// Appends the query up to and including X-Amz-Expires. This part has the same order in the
// canonical request and in the token.
void append_common_query(std::string& out, const token_claims& claims,
                         const detail::amz_date& date) {
    out += "Action=";
    out += claims.action;
    out += "&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=";
    detail::append_uri_encoded(out, claims.access_key_id);
    out += "%2F";
    out += date.day();
    out += "%2F";
    detail::append_uri_encoded(out, claims.region);
    out += "%2Fdsql%2Faws4_request&X-Amz-Date=";
    out += date.time();
    out += "&X-Amz-Expires=";
    append_number(out, claims.expires.count());
}

std::string string_to_sign(const token_claims& claims, const detail::amz_date& date,
                           const detail::sha256_digest& canonical_request) {
    std::string text;
    text.reserve(160 + claims.region.size());
    text += "AWS4-HMAC-SHA256\n";
    text += date.time();
    text += '\n';
    text += date.day();
    text += '/';
    text += claims.region;
    text += scope_end;
    text += '\n';
    detail::append_hex(text, canonical_request);
    return text;
}

}  // namespace

detail::hmac_sha256_key derive_signing_key(std::string_view secret_access_key, std::string_view day,
                                           std::string_view region, std::string_view service) {
    secret_string first;
    first.reserve(4 + secret_access_key.size());
    first.append("AWS4");
    first.append(secret_access_key);
    const detail::hmac_sha256_key secret_key(first);
    return next_key(next_key(next_key(next_key(secret_key, day), region), service), "aws4_request");
}

std::string presign_token(const token_claims& claims, const detail::amz_date& date,
                          const detail::hmac_sha256_key& key) {
    std::string token;
    // Enough even if every character of the session token must be encoded, so that the string is
    // allocated only once.
    token.reserve(400 + claims.host.size() + claims.region.size() + claims.access_key_id.size() +
                  claims.session_token.size() * 3 + 1);
    token += claims.host;
    token += "/?";
    const std::size_t query_start = token.size();
    append_common_query(token, claims, date);
    const std::size_t common_end = token.size();
    token += signed_headers_parameter;
    const std::size_t security_start = token.size();
    if (!claims.session_token.empty()) {
        token += security_token_parameter;
        detail::append_uri_encoded(token, claims.session_token);
    }

    // The canonical request has the parameters in alphabetical order: X-Amz-Security-Token comes
    // before X-Amz-SignedHeaders.
    const std::string_view written = token;
    const detail::sha256_digest canonical_request =
        detail::sha256()
            .add("GET\n/\n")
            .add(written.substr(query_start, common_end - query_start))
            .add(written.substr(security_start))
            .add(signed_headers_parameter)
            .add("\nhost:")
            .add(claims.host)
            .add("\n\nhost\n")
            .add(sha256_of_nothing)
            .finish();

    token += signature_parameter;
    detail::append_hex(token, key.sign(string_to_sign(claims, date, canonical_request)));
    return token;
}

}  // namespace dsql::aws
