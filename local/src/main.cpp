// SPDX-License-Identifier: Apache-2.0
#include "fault_command.hpp"
#include "options.hpp"
#include "run_command.hpp"
#include "serve_command.hpp"
#include "system/descriptor_limit.hpp"

#include <sys/prctl.h>

#include <exception>
#include <iostream>

int main(int argc, char** argv) {
    using namespace dsql_local;
    prctl(PR_SET_DUMPABLE, 0);  // no core dump with keys in it
    raise_descriptor_limit();
    try {
        const auto parsed = parse_options(argc, argv);
        if (const exit_status* status = std::get_if<exit_status>(&parsed)) {
            return *status;
        }
        const options& chosen = std::get<options>(parsed);
        if (chosen.kind == command_kind::fault) {
            return tell_faults(chosen);
        }
        return chosen.kind == command_kind::run ? run(chosen) : serve(chosen);
    } catch (const std::exception& error) {
        std::cerr << "dsql-local: " << error.what() << "\n";
        return 1;
    }
}
