// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/syscall.h>
#include <unistd.h>

/// Ends a forked child at once. Not `_exit`, because ThreadSanitizer intercepts it and complains
/// that the parent's threads are missing in the child.
[[noreturn]] inline void exit_now(int status) {
    syscall(SYS_exit_group, status);
    _exit(status);  // never reached
}
