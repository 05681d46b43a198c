// SPDX-License-Identifier: Apache-2.0
// Loads a module, lets it use an object with static lifetime, and unloads it, several times.
#include <dlfcn.h>

#include <cstdio>

int main(int count, char** arguments) {
    if (count < 2) {
        return 2;
    }
    for (int round = 0; round < 3; ++round) {
        void* const module = dlopen(arguments[1], RTLD_NOW);
        if (module == nullptr) {
            std::fputs(dlerror(), stderr);
            return 3;
        }
        reinterpret_cast<void (*)()>(dlsym(module, "use_static_object"))();
        if (dlclose(module) != 0) {
            return 4;
        }
    }
    return 0;
}
