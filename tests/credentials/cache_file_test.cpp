// SPDX-License-Identifier: Apache-2.0
#include "aws/providers/login/cache_file.hpp"

#include "aws/providers/source.hpp"
#include "base/digest.hpp"
#include "base/environment.hpp"
#include "support/scoped_environment.hpp"
#include "support/temporary_directory.hpp"
#include "support/thrown_message.hpp"
#include "support/whole_file.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <string>

namespace cache_file_test {

using namespace dsql::aws;
using namespace dsql::detail;
using json = secret_json;

std::string failure_to_read(const std::string& path) {
    return thrown_message<unrecoverable_credentials_error>(
        [&] { return read_cache_file(path, "run `aws sso login`"); });
}

TEST(CacheFile, ReadsAnObject) {
    const temporary_directory directory;
    write_whole_file(directory / "a", R"({"a": {"b": 1}})");
    EXPECT_EQ(read_cache_file(directory / "a", ""), json::parse(R"({"a": {"b": 1}})"));
}

TEST(CacheFile, ReadsUpToOneMebibyte) {
    const temporary_directory directory;
    const std::string frame = R"({"a": ""})";
    const std::string filler(1'048'576 - frame.size(), 'x');
    write_whole_file(directory / "full", R"({"a": ")" + filler + R"("})");
    EXPECT_EQ(text_member(read_cache_file(directory / "full", ""), "a"), filler);
    write_whole_file(directory / "over", R"({"a": ")" + filler + R"(x"})");
    EXPECT_NE(failure_to_read(directory / "over").find("longer than 1 MiB"), std::string::npos);
}

TEST(CacheFile, ErrorsNamePathAndRemedy) {
    const temporary_directory directory;
    for (const char* content :
         {"", "{", "[]", "\"hunter2\"", "{\"hunter2\": \"\xff\"}", "{} hunter2"}) {
        write_whole_file(directory / "bad", content);
        const std::string message = failure_to_read(directory / "bad");
        EXPECT_NE(message.find(directory / "bad"), std::string::npos) << content;
        EXPECT_NE(message.find("not a JSON object; run `aws sso login`"), std::string::npos)
            << content;
        EXPECT_EQ(message.find("hunter2"), std::string::npos) << message;
    }
    for (const std::string& path : {directory / "none", directory / "bad/none"}) {
        const std::string message = failure_to_read(path);
        EXPECT_NE(message.find("cannot read \"" + path), std::string::npos) << message;
        EXPECT_NE(message.find("; run `aws sso login`"), std::string::npos) << message;
    }
}

TEST(CacheFile, OnlyARegularFileIsRead) {
    const temporary_directory directory;
    EXPECT_NE(failure_to_read(directory.path().string()).find("not a regular file"),
              std::string::npos);
    ASSERT_EQ(mkfifo((directory / "pipe").c_str(), 0600), 0);
    EXPECT_NE(failure_to_read(directory / "pipe").find("not a regular file"), std::string::npos);
}

TEST(CacheFile, IsReplacedAtomicallyWithOwnerPermissions) {
    const temporary_directory directory;
    write_whole_file(directory / "file", "old");
    std::filesystem::permissions(directory / "file", std::filesystem::perms(0644));
    std::filesystem::create_hard_link(directory / "file", directory / "still-old");
    write_cache_file(directory / "file", json{{"a", "new"}});
    EXPECT_EQ(read_cache_file(directory / "file", ""), (json{{"a", "new"}}));
    EXPECT_EQ(std::filesystem::status(directory / "file").permissions(),
              std::filesystem::perms(0600));
    EXPECT_EQ(read_whole_file(directory / "still-old"), "old");
    std::filesystem::directory_iterator entries(directory.path());
    EXPECT_EQ(std::distance(begin(entries), end(entries)), 2);  // no temporary file remains
}

TEST(CacheFile, AFailedWriteNamesThePathAndLeavesNothing) {
    const temporary_directory directory;
    const std::string target = directory / "directory";
    std::filesystem::create_directory(target);
    for (const std::string& path : {target, directory / "none/file"}) {
        const std::string message = thrown_message<dsql::credentials_error>([&] {
            write_cache_file(path, json{{"a", "hunter2"}});
            return 0;
        });
        EXPECT_NE(message.find("cannot write \"" + path), std::string::npos) << message;
        EXPECT_EQ(message.find("hunter2"), std::string::npos) << message;
    }
    std::filesystem::directory_iterator entries(directory.path());
    EXPECT_EQ(std::distance(begin(entries), end(entries)), 1);
}

TEST(SecretJson, SetsAMemberUnderItsExistingName) {
    json object{{"AccessToken", "old"}, {"other", 1}};
    set_text_member(object, "accessToken", "new");
    set_text_member(object, "refreshToken", "more");
    EXPECT_EQ(object, (json{{"AccessToken", "new"}, {"other", 1}, {"refreshToken", "more"}}));
}

TEST(SecretJson, ADeepDocumentIsSafe) {
    std::string text;
    for (int i = 0; i < 200'000; ++i) {
        text += '[';
    }
    const secret_json document =
        json::parse(text + "\"secret\"" + std::string(200'000, ']'), nullptr, false);
    EXPECT_TRUE(document.is_array());
}

// The digests of "abc" in the examples of FIPS 180-4.
TEST(HexDigest, MatchesKnownDigests) {
    EXPECT_EQ(sha1_hex("abc"), "a9993e364706816aba3e25717850c26c9cd0d89d");
    EXPECT_EQ(sha256_hex("abc"),
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(HomeDirectory, IsHomeOrThatOfTheAccount) {
    scoped_environment environment;
    environment.set("HOME", "/home/of/test");
    EXPECT_EQ(home_directory(), "/home/of/test");
    EXPECT_EQ(expand_home("~/x"), "/home/of/test/x");
    environment.unset("HOME");
    EXPECT_FALSE(home_directory().empty());
    EXPECT_EQ(expand_home("~"), home_directory());
}

}  // namespace cache_file_test
