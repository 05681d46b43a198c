// SPDX-License-Identifier: Apache-2.0
// The cases of tests/vectors/profiles: how the files are parsed, and which credentials their
// profiles select.
#include <dsql/error.hpp>

#include "aws/shared_files/profile_chain.hpp"
#include "aws/shared_files/shared_files.hpp"
#include "support/thrown_message.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <fstream>
#include <ostream>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace profile_vectors_test {

using namespace dsql::aws;
using nlohmann::json;

struct vector_case {
    std::string name{};
    json body{};
};

void PrintTo(const vector_case& shown, std::ostream* out) {
    *out << shown.body.dump();
}

std::vector<vector_case> load_cases(const std::string& file) {
    std::ifstream stream(std::string(DSQL_TEST_VECTORS) + "/profiles/" + file);
    const json document = json::parse(stream);
    std::vector<vector_case> cases;
    for (const json& body : document.at("cases")) {
        cases.push_back({body.at("name").get<std::string>(), body});
    }
    return cases;
}

std::string case_name(const testing::TestParamInfo<vector_case>& info) {
    return info.param.name;
}

// Returns the text of a member that is a string or a list of lines.
std::string text_of(const json& body, const char* file) {
    const json text = body.value(file, json(""));
    if (text.is_string()) {
        return text.get<std::string>();
    }
    std::string joined;
    for (const json& line : text) {
        joined += line.get<std::string>() + "\n";
    }
    return joined;
}

shared_files parse_files(const json& body) {
    shared_sections config =
        parse_shared_file(text_of(body, "config"), shared_file::config, "config");
    shared_sections credentials =
        parse_shared_file(text_of(body, "credentials"), shared_file::credentials, "credentials");
    EXPECT_TRUE(credentials.sso_sessions.empty());
    EXPECT_TRUE(credentials.services.empty());
    return {.config_path = "config",
            .credentials_path = "credentials",
            .profiles = merge_profiles(config.profiles, credentials.profiles),
            .sso_sessions = config.sso_sessions,
            .services = config.services};
}

class ProfileGrammar : public testing::TestWithParam<vector_case> {};

TEST_P(ProfileGrammar, MatchesTheSdks) {
    const json& body = GetParam().body;
    if (body.contains("error")) {
        EXPECT_EQ(thrown_message<dsql::credentials_error>([&body] { return parse_files(body); }),
                  body.at("error").get<std::string>());
        return;
    }
    const shared_files files = parse_files(body);
    EXPECT_EQ(json(files.profiles), body.at("profiles"));
    EXPECT_EQ(json(files.sso_sessions), body.value("sso_sessions", json::object()));
    EXPECT_EQ(json(files.services), body.value("services", json::object()));
}

INSTANTIATE_TEST_SUITE_P(Vectors, ProfileGrammar, testing::ValuesIn(load_cases("grammar.json")),
                         case_name);

// Returns a JSON object with the members that are not empty.
json filled(const std::vector<std::pair<const char*, std::string_view>>& members) {
    json object = json::object();
    for (const auto& [name, value] : members) {
        if (!value.empty()) {
            object[name] = value;
        }
    }
    return object;
}

// Writes the base of a chain in the notation of the vectors.
struct base_writer {
    json operator()(std::monostate) const { return {{"nothing", json::object()}}; }
    json operator()(const static_keys& base) const {
        return {{"keys", filled({{"access_key_id", base.keys.access_key_id},
                                 {"secret_access_key", base.keys.secret_access_key},
                                 {"session_token", base.keys.session_token},
                                 {"account_id", base.keys.account_id}})}};
    }
    json operator()(named_source base) const {
        switch (base) {
            case named_source::environment:
                return {{"source", "Environment"}};
            case named_source::ec2_instance_metadata:
                return {{"source", "Ec2InstanceMetadata"}};
            case named_source::ecs_container:
                break;
        }
        return {{"source", "EcsContainer"}};
    }
    json operator()(const web_identity_base& base) const {
        return {{"web_identity", filled({{"role_arn", base.role_arn},
                                         {"token_file", base.token_file},
                                         {"session_name", base.session_name}})}};
    }
    json operator()(const sso_base& base) const {
        return {{"sso", filled({{"session_name", base.session_name},
                                {"start_url", base.start_url},
                                {"region", base.region},
                                {"account_id", base.account_id},
                                {"role_name", base.role_name}})}};
    }
    json operator()(const login_base& base) const {
        return {{"login", filled({{"login_session", base.login_session}})}};
    }
    json operator()(const process_base& base) const {
        return {{"process", filled({{"command", base.command}, {"account_id", base.account_id}})}};
    }
};

json written(const role_step& step) {
    json role = filled({{"profile", step.profile},
                        {"role_arn", step.role_arn},
                        {"external_id", step.external_id},
                        {"role_session_name", step.role_session_name},
                        {"mfa_serial", step.mfa_serial}});
    if (step.duration) {
        role["duration_seconds"] = step.duration->count();
    }
    return {{"role", role}};
}

json written(const profile_chain& chain) {
    json steps = json::array({std::visit(base_writer{}, chain.base)});
    for (const role_step& step : chain.roles) {
        steps.push_back(written(step));
    }
    return steps;
}

class ProfileChain : public testing::TestWithParam<vector_case> {};

TEST_P(ProfileChain, HasTheExpectedBase) {
    const json& body = GetParam().body;
    const shared_files files = parse_files(body);
    const auto resolve = [&] {
        return resolve_profile_chain(files, body.at("profile").get<std::string>());
    };
    if (body.contains("error")) {
        const std::string message = thrown_message<dsql::credentials_error>(resolve);
        EXPECT_NE(message.find(body.at("error").get<std::string>()), std::string::npos) << message;
        EXPECT_EQ(message.find("SECRET"), std::string::npos) << message;
        EXPECT_EQ(message.find("TOKEN"), std::string::npos) << message;
        return;
    }
    const profile_chain chain = resolve();
    EXPECT_EQ(written(chain), body.at("chain"));
    EXPECT_EQ(json(chain.visited), body.at("visited"));
    EXPECT_EQ(chain.base_profile, body.at("base_profile").get<std::string>());
}

INSTANTIATE_TEST_SUITE_P(Vectors, ProfileChain, testing::ValuesIn(load_cases("chains.json")),
                         case_name);

}  // namespace profile_vectors_test
