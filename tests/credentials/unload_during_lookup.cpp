// SPDX-License-Identifier: Apache-2.0
// Unloads a module while the name lookup of a request that it has given up hangs. The library's
// code, to which the lookup will return, must stay loaded.
//
//     AWS_CONTAINER_CREDENTIALS_FULL_URI=https://name.hanging.invalid/ dsql_unload_during_lookup
//     MODULE
//
// Exits with 0 if that is so.
#include "support/name_service.hpp"

#include <dlfcn.h>

#include <cstdio>
#include <cstdlib>

namespace {

// Global, because a plain function waits for it.
name_service* names = nullptr;

void await_lookup() {
    names->await_hanging(1);
}

}  // namespace

int main(int count, char** arguments) {
    if (count != 3) {
        return EXIT_FAILURE;
    }
    clearenv();
    setenv("AWS_CONFIG_FILE", "/nonexistent/config", 1);
    setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent/credentials", 1);
    setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", arguments[2], 1);
    void* const module = dlopen(arguments[1], RTLD_NOW);
    if (module == nullptr) {
        std::fputs(dlerror(), stderr);
        return EXIT_FAILURE;
    }
    name_service service;
    names = &service;
    const auto ask = reinterpret_cast<const void* (*)(void (*)())>(dlsym(module, "ask_during"));
    const void* const code = ask(&await_lookup);
    Dl_info found{};
    if (dlclose(module) != 0 || service.hanging() != 1 || dladdr(code, &found) == 0) {
        std::fputs("the library was unloaded under its lookup\n", stderr);
        std::_Exit(EXIT_FAILURE);  // the lookup must not return
    }
    return EXIT_SUCCESS;
}
