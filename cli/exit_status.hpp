// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace dsql_cli {

/// Thrown by a command that has said all there is to say, to end the program with a status of its
/// own. No std::exception: nobody takes it for a failure to be reported.
struct exit_status {
    int status = 0;
};

}  // namespace dsql_cli
