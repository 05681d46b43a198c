// SPDX-License-Identifier: Apache-2.0
#include "output.hpp"

#include <iostream>
#include <stdexcept>

namespace dsql_cli {

void print_line(std::string_view text, const std::string& what) {
    std::cout << text << '\n' << std::flush;
    if (!std::cout) {
        throw std::runtime_error("cannot write " + what + " to standard output");
    }
}

}  // namespace dsql_cli
