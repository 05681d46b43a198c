// SPDX-License-Identifier: Apache-2.0
#include "faults/fault_request.hpp"

#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <sstream>
#include <stdexcept>
#include <vector>

namespace dsql_local {
namespace {

class bad_request : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

std::vector<std::string> split_request(std::string_view line) {
    std::istringstream text{std::string(line)};
    std::vector<std::string> words;
    for (std::string word; text >> word;) {
        words.push_back(word);
    }
    return words;
}

fault require_fault(const std::string& name) {
    if (const auto found = find_fault(name)) {
        return *found;
    }
    throw bad_request("unknown fault " + name + "; there are " + fault_names());
}

double read_probability(const std::string& text) {
    char* end = nullptr;
    const double value = std::strtod(text.c_str(), &end);
    if (text.empty() || *end != '\0' || !(value > 0 && value <= 1)) {
        throw bad_request("a probability is above 0 and at most 1, not " + text);
    }
    return value;
}

std::uint64_t read_times(const std::string& text) {
    constexpr std::size_t max_digits = 18;
    const bool is_number = !text.empty() && text.size() <= max_digits &&
                           text.find_first_not_of("0123456789") == std::string::npos;
    const std::uint64_t times = is_number ? std::stoull(text) : 0;
    if (times == 0) {
        throw bad_request("times is 1 or more, not " + text);
    }
    return times;
}

void read_option(const std::string& word, fault_setting& setting) {
    const std::size_t equals = word.find('=');
    const std::string name = word.substr(0, equals);
    const std::string value = equals == std::string::npos ? "" : word.substr(equals + 1);
    if (name == "probability") {
        setting.probability = read_probability(value);
    } else if (name == "times") {
        setting.times = read_times(value);
    } else if (name == "value") {
        setting.value = value;
    } else {
        throw bad_request("not an option of set: " + word);
    }
}

void set_fault(fault_table& faults, const std::vector<std::string>& words) {
    if (words.size() < 2) {
        throw bad_request("set needs the name of a fault: " + fault_names());
    }
    const fault which = require_fault(words[1]);
    fault_setting setting;
    for (std::size_t i = 2; i < words.size(); ++i) {
        read_option(words[i], setting);
    }
    if (const auto error = find_value_error(which, setting.value)) {
        throw bad_request(*error);
    }
    faults.set(which, setting);
}

void clear_faults(fault_table& faults, const std::vector<std::string>& words) {
    if (words.size() > 2) {
        throw bad_request("clear takes one name, or none for all");
    }
    if (words.size() == 2) {
        faults.clear(require_fault(words[1]));
    } else {
        faults.clear_all();
    }
}

std::string describe(const fault_status& fault) {
    std::array<char, 32> probability{};
    std::snprintf(probability.data(), probability.size(), "%g", fault.setting.probability);
    const auto& times = fault.setting.times;
    return std::string(fault_name(fault.which)) + " probability=" + probability.data() +
           " times=" + (times ? std::to_string(*times) : "unlimited") +
           " value=" + fault.setting.value + " strikes=" + std::to_string(fault.strikes) + "\n";
}

std::string list_faults(const fault_table& faults) {
    std::string lines;
    for (const fault_status& fault : faults.list()) {
        lines += describe(fault);
    }
    return lines;
}

std::string execute(fault_table& faults, const std::vector<std::string>& words) {
    const std::string command = words.empty() ? "" : words.front();
    if (command == "set") {
        set_fault(faults, words);
    } else if (command == "clear") {
        clear_faults(faults, words);
    } else if (command == "list" && words.size() == 1) {
        return list_faults(faults);
    } else {
        throw bad_request("a request is set NAME, list or clear");
    }
    return "";
}

}  // namespace

std::string handle_fault_request(fault_table& faults, std::string_view line) {
    try {
        return execute(faults, split_request(line)) + "ok\n";
    } catch (const bad_request& error) {
        return std::string("error ") + error.what() + "\n";
    }
}

}  // namespace dsql_local
