// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <openssl/evp.h>

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

/// Searches what was sent for a secret: for each part of it of 8 bytes, as it is, in other cases,
/// backwards, in hexadecimal, in base64 at each offset, percent-encoded, in UTF-16, and for
/// digests. Parts that `harmless` has are not counted.
class leak_search {
public:
    leak_search(std::string secret, std::string_view harmless)
        : secret_(std::move(secret)),
          plain_(windows_of(secret_)),
          harmless_(windows_of(harmless)) {}

    /// Returns how many bytes of the secret are in `sent`; all of them if an encoding of a part is.
    [[nodiscard]] std::size_t bytes_in(std::string_view sent) const {
        const std::unordered_set<std::string> found = windows_of(sent);
        for (const std::string& encoded : encodings()) {
            if (has_part(encoded, found)) {
                return secret_.size();
            }
        }
        return plain_bytes(found);
    }

private:
    static constexpr std::size_t part_size = 8;

    static std::unordered_set<std::string> windows_of(std::string_view text) {
        std::unordered_set<std::string> windows;
        for (std::size_t at = 0; at + part_size <= text.size(); ++at) {
            windows.emplace(text.substr(at, part_size));
        }
        return windows;
    }

    [[nodiscard]] bool counts(const std::string& part,
                              const std::unordered_set<std::string>& found) const {
        return found.count(part) != 0 && harmless_.count(part) == 0;
    }

    [[nodiscard]] bool has_part(const std::string& encoded,
                                const std::unordered_set<std::string>& found) const {
        for (std::size_t at = 0; at + part_size <= encoded.size(); ++at) {
            const std::string part = encoded.substr(at, part_size);
            if (plain_.count(part) == 0 && counts(part, found)) {
                return true;
            }
        }
        return false;
    }

    [[nodiscard]] std::size_t plain_bytes(const std::unordered_set<std::string>& found) const {
        std::vector<bool> is_out(secret_.size());
        for (std::size_t at = 0; at + part_size <= secret_.size(); ++at) {
            if (counts(secret_.substr(at, part_size), found)) {
                std::fill_n(is_out.begin() + static_cast<std::ptrdiff_t>(at), part_size, true);
            }
        }
        return static_cast<std::size_t>(std::count(is_out.begin(), is_out.end(), true));
    }

    static std::string each(std::string_view text, int (*change)(int)) {
        std::string out(text);
        std::transform(out.begin(), out.end(), out.begin(), [change](char c) {
            return static_cast<char>(change(static_cast<unsigned char>(c)));
        });
        return out;
    }

    static std::string in_hexadecimal(std::string_view text, std::string_view digits,
                                      const char* before = "") {
        std::string out;
        for (const char c : text) {
            const auto byte = static_cast<unsigned char>(c);
            out.append(before).append(1, digits[byte >> 4U]).append(1, digits[byte & 15U]);
        }
        return out;
    }

    static std::string in_base64(std::string_view text) {
        std::string out(text.size() / 3 * 4 + 5, '\0');
        const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                         reinterpret_cast<const unsigned char*>(text.data()),
                                         static_cast<int>(text.size()));
        out.resize(static_cast<std::size_t>(size));
        return out;
    }

    static std::string digest_of(std::string_view text, const EVP_MD* kind) {
        unsigned char bytes[EVP_MAX_MD_SIZE];
        unsigned int size = 0;
        EVP_Digest(text.data(), text.size(), bytes, &size, kind, nullptr);
        return std::string(bytes, bytes + size);
    }

    [[nodiscard]] std::vector<std::string> encodings() const {
        std::string wide;
        for (const char c : secret_) {
            wide.append(1, c).append(1, '\0');
        }
        std::vector<std::string> all{each(secret_, &std::toupper),
                                     each(secret_, &std::tolower),
                                     std::string(secret_.rbegin(), secret_.rend()),
                                     wide,
                                     in_hexadecimal(secret_, "0123456789abcdef"),
                                     in_hexadecimal(secret_, "0123456789ABCDEF"),
                                     in_hexadecimal(secret_, "0123456789ABCDEF", "%")};
        for (std::size_t at = 0; at < 3; ++at) {
            all.push_back(in_base64(std::string_view(secret_).substr(at)));
        }
        for (const EVP_MD* kind : {EVP_md5(), EVP_sha1(), EVP_sha256()}) {
            const std::string digest = digest_of(secret_, kind);
            all.insert(all.end(),
                       {digest, in_hexadecimal(digest, "0123456789abcdef"), in_base64(digest)});
        }
        return all;
    }

    std::string secret_;
    std::unordered_set<std::string> plain_;
    std::unordered_set<std::string> harmless_;
};
