// SPDX-License-Identifier: Apache-2.0
// Completions and manual pages of both programs, and --help itself to compare them with.
#include "support/command.hpp"
#include "support/scoped_environment.hpp"
#include "support/temporary_directory.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace completion_command_test {

struct program {
    const char* name;
    const char* path;
};

constexpr program both[] = {{"dsql", DSQL_COMMAND}, {"dsql-local", DSQL_LOCAL_PROGRAM}};

bool is_there(const std::string& command) {
    return run_command("command -v " + command).status == 0;
}

void write_file(const std::string& path, const std::string& text) {
    std::ofstream(path, std::ios::binary) << text;
}

class Completion : public testing::Test {
protected:
    static std::string print(const program& one, const std::string& arguments) {
        const command_result result = run_command(std::string(one.path) + " " + arguments);
        EXPECT_EQ(result.status, 0) << result.errors;
        EXPECT_EQ(result.errors, "");
        return result.output;
    }

    // What bash offers for the last of these words, a blank between two, and what the function asks
    // of readline.
    std::string offered(const program& one, const std::vector<std::string>& words) {
        const std::string script = directory_ / "completion";
        write_file(script, print(one, "completion bash"));
        std::string list;
        for (const std::string& word : words) {
            list += " '" + word + "'";
        }
        const std::string name = one.name;
        const std::string function = name == "dsql" ? "_dsql" : "_dsql_local";
        const command_result result = run_command(
            "bash -uc 'asked=; compopt() { asked=\"<$*>\"; }; source " + script +
            "; eval \"COMP_WORDS=($1)\"; COMP_CWORD=$((" + "${#COMP_WORDS[@]} - 1)); complete -p " +
            name + " >/dev/null && " + function + "; echo \"$asked${COMPREPLY[*]-}\"' bash \"" +
            name + list + "\"");
        EXPECT_EQ(result.errors, "");
        return result.output.substr(0, result.output.find('\n'));
    }

    temporary_directory directory_;
};

TEST_F(Completion, BashCompletesCommands) {
    EXPECT_EQ(offered(both[0], {"do"}), "doctor");
    EXPECT_EQ(offered(both[0], {"p"}), "profiles psql proxy");
    EXPECT_EQ(offered(both[1], {"fault", "l"}), "list");
    EXPECT_EQ(offered(both[0], {"completion", ""}).find("bash"), 0U);
    EXPECT_EQ(offered(both[0], {"ma"}), "");
}

TEST_F(Completion, BashCompletesOptionsOfTheCommandGiven) {
    EXPECT_EQ(offered(both[0], {"doctor", "--write"}), "--write-check");
    EXPECT_EQ(offered(both[0], {"token", "--write"}), "");
    EXPECT_EQ(offered(both[0], {"token", "--expires-in", "900", "--reg"}), "--region");
    EXPECT_EQ(offered(both[1], {"fault", "set", "delay", "--va"}), "--value");
    EXPECT_EQ(offered(both[1], {"fault", "set", "data-"}), "data-conflict");
    EXPECT_EQ(offered(both[1], {"fault", "clear", "close"}), "close-after");
}

TEST_F(Completion, BashTakesTheValueOfAnOptionForNothingElse) {
    EXPECT_EQ(offered(both[0], {"token", "--user", ""}), "");
    EXPECT_EQ(offered(both[1], {"fault", "--admin-socket", "set", "s"}), "set");
    EXPECT_EQ(offered(both[1], {"fault", "--admin-socket", "list", "--help", "cl"}), "clear");
}

TEST_F(Completion, BashKnowsRegionsAndProfiles) {
    EXPECT_EQ(offered(both[0], {"token", "--region", "us-e"}), "us-east-1 us-east-2");
    EXPECT_EQ(offered(both[0], {"credentials", "--region", "eu-central-1"}), "eu-central-1");
    scoped_environment environment;
    environment.clear();
    write_file(
        directory_ / "config",
        "[profile dev]\nregion=r\n[profile \"devel op\"]\nregion=r\n[profile prod]\nregion=r\n");
    environment.set("AWS_CONFIG_FILE", directory_ / "config");
    std::filesystem::create_directory(directory_ / "bin");
    std::filesystem::create_symlink(DSQL_COMMAND, directory_ / "bin/dsql");
    environment.set("PATH", (directory_ / "bin") + ":" + std::getenv("PATH"));
    EXPECT_EQ(offered(both[0], {"token", "--profile", "d"}), "dev devel\\ op");
    EXPECT_EQ(offered(both[0], {"doctor", "--profile", "p"}), "prod");
}

TEST_F(Completion, BashLeavesNamesOfFilesToReadline) {
    EXPECT_EQ(offered(both[0], {"doctor", "--ssl-root-cert", "roo"}), "<-o default>");
    EXPECT_EQ(offered(both[1], {"serve", "--data", "da"}), "<-o dirnames>");
    EXPECT_EQ(offered(both[0], {"psql", "--host", "x", "--", "--reg"}), "<-o default>");
}

// By a bash that is typed to.
TEST_F(Completion, BashCompletesDirectoriesAndNamesWithBlanks) {
    const std::string folder = directory_ / "a folder";
    std::filesystem::create_directory(folder);
    write_file(folder + "/roots of trust.pem", "");
    write_file(directory_ / "rc",
               print(both[0], "completion bash") + "\ndsql() { printf 'got<%s>' \"${@: -1}\"; }\n");
    for (const char* before : {"doctor --ssl-root-cert ", "psql --host x -- -f "}) {
        write_file(directory_ / "keys",
                   std::string("dsql ") + before + (directory_ / "a\tr\t\nexit\n"));
        const command_result result =
            run_command("script -qc 'bash --noprofile --rcfile " + (directory_ / "rc") +
                        " -i' /dev/null <" + (directory_ / "keys"));
        EXPECT_NE(result.output.find("got<" + folder + "/roots of trust.pem>"), std::string::npos)
            << result.output;
    }
}

TEST_F(Completion, TheOtherShellsTakeTheirScripts) {
    for (const program& one : both) {
        for (const char* shell : {"zsh", "fish"}) {
            const std::string script = directory_ / shell;
            write_file(script, print(one, std::string("completion ") + shell));
            if (is_there(shell)) {
                const command_result result = run_command(std::string(shell) + " -n " + script);
                EXPECT_EQ(result.status, 0) << shell << ' ' << one.name << '\n' << result.errors;
            }
        }
    }
}

TEST_F(Completion, FishCompletesACommandAndAnOption) {
    if (!is_there("fish")) {
        GTEST_SKIP() << "no fish";
    }
    const std::string script = directory_ / "dsql.fish";
    write_file(script, print(both[0], "completion fish"));
    const auto offered_by_fish = [&script](const std::string& line) {
        return run_command("fish --no-config -c 'source " + script + "; complete -C \"" + line +
                           "\"'")
            .output;
    };
    EXPECT_EQ(offered_by_fish("dsql do").find("doctor\t"), 0U) << offered_by_fish("dsql do");
    EXPECT_EQ(offered_by_fish("dsql doctor --write").find("--write-check\t"), 0U);
    EXPECT_EQ(offered_by_fish("dsql token --write"), "");
}

TEST_F(Completion, AnUnknownShellIsWrongUsage) {
    for (const program& one : both) {
        for (const char* arguments : {" completion", " completion tcsh"}) {
            const command_result result = run_command(one.path + std::string(arguments));
            EXPECT_EQ(result.status, 2);
            EXPECT_EQ(result.output, "");
        }
    }
    EXPECT_NE(run_command(DSQL_COMMAND " completion tcsh").errors.find("{"), std::string::npos);
}

TEST_F(Completion, AFullDiskIsAFailure) {
    for (const program& one : both) {
        EXPECT_EQ(run_command(one.path + std::string(" man >/dev/full")).status, 1) << one.name;
    }
}

class ManPage : public Completion {};

TEST_F(ManPage, PassesTheCheckersThatAreThere) {
    for (const program& one : both) {
        const std::string page = directory_ / "page.1";
        write_file(page, print(one, "man"));
        std::string checkers;
        const auto check = [&](const std::string& command) {
            const command_result result = run_command("LC_ALL=C.UTF-8 " + command + " " + page);
            EXPECT_EQ(result.status, 0) << command;
            EXPECT_EQ(result.errors, "") << command;
            checkers += command;
        };
        if (is_there("man")) {
            check("man --warnings -E UTF-8 -l -Tutf8 -Z");
        }
        if (is_there("groff")) {
            check("groff -man -ww -z");
        }
        if (is_there("mandoc")) {
            // Of the same source there shall always be the same page: it has no date.
            const command_result lint =
                run_command("mandoc -Tlint -Wwarning " + page + " | grep -v 'missing date'");
            EXPECT_EQ(lint.output, "");
            checkers += "mandoc";
        }
        if (checkers.empty()) {
            GTEST_SKIP() << "neither man nor groff nor mandoc";
        }
    }
}

TEST_F(ManPage, ShowsWhatStandsBehindTheMark) {
    EXPECT_NE(print(both[0], "man").find("[options] [\\-\\- PSQL_ARGUMENTS]\n"), std::string::npos);
    EXPECT_NE(print(both[1], "man").find("[options] \\-\\- COMMAND [ARGS...]\n"),
              std::string::npos);
}

// "--name" of each option that a --help shows.
std::vector<std::string> options_in(const std::string& help) {
    std::vector<std::string> names;
    for (std::size_t at = help.find("\n  -"); at != std::string::npos;
         at = help.find("\n  -", at + 1)) {
        const std::size_t start = help.find("--", at);
        names.push_back(help.substr(start, help.find_first_of(" \n,", start) - start));
    }
    return names;
}

TEST_F(ManPage, SaysAllThatHelpSays) {
    for (const program& one : both) {
        std::string page = print(one, "man");
        for (std::size_t at = page.find("\\-"); at != std::string::npos; at = page.find("\\-")) {
            page.erase(at, 1);
        }
        const std::vector<std::string> commands =
            one.name == std::string("dsql")
                ? std::vector<std::string>{"token", "credentials", "profiles",
                                           "psql",  "doctor",      "completion"}
                : std::vector<std::string>{"serve",     "run",         "fault",
                                           "fault set", "fault clear", "completion"};
        for (const std::string& command : commands) {
            const std::size_t section =
                page.find(".SS\n\\fB" + std::string(one.name) + " " + command + "\\fR");
            ASSERT_NE(section, std::string::npos) << command;
            const std::string text = page.substr(section, page.find("\n.SS\n", section) - section);
            for (const std::string& option : options_in(print(one, command + " --help"))) {
                EXPECT_TRUE(option == "--help" || text.find(option) != std::string::npos)
                    << command << ' ' << option;
            }
        }
        EXPECT_EQ(page.find(std::string(one.name) + " man\\fR"), std::string::npos);
        EXPECT_EQ(print(one, "--help").find("manual page"), std::string::npos);
    }
}

}  // namespace completion_command_test
