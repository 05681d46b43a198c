// SPDX-License-Identifier: Apache-2.0
// Uses an object with static lifetime and ends, which is all: what can go wrong does so afterwards.
#include "integration/static_lifetime.hpp"

int main() {
    use_static_object();
    return 0;
}
