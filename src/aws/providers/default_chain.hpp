// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/credentials.hpp>

namespace dsql::detail {

/// The sources asked when a config names none: the environment's keys, else a profile. Which of
/// them applies is decided anew at each call; an applicable source that fails is an error, never a
/// silent step to the next.
class default_chain final : public credentials_provider {
public:
    [[nodiscard]] credentials get() override;
};

}  // namespace dsql::detail
