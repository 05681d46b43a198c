// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/export.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace dsql::detail {

/// Recognizes parts of secrets in a text that another program has written: cut, percent-encoded
/// once more or decoded, in capitals, or split over lines. Only letters and digits count, without
/// their case.
///
/// It keeps hashes of blocks of 12 characters, not the secrets. A secret of less than 12 letters
/// and digits is not recognized.
class DSQL_EXPORT secret_fingerprint {
public:
    /// Recognizes nothing.
    secret_fingerprint() noexcept = default;
    /// Recognizes each part of 12 characters or more. For short use, as long as the secrets are in
    /// memory anyway.
    [[nodiscard]] static secret_fingerprint precise(const std::vector<std::string_view>& secrets);
    /// Recognizes each part of 23 characters or more. For use after the secret is gone: at most 32
    /// bits are known of the 48 or more that a block of a random secret has, and blocks do not
    /// overlap, so that nobody can compute the secret from it.
    [[nodiscard]] static secret_fingerprint lasting(const std::vector<std::string_view>& secrets);

    /// Adds what another object recognizes; both must be `precise`, or both `lasting`. Takes time
    /// in proportion to the sizes of both, like `remove`.
    void add(const secret_fingerprint& other);
    /// Undoes one `add` of the same object. What was added more than once, or is a part of another
    /// one that was added, is still recognized.
    void remove(const secret_fingerprint& other);
    /// Returns `text` with each run of characters that has a part of a secret replaced.
    [[nodiscard]] std::string redact(std::string_view text, std::string_view in_place) const;

    friend bool operator==(const secret_fingerprint&, const secret_fingerprint&) = default;

private:
    secret_fingerprint(const std::vector<std::string_view>& secrets, std::size_t distance,
                       std::uint64_t mask);

    std::uint64_t mask_ = 0;  // the bits that are kept of a hash
    // Hashes, sorted; each as often as it was added.
    std::vector<std::uint64_t> blocks_{};
};

/// Returns a text without parts of these secrets, as `precise` finds them, and without whole ones
/// that are shorter than that. Each run of characters that has one is replaced by `in_place`.
[[nodiscard]] DSQL_EXPORT std::string without_secrets(std::string_view text,
                                                      const std::vector<std::string_view>& secrets,
                                                      std::string_view in_place);

/// Returns the parts of a password that are secret. An IAM token is a URL: those are the values of
/// its parameters for the signature and the session token. Of any other password, all of it.
[[nodiscard]] DSQL_EXPORT std::vector<std::string_view> secret_parts(std::string_view password);

}  // namespace dsql::detail
