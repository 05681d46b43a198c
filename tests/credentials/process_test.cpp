// SPDX-License-Identifier: Apache-2.0
#include <dsql/error.hpp>

#include "aws/providers/process/process_source.hpp"
#include "base/child_process.hpp"
#include "base/utc_time.hpp"
#include "support/scoped_environment.hpp"
#include "support/temporary_file.hpp"
#include "support/thrown_message.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

namespace process_test {

using namespace dsql::aws;
using namespace dsql::detail;
using namespace std::chrono_literals;

const std::string good_output = R"({"Version":1,"AccessKeyId":"AK","SecretAccessKey":"hunter2"})";

std::string echo(const std::string& text) {
    return "echo '" + text + "'";
}

fetched_credentials fetch(const std::string& command, std::chrono::milliseconds limit = 1min,
                          const std::stop_token& stop = {}) {
    return process_source(command, "p", {.limit = limit}).fetch({.stop = stop});
}

TEST(Process, TheAccountComesFromTheOutputOrTheProfile) {
    const std::string told =
        R"({"Version":1,"AccessKeyId":"AK","SecretAccessKey":"s","AccountId":"111122223333"})";
    for (const auto& [output, profile, expected] :
         {std::tuple(told, "", "111122223333"), std::tuple(told, "444455556666", "111122223333"),
          std::tuple(good_output, "444455556666", "444455556666"),
          std::tuple(good_output, "", "")}) {
        const fetched_credentials found =
            process_source(echo(output), "p", {.account_id = profile}).fetch({});
        EXPECT_EQ(found.keys.account_id, expected);
    }
}

std::string failure(const std::string& command, std::chrono::milliseconds limit = 1min,
                    const std::stop_token& stop = {}) {
    return thrown_message<dsql::credentials_error>([&] { return fetch(command, limit, stop); });
}

child_result run(const std::string& command) {
    return run_shell_command(command, {}, {});
}

// Waits until a process no longer exists, or is a zombie.
bool ends(pid_t id) {
    const auto descriptor = static_cast<int>(syscall(SYS_pidfd_open, id, 0));
    if (descriptor < 0) {
        return errno == ESRCH;
    }
    pollfd entry{.fd = descriptor, .events = POLLIN, .revents = 0};
    const int ready = poll(&entry, 1, 60'000);
    close(descriptor);
    return ready == 1;
}

// A named pipe in the temporary directory. The destructor removes it.
class named_pipe {
public:
    named_pipe() : path_(place_.path() + ".pipe") {
        if (mkfifo(path_.c_str(), 0600) != 0) {
            throw std::runtime_error("mkfifo failed");
        }
    }
    ~named_pipe() { unlink(path_.c_str()); }
    named_pipe(const named_pipe&) = delete;
    named_pipe& operator=(const named_pipe&) = delete;

    [[nodiscard]] const std::string& path() const noexcept { return path_; }
    /// Waits for a writer.
    [[nodiscard]] pid_t read_id() const {
        pid_t id = 0;
        std::ifstream(path_) >> id;
        return id;
    }

private:
    temporary_file place_{""};
    std::string path_;
};

TEST(Process, OutputIsParsed) {
    const fetched_credentials fetched = fetch(echo(
        R"({"version":1,"AccessKeyId":"AK","SecretAccessKey":"hunter2","SessionToken":"T",
            "Expiration":"2199-01-02T03:04:05Z"})"));
    EXPECT_EQ(fetched.keys.access_key_id, "AK");
    EXPECT_EQ(fetched.keys.secret_access_key, "hunter2");
    EXPECT_EQ(fetched.keys.session_token, "T");
    EXPECT_EQ(format_utc_time(fetched.keys.expiration.value()), "2199-01-02T03:04:05Z");
    EXPECT_EQ(fetched.kept, reuse::until_expiration);
    EXPECT_EQ(process_source("x", "p").name(), "credential_process of profile \"p\"");
}

TEST(Process, TokenAndExpirationMayBeAbsent) {
    const fetched_credentials fetched = fetch(echo(good_output));
    EXPECT_EQ(fetched.keys.session_token, "");
    EXPECT_FALSE(fetched.keys.expiration.has_value());
    EXPECT_EQ(fetched.kept, reuse::until_expiration);
}

TEST(Process, RunsInAShell) {
    EXPECT_EQ(fetch(echo(good_output) + " | sed s/AK/piped/").keys.access_key_id, "piped");
    scoped_environment environment;
    environment.set("DSQL_TEST_KEY", "from the environment");
    EXPECT_EQ(fetch("echo '" + good_output + "' | sed \"s/AK/$DSQL_TEST_KEY/\"").keys.access_key_id,
              "from the environment");
}

TEST(Process, UnusableOutputIsNotShown) {
    const std::pair<const char*, const char*> cases[] = {
        {"", "not a JSON object"},
        {"hunter2", "not a JSON object"},
        {R"({"AccessKeyId":"hunter2","SecretAccessKey":"hunter2"})",
         "Version is missing; it must be the number 1"},
        {R"({"Version":null,"AccessKeyId":"hunter2"})", "Version is not the number 1"},
        {R"({"Version":2,"AccessKeyId":"A","SecretAccessKey":"hunter2"})",
         "Version is not the number 1"},
        {R"({"Version":"1","AccessKeyId":"A","SecretAccessKey":"hunter2"})",
         "Version is not the number 1"},
        {R"({"Version":1.5,"AccessKeyId":"A","SecretAccessKey":"hunter2"})",
         "Version is not the number 1"},
        {R"({"Version":4294967297,"AccessKeyId":"A","SecretAccessKey":"hunter2"})",
         "Version is not the number 1"},
        {R"({"Version":true,"AccessKeyId":"A","SecretAccessKey":"hunter2"})",
         "Version is not the number 1"},
        {R"({"Version":1,"SecretAccessKey":"hunter2"})", "AccessKeyId is missing or empty"},
        {R"({"Version":1,"AccessKeyId":"hunter2"})", "SecretAccessKey is missing or empty"},
        {R"({"Version":1,"AccessKeyId":"A","SecretAccessKey":"hunter2","Expiration":"later"})",
         "Expiration is not a moment"},
        {R"({"Version":1,"AccessKeyId":"A","SecretAccessKey":"hunter2",
             "Expiration":"2020-01-02T03:04:05Z"})",
         "the credentials expired at 2020-01-02T03:04:05Z"},
    };
    for (const auto& [output, message] : cases) {
        const std::string told = failure(echo(output));
        EXPECT_TRUE(told.starts_with(
            std::string("credential_process's standard output cannot be used: ") + message))
            << output << ": " << told;
        EXPECT_EQ(told.find("hunter2"), std::string::npos) << told;
    }
}

TEST(Process, AnErrorHasTheStandardError) {
    const std::pair<std::string, std::string> cases[] = {
        {"echo hunter2; exit 3",
         "credential_process ended with status 3; it wrote nothing to its standard error"},
        {"echo 'log  in\nfirst' >&2; exit 1",
         "credential_process ended with status 1; its standard error: \"log in first\""},
        {"printf 'a\\033[1mb\\n' >&2; exit 1",
         "credential_process ended with status 1; its standard error: \"a?[1mb\""},
        {R"(echo 'got {"SecretAccessKey": "hunter2"} AKIAIOSFODNN7EXAMPLE' >&2; exit 1)",
         R"(credential_process ended with status 1; its standard error: )"
         R"("got {"SecretAccessKey": <redacted>} <redacted>")"},
        {"kill -TERM $$",
         "credential_process was ended by signal 15; it wrote nothing to its standard error"},
        {"echo no JSON; echo why >&2",
         "credential_process's standard output cannot be used: not a JSON object; its "
         "standard error: \"why\""},
        {"", "the command is empty"},
        {" ", "the command is empty"},
    };
    for (const auto& [command, message] : cases) {
        EXPECT_EQ(failure(command), message);
    }
    EXPECT_TRUE(failure("dsql-nowhere --password hunter2")
                    .starts_with("credential_process ended with status 127 (command not found)"));
    EXPECT_EQ(failure("dsql-nowhere --password hunter2").find("hunter2"), std::string::npos);
}

TEST(Process, StandardErrorIsSeparateFromOutput) {
    EXPECT_EQ(fetch("echo warning >&2; " + echo(good_output) + "; echo bye >&2").keys.access_key_id,
              "AK");
}

TEST(Process, ALongStandardErrorIsTruncated) {
    const std::string shown = failure(
        "for i in 1 2 3 4 5 6 7 8 9; do printf '%0600d ' 0; "
        "printf 'word %s, ' $i $i $i; done >&2; exit 1");
    EXPECT_NE(shown.find("word 9, word 9, word 9,\""), std::string::npos) << shown;
    const std::string many_words =
        failure("i=0; while [ $i -lt 2000 ]; do echo word $i; i=$((i+1)); done >&2; exit 1");
    EXPECT_TRUE(many_words.ends_with("word 1999\"")) << many_words;
    const std::string start = "credential_process ended with status 1; its standard error: \"...";
    EXPECT_TRUE(many_words.starts_with(start)) << many_words;
    EXPECT_EQ(many_words.size(), start.size() + 512 + 1);
}

TEST(Process, TruncationLeavesNoPartOfASecret) {
    const child_result whole = run("printf 'hunter2 '>&2; head -c 4088 /dev/zero >&2");
    EXPECT_TRUE(std::string_view(whole.errors).starts_with("hunter2"));
    EXPECT_TRUE(run("printf 'Xhunter2 '>&2; head -c 4088 /dev/zero >&2").errors_are_cut);
    const std::string cut = failure(
        "printf 'wJalrXUtnFEMIK7MDENGhunter2 ' >&2; "
        "head -c 4088 /dev/zero | tr '\\0' ' ' >&2; exit 1");
    EXPECT_EQ(cut.find("hunter2"), std::string::npos) << cut;
}

TEST(Process, MoreThanAPipeHoldsDoesNotBlock) {
    const std::string noise = "head -c 300000 /dev/zero | tr '\\0' x";
    EXPECT_EQ(fetch(noise + " >&2; " + echo(good_output)).keys.access_key_id, "AK");
    const std::string spaces = "head -c 300000 /dev/zero | tr '\\0' ' '";
    EXPECT_EQ(fetch(spaces + "; " + echo(good_output)).keys.access_key_id, "AK");
    EXPECT_NE(failure(noise + "; " + noise + " >&2").find("not a JSON object"), std::string::npos);
}

TEST(Process, OutputHasALimit) {
    EXPECT_EQ(run("head -c 1048576 /dev/zero").output.size(), 1'048'576U);
    EXPECT_EQ(run("head -c 1048576 /dev/zero").end, child_end::exited);
    EXPECT_EQ(run("head -c 1048577 /dev/zero").end, child_end::too_much_output);
    EXPECT_TRUE(failure("cat /dev/zero")
                    .starts_with("credential_process was killed after more than 1 MiB"));
    // Standard error has no limit that ends the command.
    EXPECT_EQ(run("head -c 3000000 /dev/zero >&2").end, child_end::exited);
}

TEST(Process, StandardInputIsEmpty) {
    EXPECT_EQ(fetch("cat; " + echo(good_output)).keys.access_key_id, "AK");
    EXPECT_EQ(run("readlink /proc/self/fd/0").output, "/dev/null\n");
}

TEST(Process, ABackgroundProcessIsNotWaitedFor) {
    const temporary_file file("");
    EXPECT_EQ(fetch("sleep 1000 & echo $! > " + file.path() + "; " + echo(good_output))
                  .keys.access_key_id,
              "AK");
    pid_t daemon = 0;
    std::ifstream(file.path()) >> daemon;
    ASSERT_GT(daemon, 1);
    EXPECT_EQ(kill(daemon, 0), 0);  // it keeps running, as a credential helper may need
    kill(daemon, SIGKILL);
    EXPECT_TRUE(ends(daemon));
}

TEST(Process, ClosedOutputDoesNotEndTheWait) {
    EXPECT_EQ(run("exec >&- 2>&-; exit 7").code, 7);
    EXPECT_EQ(failure("exec >&- 2>&-; sleep 1000", 100ms),
              "credential_process was killed after 100 ms, the longest it may take; "
              "it wrote nothing to its standard error");
}

TEST(Process, AtTheDeadlineTheWholeGroupIsKilled) {
    const temporary_file file("");
    const std::string message =
        failure("sleep 1000 & echo $! $$ > " + file.path() + "; echo waiting >&2; wait", 2s);
    EXPECT_EQ(
        message,
        "credential_process was killed after 2 s, the longest it may take; its standard error: "
        "\"waiting\"");
    std::ifstream ids(file.path());
    pid_t grandchild = 0;
    pid_t child = 0;
    ASSERT_TRUE(ids >> grandchild >> child);
    EXPECT_TRUE(ends(grandchild));
    EXPECT_EQ(kill(child, 0), -1);  // it was also waited for, so that no zombie remains
}

TEST(Process, ACommandThatIgnoresSignalsIsKilled) {
    EXPECT_TRUE(failure("trap '' TERM INT HUP; while :; do sleep 1000; done", 100ms)
                    .starts_with("credential_process was killed after 100 ms"));
}

TEST(Process, AStopKillsTheWholeGroup) {
    const named_pipe pipe;
    std::stop_source stop;
    pid_t grandchild = 0;
    const std::jthread stopping([&] {
        grandchild = pipe.read_id();
        stop.request_stop();
    });
    EXPECT_TRUE(failure("sleep 1000 & echo $! > " + pipe.path() + "; wait", 1h, stop.get_token())
                    .starts_with("credential_process was stopped"));
    EXPECT_TRUE(ends(grandchild));
}

TEST(Process, AStopBeforeTheStartLeavesNoProcess) {
    std::stop_source stop;
    stop.request_stop();
    EXPECT_TRUE(
        failure("sleep 1000", 1h, stop.get_token()).starts_with("credential_process was stopped"));
}

std::size_t open_descriptors() {
    const std::filesystem::directory_iterator all("/proc/self/fd");
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

TEST(Process, DescriptorsDoNotLeak) {
    const temporary_file file("");
    const int inheritable = open(file.path().c_str(), O_RDONLY);  // NOLINT: on purpose
    ASSERT_GE(inheritable, 0);
    // Descriptor 3 belongs to ls itself.
    EXPECT_EQ(run("ls /proc/self/fd | tr '\\n' ' '").output, "0 1 2 3 ");
    close(inheritable);
    const std::size_t before = open_descriptors();
    for (const char* command : {"true", "false", "echo x", "kill -KILL $$"}) {
        static_cast<void>(run(command));
    }
    EXPECT_EQ(failure("sleep 1000", 10ms).find("credential_process was killed"), 0U);
    EXPECT_EQ(open_descriptors(), before);
}

TEST(Process, StartsFromClosedStandardStreams) {
    // Runs in a child process, because closing the streams of the test program would discard its
    // output.
    EXPECT_EXIT(
        {
            close(STDIN_FILENO);
            close(STDOUT_FILENO);
            close(STDERR_FILENO);
            const child_result result = run("cat; echo out; echo err >&2");
            _exit(result.output == "out\n" && result.errors == "err\n" ? 0 : 1);
        },
        testing::ExitedWithCode(0), "");
}

// Restores the action of a signal in its destructor.
class scoped_signal_action {
public:
    scoped_signal_action(int signal, sighandler_t action)
        : signal_(signal), before_(std::signal(signal, action)) {}
    ~scoped_signal_action() { std::signal(signal_, before_); }
    scoped_signal_action(const scoped_signal_action&) = delete;
    scoped_signal_action& operator=(const scoped_signal_action&) = delete;

private:
    int signal_;
    sighandler_t before_;
};

TEST(Process, TheCommandHasDefaultSignals) {
    const scoped_signal_action no_sigpipe(SIGPIPE, SIG_IGN);
    sigset_t all{};
    sigset_t before{};
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    const child_result result = run("grep -E '^Sig(Blk|Ign)' /proc/self/status");
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    const std::string output(result.output);
    EXPECT_EQ(output.find("SigBlk:\t0000000000000000\n"), 0U) << output;
    const std::size_t ignored = output.find("SigIgn:\t");
    ASSERT_NE(ignored, std::string::npos);
    const auto mask = std::stoull(output.substr(ignored + 8), nullptr, 16);
    EXPECT_EQ(mask >> (SIGPIPE - 1) & 1U, 0U) << output;
}

TEST(Process, WorksWhenTheProgramIgnoresSigchld) {
    const scoped_signal_action no_children(SIGCHLD, SIG_IGN);
    EXPECT_EQ(run("exit 3").end, child_end::unknown);
    EXPECT_EQ(fetch(echo(good_output)).keys.access_key_id, "AK");
    EXPECT_NE(failure("exit 3").find("not a JSON object"), std::string::npos);
}

TEST(Process, ManyRunConcurrently) {
    std::vector<std::jthread> threads;
    std::atomic<int> good = 0;
    for (int i = 0; i < 8; ++i) {
        threads.emplace_back([&good, i] {
            const std::string key = "AK" + std::to_string(i);
            const std::string command =
                echo(R"({"Version":1,"AccessKeyId":")" + key + R"(","SecretAccessKey":"S"})");
            good += fetch(command).keys.access_key_id == key ? 1 : 0;
        });
    }
    threads.clear();
    EXPECT_EQ(good, 8);
}

}  // namespace process_test
