// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

/// Sends a line to the admin socket of a dsql-local; all lines of the answer, or nothing when
/// nobody answers.
std::string ask_admin(const std::string& socket_path, const std::string& request);
