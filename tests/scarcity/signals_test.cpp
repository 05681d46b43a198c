// SPDX-License-Identifier: Apache-2.0
// A program's signals do not disturb the library: a storm of signals that interrupt each system
// call, and each disposition of SIGPIPE and SIGCHLD.
#include "scarcity/child.hpp"
#include "scarcity/world.hpp"
#include "support/scoped_environment.hpp"
#include "support/temporary_file.hpp"

#include <gtest/gtest.h>
#include <sys/time.h>

#include <chrono>
#include <csignal>
#include <exception>
#include <string>

namespace signals_test {

using namespace std::chrono_literals;

void ignore_signal(int) {}

void set_disposition(int signal, void (*handler)(int), int flags = 0) {
    struct sigaction action {};
    action.sa_handler = handler;
    action.sa_flags = flags;
    sigaction(signal, &action, nullptr);
}

std::string complaint_of_all_uses(world& on) {
    for (const scarce_use& use : scarce_uses()) {
        try {
            on.warm_up();
            use.run(on, [] {});
        } catch (const std::exception& failure) {
            return std::string(use.name) + ": " + failure.what();
        }
    }
    return on.complaint();
}

// Interrupts the process every 300 microseconds.
void begin_storm() {
    set_disposition(SIGALRM, &ignore_signal);  // without SA_RESTART
    const itimerval often{.it_interval = {.tv_sec = 0, .tv_usec = 300},
                          .it_value = {.tv_sec = 0, .tv_usec = 300}};
    setitimer(ITIMER_REAL, &often, nullptr);
}

TEST(Signals, AStormDisturbsNoCall) {
    EXPECT_EQ(complaint_of_child([] {
                  begin_storm();
                  world on;
                  return complaint_of_all_uses(on);
              }),
              "");
}

// A profile whose credentials come from a command.
std::string complaint_of_credential_process(const dsql::config& settings) {
    const char* const key = std::getenv("AWS_ACCESS_KEY_ID");
    const char* const secret = std::getenv("AWS_SECRET_ACCESS_KEY");
    const char* const token = std::getenv("AWS_SESSION_TOKEN");
    if (key == nullptr || secret == nullptr || token == nullptr) {
        return "no keys in the environment";
    }
    const temporary_file file(std::string("[profile command]\ncredential_process = echo "
                                          "'{\"Version\": 1, \"AccessKeyId\": \"") +
                              key + "\", \"SecretAccessKey\": \"" + secret +
                              "\", \"SessionToken\": \"" + token + "\"}'\n");
    scoped_environment environment;
    environment.set("AWS_CONFIG_FILE", file.path());
    dsql::config with_command = settings;
    with_command.profile = "command";
    dsql::connection made = dsql::connect(with_command);
    return made.query_value<int>("SELECT 1") == 1 ? "" : "a wrong result";
}

TEST(Signals, AStormDoesNotDisturbACredentialProcess) {
    EXPECT_EQ(complaint_of_child([] {
                  begin_storm();
                  const world on;
                  return complaint_of_credential_process(on.settings);
              }),
              "");
}

// The server closes the connection. Writing to it then raises SIGPIPE where nobody prevents it.
std::string complaint_after_cut(world& on) {
    dsql::connection cut = dsql::connect(on.settings);
    const int id = cut.query_value<int>("SELECT pg_backend_pid()");
    on.pool.execute("SELECT pg_terminate_backend($1)", id);
    const std::string text(1'000'000, 'x');
    for (int i = 0; i < 3; ++i) {
        try {
            cut.execute("SELECT length($1::text)", text);
            return "the connection was not cut";
        } catch (const dsql::error& failure) {
            if (!failure.connection_lost() && i == 0) {
                return std::string("another error: ") + failure.what();
            }
        }
    }
    return "";
}

struct disposition {
    const char* name;
    void (*handler)(int);
    int flags;
};

class EachDisposition : public testing::TestWithParam<disposition> {};

TEST_P(EachDisposition, OfSigpipeDisturbsNoCall) {
    const disposition set = GetParam();
    EXPECT_EQ(complaint_of_child([&set] {
                  set_disposition(SIGPIPE, set.handler, set.flags);
                  world on;
                  const std::string complaint = complaint_after_cut(on);
                  return complaint.empty() ? complaint_of_all_uses(on) : complaint;
              }),
              "");
}

TEST_P(EachDisposition, OfSigchldDisturbsNoCall) {
    const disposition set = GetParam();
    EXPECT_EQ(complaint_of_child([&set] {
                  set_disposition(SIGCHLD, set.handler, set.flags);
                  const world on;
                  return complaint_of_credential_process(on.settings);
              }),
              "");
}

INSTANTIATE_TEST_SUITE_P(
    Signals, EachDisposition,
    testing::Values(disposition{"Default", SIG_DFL, 0}, disposition{"Ignored", SIG_IGN, 0},
                    disposition{"Handled", &ignore_signal, 0},
                    disposition{"WithoutZombies", &ignore_signal, SA_NOCLDWAIT}),
    [](const auto& tested) { return std::string(tested.param.name); });

}  // namespace signals_test
