// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "load/load_options.hpp"

#include <functional>
#include <string_view>

namespace dsql_cli::load {

/// Loads files into a table, one after the other, each over several connections. Gives `print` a
/// line for each file. Throws std::runtime_error for what is wrong with files or the table,
/// `too_many_rejected`, and what the library throws; what was loaded then stays, and the same call
/// goes on with it.
void load_files(const load_options& options, const std::function<void(std::string_view)>& print);

}  // namespace dsql_cli::load
