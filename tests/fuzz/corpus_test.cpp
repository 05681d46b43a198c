// SPDX-License-Identifier: Apache-2.0
// Each fuzzer passes on each input of its corpus. A fuzzer that finds something ends the program,
// so each input is named before it is used.
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <ostream>
#include <string>
#include <vector>

// The entry points, under the names that this program's build gives them.
#define DSQL_FUZZER(name) extern "C" int name##_fuzzer(const std::uint8_t* data, std::size_t size);
#include "fuzzers.inc"
#undef DSQL_FUZZER

namespace {

namespace fs = std::filesystem;

struct fuzzer {
    std::string name{};
    int (*entry)(const std::uint8_t* data, std::size_t size) = nullptr;
};

void PrintTo(const fuzzer& one, std::ostream* out) {
    *out << one.name;
}

// Of exactly the size of the file, so that AddressSanitizer sees what reads beyond it.
std::vector<std::uint8_t> bytes_of(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    std::vector<std::uint8_t> bytes(std::istreambuf_iterator<char>(in), {});
    bytes.shrink_to_fit();
    return bytes;
}

class Corpus : public testing::TestWithParam<fuzzer> {};

TEST_P(Corpus, HasNoFinding) {
    int inputs = 0;
    for (const fs::directory_entry& file :
         fs::directory_iterator(fs::path(DSQL_TEST_CORPUS) / GetParam().name)) {
        std::cout << file.path().string() << std::endl;  // flushed: the next line may be the last
        const std::vector<std::uint8_t> bytes = bytes_of(file.path());
        EXPECT_EQ(GetParam().entry(bytes.data(), bytes.size()), 0);
        ++inputs;
    }
    EXPECT_GT(inputs, 0);
}

const std::vector<fuzzer> fuzzers{
#define DSQL_FUZZER(name) {#name, &name##_fuzzer},
#include "fuzzers.inc"
#undef DSQL_FUZZER
};

INSTANTIATE_TEST_SUITE_P(Fuzzers, Corpus, testing::ValuesIn(fuzzers),
                         [](const auto& tested) { return tested.param.name; });

}  // namespace
