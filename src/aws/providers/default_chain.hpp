// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/credentials.hpp>

#include "aws/providers/source.hpp"

#include <memory>
#include <string>
#include <vector>

namespace dsql::aws {

/// A list of sources, of which the first configured one supplies the credentials. When that source
/// fails, the fetch fails: an error never leads to the next source. Each fetch chooses the source
/// anew. The error names all sources that were tried, and why each supplied nothing.
class source_chain final : public credentials_source {
public:
    explicit source_chain(std::vector<std::unique_ptr<credentials_source>> sources);

    [[nodiscard]] std::string name() const override { return "default chain"; }
    [[nodiscard]] fetched_credentials fetch(const fetch_context& context) override;

private:
    const std::vector<std::unique_ptr<credentials_source>> sources_;
};

/// Returns the chain for a config that names no source, in the order of the AWS SDK for Go v2:
/// environment, web identity, profile, container endpoint, instance metadata.
[[nodiscard]] std::unique_ptr<credentials_source> make_default_chain(
    const profile_options& options);

/// Returns a chain whose only source is a profile. An empty `profile` means the one that the
/// environment selects, otherwise "default".
[[nodiscard]] std::unique_ptr<credentials_source> make_profile_chain(
    const std::string& profile, const profile_options& options);

}  // namespace dsql::aws
