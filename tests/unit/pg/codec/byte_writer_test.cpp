// SPDX-License-Identifier: Apache-2.0
#include "codec_support.hpp"

#include <limits>
#include <new>

namespace byte_writer_test {

using namespace dsql;
using namespace dsql::test;

TEST(ByteWriter, IntegersInNetworkOrder) {
    byte_writer out;
    out.put_int16(-2);
    out.put_int32(1);
    out.put_int64(2);
    out.put_uint32(0xfffffffd);
    out.put_char('x');
    out.put({});
    EXPECT_EQ(out.view(), bytes("fffe 00000001 0000000000000002 fffffffd 78"));
}

TEST(ByteWriter, KeepsItsContentsWhenItGrows) {
    byte_writer out;
    std::string expected;
    for (int i = 0; i < 3000; ++i) {
        out.put_char(static_cast<char>(i));
        expected += static_cast<char>(i);
    }
    EXPECT_EQ(out.view(), expected);
    out.put(std::string(100'000, 'y'));
    EXPECT_EQ(out.view(), expected + std::string(100'000, 'y'));
    out.clear();
    EXPECT_EQ(out.size(), 0U);
}

TEST(ByteWriter, PatchesAndShrinks) {
    byte_writer out;
    out.put("abc");
    out.put_int32(0);
    out.put("def");
    out.patch_int32(3, 7);
    EXPECT_EQ(out.view(), "abc" + bytes("00000007") + "def");
    out.shrink(2);
    EXPECT_EQ(out.view(), "ab");
}

TEST(ByteWriter, AnImpossibleSizeIsAnError) {
    byte_writer out;
    out.put("abc");
    EXPECT_THROW(static_cast<void>(out.extend(std::numeric_limits<std::size_t>::max())),
                 std::bad_alloc);
    EXPECT_EQ(out.view(), "abc");
}

TEST(TypeName, OfEveryKind) {
    EXPECT_EQ(type_name(oids::int8), "bigint");
    EXPECT_EQ(type_name(oids::varchar), "character varying");
    EXPECT_EQ(type_name(oids::bpchar), "character");
    EXPECT_EQ(type_name(oids::timestamptz), "timestamp with time zone");
    EXPECT_EQ(type_name(oids::int4_array), "integer[]");
    EXPECT_EQ(type_name(oids::varchar_array), "character varying[]");
    EXPECT_EQ(type_name(16'500), "type with OID 16500");
    EXPECT_EQ(element_type(oids::uuid_array), oids::uuid);
    EXPECT_EQ(element_type(oids::uuid), oids::unspecified);
}

}  // namespace byte_writer_test
