// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

/// Sends a line to the admin socket of dsql-local. Returns all lines of the response; empty if
/// there is none.
std::string ask_admin(const std::string& socket_path, const std::string& request);
