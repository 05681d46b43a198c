// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace command_line {

/// The regions to offer for completion, with blanks between them: those of the partition "aws".
/// Others can be given as well. Source: partitions.json of the AWS SDKs, August 2026.
[[nodiscard]] std::string aws_regions();

}  // namespace command_line
