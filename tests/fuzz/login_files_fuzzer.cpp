// SPDX-License-Identifier: Apache-2.0
// Fuzzes the readers of what `aws sso login` and `aws login` write: the files of their sessions,
// and the private key in them.
#include <dsql/error.hpp>

#include "aws/providers/login/dpop.hpp"
#include "aws/providers/login/login_token.hpp"
#include "aws/providers/login/sso_token.hpp"
#include "require.hpp"
#include "support/temporary_directory.hpp"
#include "support/whole_file.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

namespace {

template <class Function>
void read(Function function) {
    try {
        function();
    } catch (const dsql::credentials_error& failure) {
        require_harmless(failure.what());
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const temporary_directory directory;
    static const std::string path = directory / "session.json";
    const std::string text(data, data + size);
    write_whole_file(path, text);
    read([] { require(!dsql::aws::read_sso_token(path, "log in").access_token.empty()); });
    read([] {
        const dsql::aws::login_token token = dsql::aws::read_login_token(path, "log in");
        require(!token.secret_access_key.empty());
        static_cast<void>(
            dsql::aws::dpop_key(token.dpop_key).proof("https://service/token", token.expires_at));
    });
    read([&] { static_cast<void>(dsql::aws::dpop_key(text).proof("https://service/token", {})); });
    return 0;
}
