// SPDX-License-Identifier: Apache-2.0
// Every object may have static lifetime, in a program and in a module that is unloaded: the process
// exits with its own status. Each case runs many times, because the possible errors are races.
#include "integration/endpoint_under_test.hpp"
#include "support/command.hpp"
#include "support/scoped_environment.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string>

namespace static_lifetime_test {

// The number of runs of each case. DSQL_TEST_RUNS sets it. Few runs are enough with a sanitizer,
// which finds errors in any run.
int wanted_runs() {
    const char* const wanted = std::getenv("DSQL_TEST_RUNS");
    return wanted != nullptr ? std::atoi(wanted) : DSQL_SANITIZED ? 2 : 8;
}

class StaticLifetime : public testing::TestWithParam<const char*> {
protected:
    void expect_clean_ends(const std::string& command_line, int runs = wanted_runs()) {
        environment.set("DSQL_TEST_STATIC", GetParam());
        // Objects that are destroyed after the library's own exit handler are leaked on purpose.
        environment.set("ASAN_OPTIONS", "detect_leaks=0");
        for (int run = 0; run < runs; ++run) {
            environment.set("DSQL_TEST_DELAY_US", std::to_string(run * 20'000 / runs));
            const command_result result = run_command(command_line);
            ASSERT_EQ(result.status, 0) << "in run " << run << ": " << result.errors;
        }
    }

    scoped_environment environment;
};

TEST_P(StaticLifetime, OfAProgram) {
    expect_clean_ends(DSQL_STATIC_LIFETIME);
}

// The threads of the object go on until the process is gone. To ThreadSanitizer, they are leaks.
TEST_P(StaticLifetime, OfAProgramThatAnotherThreadEnds) {
    environment.set("TSAN_OPTIONS", "report_thread_leaks=0");
    for (const char* const how : {"exit", "quick_exit", "_exit"}) {
        SCOPED_TRACE(how);
        environment.set("DSQL_TEST_END", how);
        expect_clean_ends(DSQL_STATIC_LIFETIME, std::max(1, wanted_runs() / 4));
    }
}

TEST_P(StaticLifetime, OfAModuleThatIsUnloaded) {
#ifdef __SANITIZE_THREAD__
    GTEST_SKIP() << "ThreadSanitizer does not see how glibc hands on the thread-local memory of a "
                    "library";
#endif
    expect_clean_ends(DSQL_STATIC_LIFETIME_UNLOAD " " DSQL_STATIC_LIFETIME_MODULE);
}

INSTANTIATE_TEST_SUITE_P(Objects, StaticLifetime,
                         testing::Values("namespace", "function", "holder", "looked_up",
                                         "connection", "loan", "loan_without_pool", "tokens",
                                         "used_after_exit"),
                         [](const testing::TestParamInfo<const char*>& one) {
                             return std::string(one.param);
                         });

// Accepts connections and never responds.
class silent_endpoint {
public:
    silent_endpoint() {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t length = sizeof address;
        EXPECT_EQ(bind(listener_, reinterpret_cast<sockaddr*>(&address), length), 0);
        EXPECT_EQ(listen(listener_, 1'000), 0);
        EXPECT_EQ(getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length), 0);
        port_ = ntohs(address.sin_port);
    }
    ~silent_endpoint() { close(listener_); }
    silent_endpoint(const silent_endpoint&) = delete;
    silent_endpoint& operator=(const silent_endpoint&) = delete;

    [[nodiscard]] int port() const noexcept { return port_; }

private:
    int listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int port_ = 0;
};

class StaticLifetimeWhileConnecting : public StaticLifetime {
protected:
    StaticLifetimeWhileConnecting() {
        environment.set("DSQL_PORT", std::to_string(endpoint_.port()));
    }

private:
    silent_endpoint endpoint_;
};

TEST_P(StaticLifetimeWhileConnecting, OfAProgram) {
    expect_clean_ends(DSQL_STATIC_LIFETIME);
}

TEST_P(StaticLifetimeWhileConnecting, OfAModuleThatIsUnloaded) {
#ifdef __SANITIZE_THREAD__
    GTEST_SKIP() << "as above";
#endif
    expect_clean_ends(DSQL_STATIC_LIFETIME_UNLOAD " " DSQL_STATIC_LIFETIME_MODULE);
}

INSTANTIATE_TEST_SUITE_P(Objects, StaticLifetimeWhileConnecting,
                         testing::Values("namespace", "function", "holder"),
                         [](const testing::TestParamInfo<const char*>& one) {
                             return std::string(one.param);
                         });

}  // namespace static_lifetime_test
