// SPDX-License-Identifier: Apache-2.0
// A process forks while its threads connect and make tokens. Every child can connect, with objects
// of its own and with its parent's token generator.
#include <dsql/dsql.hpp>

#include "integration/endpoint_under_test.hpp"
#include "support/exit_now.hpp"
#include "support/loopback_socket.hpp"

#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <csignal>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

namespace fork_test {

const pid_t parent = getpid();

}  // namespace fork_test

// LeakSanitizer, which asks this before it looks, would in a forked child take for leaks what only
// threads of the parent point to.
// NOLINTNEXTLINE(bugprone-reserved-identifier, cert-dcl*, misc-use-internal-linkage)
extern "C" int __lsan_is_turned_off() {
    return getpid() != fork_test::parent ? 1 : 0;
}

#if defined(__clang__) && defined(__has_feature)
#if __has_feature(address_sanitizer) && __clang_major__ < 17
#define FORK_TEST_LOCKS_SANITIZER
#endif
#endif

#ifdef FORK_TEST_LOCKS_SANITIZER
// AddressSanitizer's own functions, which take its locks and release them.
namespace __lsan {  // NOLINT(bugprone-reserved-identifier, cert-dcl*)
void LockThreadRegistry();
void UnlockThreadRegistry();
void LockAllocator();
void UnlockAllocator();
}  // namespace __lsan
namespace __sanitizer {  // NOLINT(bugprone-reserved-identifier, cert-dcl*)
void StackDepotLockAll();
void StackDepotUnlockAll();
}  // namespace __sanitizer
#endif

namespace fork_test {

#ifdef FORK_TEST_LOCKS_SANITIZER
// Before clang 17, AddressSanitizer does not take its locks before a fork. A child that was forked
// while another thread was in its allocator then waits in `operator new` forever.
void lock_sanitizer() {
    __lsan::LockThreadRegistry();
    __lsan::LockAllocator();
    __sanitizer::StackDepotLockAll();
}
void unlock_sanitizer() {
    __sanitizer::StackDepotUnlockAll();
    __lsan::UnlockAllocator();
    __lsan::UnlockThreadRegistry();
}
const int locked_by_forks = pthread_atfork(&lock_sanitizer, &unlock_sanitizer, &unlock_sanitizer);
#endif

using namespace std::chrono_literals;

constexpr int children = DSQL_SANITIZED != 0 ? 10 : 40;
constexpr unsigned far_too_long = 120;  // seconds, until a child that hangs is ended by SIGALRM

// What children do; returns what they exit with.
int connect_in_child(const dsql::config& settings, dsql::token_generator& tokens, int number) {
    try {
        static_cast<void>(tokens.get());
        if (number % 2 == 0) {
            dsql::connection session = dsql::connect(settings);
            session.ping();
        } else {
            dsql::pool pool(settings, {.max_connections = 2});
            pool.ping();
            pool.close();
        }
        return 0;
    } catch (const std::exception&) {
        return 2;
    }
}

TEST(Fork, EveryChildCanConnect) {
#ifdef __SANITIZE_THREAD__
    GTEST_SKIP() << "ThreadSanitizer lets no child of a process with threads start its own";
#endif
    const dsql::config settings = endpoint_under_test();
    dsql::token_generator tokens(settings);
    std::atomic<bool> forked = false;
    std::vector<std::jthread> threads;
    for (int i = 0; i < 3; ++i) {
        threads.emplace_back([&] {
            while (!forked) {
                dsql::connect(settings).close();
            }
        });
    }
    threads.emplace_back([&] {
        while (!forked) {
            dsql::token_generator fresh(settings);
            static_cast<void>(fresh.get());
            static_cast<void>(tokens.generate());
        }
    });
    for (int number = 0; number < children; ++number) {
        const pid_t child = fork();
        ASSERT_GE(child, 0);
        if (child == 0) {
            alarm(far_too_long);
            exit_now(connect_in_child(settings, tokens, number));
        }
        int status = 0;
        ASSERT_EQ(waitpid(child, &status, 0), child);
        EXPECT_TRUE(WIFEXITED(status))
            << "child " << number << " ended by signal " << WTERMSIG(status);
        EXPECT_EQ(WEXITSTATUS(status), 0) << "child " << number;
        if (HasFailure()) {
            break;
        }
    }
    forked = true;
}

// A child that ends as programs do runs the handlers of its exit, which concern only its parent.
TEST(Fork, AnExitOfTheChildDoesNotTouchTheParentsPool) {
    dsql::pool pool(endpoint_under_test(), {.max_connections = 2, .min_connections = 2});
    pool.warm_up(2, 60s);
    const int backend = pool.query_value<int>("SELECT pg_backend_pid()");
    const pid_t child = fork();
    if (child == 0) {
        alarm(far_too_long);
        std::exit(0);  // NOLINT(concurrency-mt-unsafe)
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
    EXPECT_EQ(pool.query_value<int>("SELECT pg_backend_pid()"), backend);
}

// The child has a copy of the socket, so that the parent's close alone would not end it.
TEST(Fork, AConnectThatIsGivenUpEndsForItsServerWhileAChildLives) {
    const int listener = loopback_socket::open();
    dsql::config settings = endpoint_under_test();
    settings.host_address = "127.0.0.1";
    settings.port = loopback_socket::listen_anywhere(listener);
    std::stop_source stop;
    std::jthread connecting([&] {
        EXPECT_THROW(static_cast<void>(dsql::connect(settings, stop.get_token())),
                     dsql::cancelled_error);
    });
    const int peer = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    std::array<char, 4'096> received{};
    EXPECT_GT(recv(peer, received.data(), received.size(), 0), 0) << "TLS has not begun";
    const pid_t child = fork();
    if (child == 0) {
        alarm(far_too_long);
        pause();
        exit_now(0);
    }
    stop.request_stop();
    connecting.join();
    while (recv(peer, received.data(), received.size(), 0) > 0) {
    }
    kill(child, SIGKILL);
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
        << "the server saw the end only when the child had ended";
    close(peer);
    close(listener);
}

}  // namespace fork_test
