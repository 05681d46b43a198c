// SPDX-License-Identifier: Apache-2.0
// Uses an object with static lifetime and returns. The test is about the exit of the process that
// follows.
#include "integration/static_lifetime.hpp"

int main() {
    use_static_object();
    return 0;
}
