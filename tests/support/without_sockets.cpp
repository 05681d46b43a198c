// SPDX-License-Identifier: Apache-2.0
// Runs a command, which the kernel kills with SIGSYS if it creates a socket of any kind. This
// proves that the command does not use the network.
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstddef>
#include <cstdio>

namespace {

bool forbid_sockets() {
    // NOLINTBEGIN: macros of the kernel
    sock_filter program[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_socket, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    // NOLINTEND
    sock_fprog filter{.len = sizeof program / sizeof program[0], .filter = &program[0]};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2 || !forbid_sockets()) {
        std::perror("without_sockets");
        return 125;
    }
    execv(argv[1], argv + 1);
    std::perror(argv[1]);
    return 126;
}
