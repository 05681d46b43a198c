// SPDX-License-Identifier: Apache-2.0
// Counts the results that libpq has handed out and that nobody has cleared. After all tests, there
// must be none.
//
// LeakSanitizer cannot do that here. When a server begins another answer within a result (the
// messages ParameterDescription, CopyInResponse and their like), libpq forgets the result that it
// was reading, without handing it out: getParamDescriptions and getCopyStart in fe-protocol3.c
// overwrite conn->result. Nobody else can free it. So LeakSanitizer is told to ignore all results.
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <libpq-fe.h>

#include <mutex>
#include <unordered_set>

namespace handed_out_results {

namespace {

struct results {
    std::mutex mutex{};
    std::unordered_set<const PGresult*> uncleared{};
};

results& all() {
    static results only;
    return only;
}

class check : public testing::Environment {
public:
    void TearDown() override {
        const std::lock_guard lock(all().mutex);
        EXPECT_EQ(all().uncleared.size(), 0U) << "results of libpq are leaked";
    }
};

const testing::Environment* const at_end = testing::AddGlobalTestEnvironment(new check());

template <class Function>
Function* libpq_function(const char* name) {
    return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

}  // namespace

}  // namespace handed_out_results

extern "C" {

PGresult* PQgetResult(PGconn* conn) {
    using namespace handed_out_results;
    static auto* const next = libpq_function<decltype(PQgetResult)>("PQgetResult");
    PGresult* const result = next(conn);
    if (result != nullptr) {
        const std::lock_guard lock(all().mutex);
        all().uncleared.insert(result);
    }
    return result;
}

void PQclear(PGresult* result) {
    using namespace handed_out_results;
    static auto* const next = libpq_function<decltype(PQclear)>("PQclear");
    {
        const std::lock_guard lock(all().mutex);
        all().uncleared.erase(result);
    }
    next(result);
}

// NOLINTNEXTLINE(bugprone-reserved-identifier, cert-dcl*, misc-use-internal-linkage)
const char* __lsan_default_suppressions() {
    return "leak:PQmakeEmptyPGresult\nleak:pqResultAlloc\nleak:pqAddTuple\n";
}
}
