// SPDX-License-Identifier: Apache-2.0
#include "commands.hpp"
#include "options.hpp"
#include "system/process.hpp"

#include <sys/prctl.h>

#include <exception>
#include <iostream>

int main(int argc, char** argv) {
    using namespace dsql_local;
    prctl(PR_SET_DUMPABLE, 0);  // keys must not end up in a core file
    raise_descriptor_limit();
    try {
        const auto parsed = parse_options(argc, argv);
        if (const exit_status* status = std::get_if<exit_status>(&parsed)) {
            return *status;
        }
        const options& chosen = std::get<options>(parsed);
        if (chosen.kind == command_kind::fault) {
            return send_fault_request(chosen);
        }
        return chosen.kind == command_kind::run ? run(chosen) : serve(chosen);
    } catch (const std::exception& error) {
        std::cerr << "dsql-local: " << error.what() << "\n";
        return 1;
    }
}
