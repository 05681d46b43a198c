// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/credentials.hpp>

#include "aws/providers/source.hpp"

#include <memory>
#include <string>
#include <vector>

namespace dsql::detail {

/// Sources asked in order until one is configured; that one decides, also when it fails: there is
/// never a step to the next because of a failure. The choice is made anew at each fetch. An error
/// names all that were asked and why each declined.
class source_chain final : public credentials_source {
public:
    explicit source_chain(std::vector<std::unique_ptr<credentials_source>> sources);

    [[nodiscard]] std::string name() const override { return "default chain"; }
    [[nodiscard]] fetched_credentials fetch(const fetch_context& context) override;

private:
    const std::vector<std::unique_ptr<credentials_source>> sources_;
};

/// The sources asked when a config names none, in the order of the AWS SDK for Go v2: environment,
/// web identity, profile, container endpoint, instance metadata.
[[nodiscard]] std::unique_ptr<credentials_source> make_default_chain(
    const profile_options& options);

/// One profile as the only source; empty: the one that the environment selects, else "default".
[[nodiscard]] std::unique_ptr<credentials_source> make_profile_chain(
    const std::string& profile, const profile_options& options);

}  // namespace dsql::detail
