// SPDX-License-Identifier: Apache-2.0
#include "support/endpoint_process.hpp"
#include "support/random_seed.hpp"
#include "system/files.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <regex>
#include <sstream>
#include <string>

namespace run_command_test {

using namespace dsql_local_test;

class run_command : public testing::Test {
protected:
    run_command() {
        // PostgreSQL's account needs access.
        chmod(temporary_.path().c_str(), 0755);
    }

    // Runs a shell command with `dsql-local run`. Its temporary files are in a directory of this
    // test.
    std::vector<std::string> arguments(const std::string& command) const {
        return {"run", "--", "sh", "-c", command};
    }
    variables environment() const { return {{"TMPDIR", temporary_.path().string()}}; }

    bool nothing_is_left() const { return std::filesystem::is_empty(temporary_.path()); }

    // Whether dsql-local has started to create its cluster. Only directories count, because
    // ThreadSanitizer creates a file there before the program itself starts.
    bool has_directory() const {
        const std::filesystem::directory_iterator entries(temporary_.path());
        return std::any_of(begin(entries), end(entries),
                           [](const auto& entry) { return entry.is_directory(); });
    }

    // Starts a command that does not end by itself. Returns PostgreSQL's process id.
    static pid_t wait_until_up(program& running) {
        const std::string& output = running.read_until("postgres ");
        return std::stoi(output.substr(output.find("postgres ") + 9));
    }

    static constexpr const char* endless_command =
        "echo postgres $(head -n 1 \"$(dirname \"$DSQL_SSL_ROOT_CERT\")/data/postmaster.pid\");"
        "exec sleep 1000000";

    dsql_local::temporary_directory temporary_{"/tmp"};
};

TEST_F(run_command, passes_the_exit_status_on) {
    for (const int status : {0, 1, 42}) {
        program running(arguments("exit " + std::to_string(status)), environment());
        EXPECT_EQ(running.wait(), status) << running.output();
        EXPECT_TRUE(nothing_is_left());
    }
}

TEST_F(run_command, a_killed_command_gives_128_and_the_signal) {
    program running(arguments("kill -9 $$"), environment());
    EXPECT_EQ(running.wait(), 128 + SIGKILL);
    EXPECT_TRUE(nothing_is_left());
}

TEST_F(run_command, a_command_that_is_not_there_gives_127) {
    program running({"run", "--", "no-such-command"}, environment());
    EXPECT_EQ(running.wait(), 127);
    EXPECT_EQ(running.output(), "dsql-local: command not found: no-such-command\n");
    EXPECT_TRUE(nothing_is_left());
}

TEST_F(run_command, a_command_that_is_no_program_gives_126) {
    program running({"run", "--", "/etc/passwd"}, environment());
    EXPECT_EQ(running.wait(), 126);
    EXPECT_TRUE(nothing_is_left());
}

TEST_F(run_command, arguments_arrive_as_they_are) {
    program running({"run", "--", "printf", "<%s>", "[a,b]", "--", "--help", "two words"},
                    environment());
    EXPECT_EQ(running.wait(), 0);
    EXPECT_EQ(running.output(), "<[a,b]><--><--help><two words>");
}

TEST_F(run_command, sets_the_environment_up) {
    variables before = environment();
    before["AWS_PROFILE"] = "other";
    before["PGAPPNAME"] = "untouched";
    program running(arguments("echo $AWS_REGION,$AWS_DEFAULT_REGION,$CLUSTER_USER,$PGUSER,"
                              "$PGDATABASE,$PGSSLMODE,$DSQL_HOST_ADDRESS,$PGHOSTADDR;"
                              "echo ${AWS_PROFILE-unset},$PGAPPNAME,${AWS_SESSION_TOKEN:+set};"
                              "test $PGHOST = $CLUSTER_ENDPOINT && test $PGPORT = $DSQL_PORT &&"
                              "grep -c BEGIN $DSQL_SSL_ROOT_CERT; echo $CLUSTER_ENDPOINT"),
                    before);
    EXPECT_EQ(running.wait(), 0);
    EXPECT_EQ(running.output(),
              "us-east-1,us-east-1,admin,admin,postgres,verify-full,127.0.0.1,127.0.0.1\n"
              "unset,untouched,set\n1\n"
              "dsqllocalstandinendpoint00.dsql.us-east-1.on.aws\n");
}

TEST_F(run_command, leaves_no_session_token_when_there_is_none) {
    variables before = environment();
    before["AWS_SESSION_TOKEN"] = "other";
    program running({"run", "--no-session-token", "--user", "app", "--", "sh", "-c",
                     "echo ${AWS_SESSION_TOKEN-unset} $PGUSER"},
                    before);
    EXPECT_EQ(running.wait(), 0);
    EXPECT_EQ(running.output(), "unset app\n");
}

TEST_F(run_command, psql_connects) {
    if (std::system("psql --version >/dev/null 2>&1") != 0) {  // NOLINT: a fixed command
        GTEST_SKIP() << "psql is not installed";
    }
    program running(arguments("psql -XAtc 'SHOW dsql_local.sni'"), environment());
    EXPECT_EQ(running.wait(), 0);
    EXPECT_EQ(running.output(), "dsqllocalstandinendpoint00.dsql.us-east-1.on.aws\n");
}

TEST_F(run_command, verbose_shows_sessions_statements_and_refusals) {
    program running({"run", "--verbose", "--", "sh", "-c",
                     "psql -XAtqc 'SELECT 42' -c 'SELECT nothing' 2>/dev/null;"
                     "PGPASSWORD=\"wrong X-Amz-Signature=1\" psql -XAtqc 'SELECT 42' 2>/dev/null;"
                     "echo \"$PGPASSWORD $AWS_SECRET_ACCESS_KEY\" >$DSQL_SSL_ROOT_CERT.secrets;"
                     "cat $DSQL_SSL_ROOT_CERT.secrets"},
                    environment());
    EXPECT_EQ(running.wait(), 0);
    const std::regex log(
        "dsql-local: session 1 admin: logged in, [0-9.]+ m?s\n42\n"
        "dsql-local: session 1 admin: SELECT 42 => SELECT 1, [0-9.]+ m?s\n"
        "dsql-local: session 1 admin: SELECT nothing => ERROR 42703: column \"nothing\" does not "
        "exist, [0-9.]+ m?s\n"
        "dsql-local: session 1 admin: closed\n"
        "dsql-local: session 2: refused with 08006: unable to accept connection, access denied "
        "\\([^\n]*\\)\n");
    const std::string& output = running.output();
    const std::string secrets = output.substr(output.rfind('\n', output.size() - 2) + 1);
    std::string lines = output.substr(0, output.size() - secrets.size());
    // The output of psql may come before or after the line about its statement.
    lines.erase(lines.find("42\n"), 3);
    const std::size_t login_end = lines.find('\n') + 1;
    lines.insert(login_end, "42\n");
    EXPECT_TRUE(std::regex_match(lines, log)) << lines;
    std::istringstream words(secrets);
    for (std::string secret; words >> secret;) {
        EXPECT_EQ(lines.find(secret), std::string::npos);
    }
}

TEST_F(run_command, sigterm_ends_the_command_and_leaves_nothing) {
    program running(arguments(endless_command), environment());
    const pid_t postgres = wait_until_up(running);
    ASSERT_TRUE(is_running(postgres));
    kill(running.id(), SIGTERM);
    EXPECT_EQ(running.wait(), 128 + SIGTERM);
    EXPECT_FALSE(is_running(postgres));
    EXPECT_TRUE(nothing_is_left());
}

TEST_F(run_command, ctrl_c_ends_the_command_and_leaves_nothing) {
    program running(arguments(endless_command), environment());
    const pid_t postgres = wait_until_up(running);
    ASSERT_TRUE(is_running(postgres));
    kill(-running.id(), SIGINT);  // to the whole process group, as a terminal does
    EXPECT_EQ(running.wait(), 128 + SIGINT);
    EXPECT_FALSE(is_running(postgres));
    EXPECT_TRUE(nothing_is_left());
}

TEST_F(run_command, sigkill_takes_postgres_along) {
    program running(arguments(endless_command), environment());
    const pid_t postgres = wait_until_up(running);
    ASSERT_TRUE(is_running(postgres));
    kill(running.id(), SIGKILL);
    EXPECT_EQ(running.wait(), -SIGKILL);
    EXPECT_TRUE(wait_until_gone(postgres));
}

TEST_F(run_command, sigkill_takes_the_whole_family_of_the_command_along) {
    // A child, one that has left the process group and whose parent has ended, one that is stopped,
    // and one that ignores SIGTERM.
    program running(arguments("sleep 1000001 & echo one $!;"
                              "(setsid sleep 1000002 & echo two $!);"
                              "sleep 1000003 & kill -STOP $!; echo three $!;"
                              "sh -c 'trap \"\" TERM; while true; do sleep 1; done' & echo four $!;"
                              "echo five $$; sleep 1000004; true"),
                    environment());
    const std::string output = running.read_until("five ");
    kill(running.id(), SIGKILL);
    EXPECT_EQ(running.wait(), -SIGKILL);
    for (const std::string name : {"one ", "two ", "three ", "four ", "five "}) {
        const pid_t id = std::stoi(output.substr(output.find(name) + name.size()));
        EXPECT_TRUE(wait_until_gone(id)) << name;
    }
}

TEST_F(run_command, what_the_command_leaves_running_goes_on_after_a_normal_end) {
    program running(arguments("sleep 1000000 >/dev/null 2>&1 & echo left $!"), environment());
    const std::string output = running.read_until("left ");
    EXPECT_EQ(running.wait(), 0);
    const pid_t left = std::stoi(output.substr(output.find("left ") + 5));
    EXPECT_TRUE(is_running(left));
    kill(left, SIGKILL);
}

TEST_F(run_command, the_next_start_removes_what_sigkill_left) {
    program running(arguments(endless_command), environment());
    const pid_t postgres = wait_until_up(running);
    kill(postgres, SIGSTOP);  // so that it does not notice the end
    kill(running.id(), SIGKILL);
    running.wait();
    EXPECT_FALSE(nothing_is_left());
    ASSERT_TRUE(is_running(postgres));
    program next(arguments("true"), environment());
    EXPECT_EQ(next.wait(), 0) << next.output();
    EXPECT_FALSE(is_running(postgres));
    EXPECT_TRUE(nothing_is_left());
}

TEST_F(run_command, the_next_start_removes_what_sigkill_left_at_any_moment) {
    std::mt19937 random(random_seed());
    for (int i = 0; i < 8; ++i) {
        program running(arguments(endless_command), environment());
        usleep(static_cast<useconds_t>(random() % 900'000));
        kill(running.id(), SIGKILL);
        EXPECT_EQ(running.wait(), -SIGKILL);
    }
    program next(arguments("true"), environment());
    EXPECT_EQ(next.wait(), 0) << next.output();
    EXPECT_TRUE(nothing_is_left());
}

TEST_F(run_command, the_next_start_leaves_a_living_endpoint_alone) {
    program running(arguments(endless_command), environment());
    const pid_t postgres = wait_until_up(running);
    program next(arguments("true"), environment());
    EXPECT_EQ(next.wait(), 0) << next.output();
    EXPECT_TRUE(is_running(postgres));
    kill(running.id(), SIGTERM);
    EXPECT_EQ(running.wait(), 128 + SIGTERM);
    EXPECT_TRUE(nothing_is_left());
}

TEST_F(run_command, a_wrong_env_file_is_found_before_postgres_starts) {
    program running({"serve", "--port", "0", "--env-file", "/dev/null"},
                    {{"TMPDIR", temporary_.path().string()}, {"PATH", "/nowhere"}});
    EXPECT_EQ(running.wait(), 1);
    EXPECT_EQ(running.output(),
              "dsql-local: --env-file /dev/null: it exists and is not a regular file; name a new "
              "file\n");
}

TEST_F(run_command, a_file_that_is_no_certificate_is_not_overwritten) {
    const std::string file = temporary_.path() / "ca.pem";
    std::ofstream(file) << "mine";
    program running({"run", "--ca-file", file, "--", "true"}, environment());
    EXPECT_EQ(running.wait(), 1);
    EXPECT_EQ(running.output(), "dsql-local: --ca-file " + file +
                                    ": it exists and is not a certificate; name a new file\n");
    std::filesystem::remove(file);
    for (int i = 0; i < 2; ++i) {  // the second one replaces the first one's
        program good({"run", "--ca-file", file, "--", "sh", "-c", "echo $PGSSLROOTCERT"},
                     environment());
        EXPECT_EQ(good.wait(), 0) << good.output();
        EXPECT_EQ(good.output(), file + "\n");
    }
}

TEST_F(run_command, the_data_are_kept_under_either_name_of_the_option) {
    const std::string data = temporary_.path() / "data";
    program first({"run", "--data", data, "--", "psql", "-XAtqc", "CREATE TABLE kept (id int)"},
                  environment());
    EXPECT_EQ(first.wait(), 0) << first.output();
    program second({"run", "--data-directory", data, "--", "psql", "-XAtc", "TABLE kept"},
                   environment());
    EXPECT_EQ(second.wait(), 0) << second.output();
    program both({"run", "--data-directory", data, "--data", data, "--", "true"}, environment());
    EXPECT_EQ(both.wait(), 2);
    EXPECT_EQ(both.output(),
              "dsql-local: --data and --data-directory are one option: give only --data\n"
              "Try dsql-local --help.\n");
}

TEST_F(run_command, other_addresses_than_loopback_need_a_word) {
    program running({"run", "--listen-address", "0.0.0.0", "--", "true"}, environment());
    EXPECT_EQ(running.wait(), 2);
    EXPECT_EQ(
        running.output(),
        "dsql-local: --listen-address: not a loopback address: 0.0.0.0; --allow-remote allows "
        "others\nTry dsql-local --help.\n");
    program allowed({"run", "--listen-address", "0.0.0.0", "--allow-remote", "--", "sh", "-c",
                     "echo $PGHOSTADDR; psql -XAtc 'SELECT 42'"},
                    environment());
    EXPECT_EQ(allowed.wait(), 0) << allowed.output();
    EXPECT_EQ(allowed.output(), "127.0.0.1\n42\n");
}

TEST_F(run_command, a_signal_during_the_start_leaves_nothing) {
    program running(arguments("exec sleep 1000000"), environment());
    while (!has_directory()) {
        usleep(1'000);
    }
    kill(running.id(), SIGTERM);
    EXPECT_EQ(running.wait(), 128 + SIGTERM) << running.output();
    EXPECT_TRUE(nothing_is_left());
}

TEST_F(run_command, a_port_that_is_taken_leaves_nothing) {
    const endpoint_process other;
    program running({"run", "--port", other["DSQL_PORT"], "--", "true"}, environment());
    EXPECT_EQ(running.wait(), 1);
    EXPECT_EQ(running.output().substr(0, 12), "dsql-local: ");
    EXPECT_NE(running.output().find("in use"), std::string::npos) << running.output();
    EXPECT_TRUE(nothing_is_left());
}

TEST_F(run_command, serve_ends_with_0_on_a_signal) {
    for (const int signal : {SIGINT, SIGTERM}) {
        endpoint_process served;
        kill(served.child().id(), signal);
        EXPECT_EQ(served.child().wait(), 0);
    }
}

}  // namespace run_command_test
