// SPDX-License-Identifier: Apache-2.0
// No control character reaches the terminal, wherever it comes from.
#include "harmless_output.hpp"

#include "support/command.hpp"
#include "support/scoped_environment.hpp"
#include "support/temporary_directory.hpp"
#include "support/whole_file.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <iostream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace harmless_output_test {

using namespace std::string_literals;

std::string written(std::string_view text, std::size_t at_a_time) {
    std::ostringstream to;
    {
        const dsql_cli::harmless_output filter(to);
        for (; !text.empty(); text.remove_prefix(std::min(at_a_time, text.size()))) {
            to << text.substr(0, at_a_time);
        }
    }
    return to.str();
}

TEST(HarmlessOutput, ReplacesControlCharacters) {
    struct output {
        std::string text;
        std::string expected;
    };
    const std::vector<output> cases = {
        {"", ""},
        {"a line\n\tand a tab", "a line\n\tand a tab"},
        {"\x1b[2J\x07\r\x7f\0|"s, "?[2J????|"},
        {"\xc2\x9b\x33m", "?3m"},   // U+009B, the CSI of eight bits
        {"\x9b\x33m\x85", "?3m?"},  // as single bytes
        {"\xc2\xa0 \xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80",
         "\xc2\xa0 \xc3\xa9 \xe2\x82\xac "
         "\xf0\x9f\x98\x80"},
        {"\xe2\x80\x9b\x9b", "\xe2\x80\x9b?"},  // a quotation mark has that byte, and is none
        {"\xe2\x82\x1b[m", "\xe2\x82?[m"},      // cut short
        {"\xc2\xc2\x9b", "\xc2?"},
        {"\xc2\x1b", "\xc2?"},
        {"\xc3\x9b", "\xc3\x9b"},  // U+00DB
    };
    for (const output& one : cases) {
        for (const std::size_t size : {1U, 2U, 3U, 100U}) {
            EXPECT_EQ(written(one.text, size), one.expected);
        }
    }
}

TEST(HarmlessOutput, WritesColorsOnRequest) {
    EXPECT_EQ(written("\x1b[32mok", 100), "?[32mok");
    const dsql_cli::harmless_output::with_colors colors;
    EXPECT_EQ(written("\x1b[32mok\x07", 100), "\x1b[32mok?");
}

bool is_harmless(const std::string& text) {
    return text == written(text, text.size() + 1);
}

// Texts that a terminal acts on: clears the screen, sets the title, reads the answer back, hides.
std::vector<std::string> hostile_texts() {
    return {"\x1b[2J\x1b[H"s,    "\x1b]0;title\x07"s, "\xc2\x9b\x32J"s,    "\x9b\x32J"s,
            "\x1bP$q\"p\x1b\\"s, "\x7f\x08\x08\r"s,   "\xc2\x90x\xc2\x9c"s};
}

// Each command with each text in each place that it may come from.
TEST(HarmlessOutput, OfEachCommand) {
    int searched = 0;
    int found = 0;
    for (const std::string& text : hostile_texts()) {
        const temporary_directory home;
        scoped_environment environment;
        environment.clear();
        environment.set("HOME", home.path().string());
        environment.set("AWS_EC2_METADATA_DISABLED", "true");
        environment.set("AWS_CONFIG_FILE", home / "config");
        environment.set("AWS_PROFILE", "p" + text);
        environment.set("AWS_REGION", "eu-west-1" + text);
        write_whole_file(home / "output", text + "{\"Version\":" + text);
        write_whole_file(home / "config",
                         "[default]\nrole_arn = arn" + text + "\nsource_profile = x" + text +
                             "\nmfa_serial = m" + text + "\n[profile p" + text +
                             "]\ncredential_process = sh -c 'cat " + (home / "output") +
                             " >&2; cat " + (home / "output") + "; exit 1'\nsso_start_url = h" +
                             text + "\n[profile q]\naws_access_key_id = A" + text +
                             "\naws_secret_access_key = S" + text + "\n");
        const std::string quoted = "'" + text + "'";
        for (const std::string& command :
             {"profiles"s, "profiles --names"s, "profiles --json"s, "profiles --json --reveal"s,
              "credentials"s, "credentials --profile q"s, "credentials --profile default"s,
              "credentials --profile " + quoted, "token --host " + quoted,
              "token --host h" + quoted + ".dsql.us-east-1.on.aws", "doctor --host " + quoted,
              "doctor --json --host " + quoted, quoted, "profiles --no" + quoted,
              "psql --host " + quoted}) {
            const command_result result = run_command(DSQL_COMMAND " " + command);
            for (const std::string* output : {&result.output, &result.errors}) {
                ++searched;
                found += is_harmless(*output) ? 0 : 1;
                EXPECT_TRUE(is_harmless(*output)) << command;
                EXPECT_LE(output->size(), 65'536U) << command;
            }
        }
    }
    std::cout << "outputs in which control characters were looked for: " << searched
              << ", found in: " << found << '\n';
}

}  // namespace harmless_output_test
