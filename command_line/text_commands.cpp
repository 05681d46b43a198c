// SPDX-License-Identifier: Apache-2.0
#include "command_line/text_commands.hpp"

#include "command_line/command_description.hpp"
#include "command_line/completions.hpp"
#include "command_line/man_page.hpp"

#include <CLI/CLI.hpp>

#include <iostream>
#include <memory>
#include <stdexcept>

namespace command_line {

namespace {

void print(const std::string& text) {
    std::cout << text << std::flush;
    if (!std::cout) {
        throw std::runtime_error("cannot write to standard output");
    }
}

std::string completion_for(const std::string& shell, const command_description& program) {
    if (shell == "bash") {
        return bash_completion(program);
    }
    return shell == "zsh" ? zsh_completion(program) : fish_completion(program);
}

}  // namespace

void add_text_commands(CLI::App& root, const std::string& version) {
    const auto shell = std::make_shared<std::string>();
    CLI::App* const completion = root.add_subcommand(
        "completion",
        "Print completions for a shell: source <(" + root.get_name() +
            " completion bash), or save them in the shell's directory for completions");
    completion->add_option("shell", *shell, "The shell")
        ->required()
        ->check(CLI::IsMember({"bash", "zsh", "fish"}));
    completion->callback([&root, shell] { print(completion_for(*shell, describe(root))); });
    CLI::App* const man = root.add_subcommand("man", "Print the manual page");
    man->group("");
    man->callback([&root, version] { print(man_page(describe(root), version)); });
}

bool ran_text_command(const CLI::App& root) {
    return root.got_subcommand("completion") || root.got_subcommand("man");
}

}  // namespace command_line
