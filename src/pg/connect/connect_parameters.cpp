// SPDX-License-Identifier: Apache-2.0
#include "pg/connect/connect_parameters.hpp"

#include "base/fork_guard.hpp"
#include "pg/connect/scoped_environment_mask.hpp"

#include <libpq-fe.h>
#include <openssl/crypto.h>

#include <algorithm>
#include <memory>
#include <new>
#include <utility>

namespace dsql::pg {

namespace {

// A parameter that libpq would take from a variable when it is not given.
struct variable_parameter {
    std::string name;
    std::string variable;
    std::string compiled_default;
};

std::vector<variable_parameter> read_variable_parameters() {
    const std::unique_ptr<PQconninfoOption, void (*)(PQconninfoOption*)> options(PQconndefaults(),
                                                                                 &PQconninfoFree);
    if (!options) {
        throw std::bad_alloc();
    }
    std::vector<variable_parameter> found;
    for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
        if (option->envvar != nullptr) {
            found.push_back(
                {.name = option->keyword,
                 .variable = option->envvar,
                 .compiled_default = option->compiled == nullptr ? "" : option->compiled});
        }
    }
    return found;
}

// Asked of the libpq that is loaded, once: it knows its own parameters best. Never destroyed,
// because connections are made until the last object with static lifetime has gone.
const std::vector<variable_parameter>& variable_parameters() {
    static const auto* const parameters =
        new const std::vector<variable_parameter>(read_variable_parameters());
    return *parameters;
}

std::vector<const char*> with_end(const std::vector<std::string>& texts) {
    std::vector<const char*> pointers;
    pointers.reserve(texts.size() + 1);
    for (const std::string& text : texts) {
        pointers.push_back(text.c_str());
    }
    pointers.push_back(nullptr);
    return pointers;
}

}  // namespace

connect_parameters::~connect_parameters() {
    for (std::string& value : values_) {
        OPENSSL_cleanse(value.data(), value.size());  // one of them is the token
    }
}

void connect_parameters::add(const char* name, std::string value) {
    names_.emplace_back(name);
    values_.push_back(std::move(value));
}

bool connect_parameters::has(const std::string& name) const {
    return std::find(names_.begin(), names_.end(), name) != names_.end();
}

std::vector<const char*> connect_parameters::add_defaults() {
    std::vector<const char*> without_default;
    for (const variable_parameter& parameter : variable_parameters()) {
        if (has(parameter.name)) {
            continue;
        }
        if (parameter.compiled_default.empty()) {
            without_default.push_back(parameter.variable.c_str());
        } else {
            add(parameter.name.c_str(), parameter.compiled_default);
        }
    }
    return without_default;
}

pg_conn* connect_parameters::start_connecting() {
    const detail::fork_gate no_fork;  // the defaults are asked for once, which takes a lock as well
    const scoped_environment_mask hidden(add_defaults());
    return PQconnectStartParams(with_end(names_).data(), with_end(values_).data(), 0);
}

}  // namespace dsql::pg
