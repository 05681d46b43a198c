// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

/// Runs `work` in a child process, which may change what belongs to a whole process. Returns what
/// it returns: a complaint, or nothing. A crash, a hang and an exception are complaints too. The
/// calling process must have one thread only.
[[nodiscard]] std::string complaint_of_child(const std::function<std::string()>& work);
