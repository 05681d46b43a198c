// SPDX-License-Identifier: Apache-2.0
// Wrong uses of the library, each with the error that the compiler has to give first. Read by
// compile_errors_test.py; not compiled as one. A case begins with its name, and what the first error
// says.
#include <dsql/dsql.hpp>

#include <nlohmann/json.hpp>

#include <array>
#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

using namespace std::chrono_literals;

extern dsql::pool pool;
extern const dsql::pool constant_pool;
extern dsql::connection connection;

//: handle in place of a connection: retries take the connection or pool itself, not what points to it: write *handle
void f() {
    auto handle = pool.acquire();
    dsql::transact(handle, [](dsql::transaction&) {});
}

//: pointer in place of a pool: retries take the connection or pool itself, not what points to it: write *handle
void f(const std::unique_ptr<dsql::pool>& shared) {
    dsql::transact(shared, dsql::within(1s), [](dsql::transaction&) {});
}

//: handle for an idempotent transaction: retries take the connection or pool itself
void f() {
    auto handle = pool.acquire();
    dsql::transact_idempotent(handle, "key", [](dsql::transaction&) {});
}

//: handle for one statement: retries take the connection or pool itself
void f() {
    auto handle = pool.acquire();
    dsql::execute_with_retry(handle, "SELECT 1");
}

//: handle for a typed query: retries take the connection or pool itself
void f() {
    auto handle = pool.acquire();
    dsql::query_with_retry<int>(handle, "SELECT 1");
}

//: transaction in a transaction: retries take a dsql::pool or a dsql::connection
void f(dsql::transaction& running) {
    dsql::transact(running, [](dsql::transaction&) {});
}

//: constant pool: retries take a pool or connection that is no temporary and not const: give it a name
void f() {
    dsql::transact(constant_pool, [](dsql::transaction&) {});
}

//: temporary connection: retries take a pool or connection that is no temporary and not const: give it a name
void f(const dsql::config& settings) {
    dsql::transact(dsql::connect(settings), [](dsql::transaction&) {});
}

//: right targets: compiles
void f() {
    auto handle = pool.acquire();
    dsql::transact(*handle, [](dsql::transaction&) {});
    dsql::transact(pool, dsql::within(1s), [](dsql::transaction&) {});
    dsql::transact(connection, [](dsql::transaction&) {});
    dsql::execute_with_retry(pool, "SELECT 1");
}

//: anonymous union member: this structure has a member that is a union
struct row {
    int id;
    union {
        int whole;
        float real;
    };
};
std::vector<row> read(dsql::connection& session) {
    return session.query_all<row>("SELECT 1 AS id, 2 AS whole");
}

//: base class: this structure has a base class: repeat the members of the base in it
struct base {
    int id;
};
struct row : base {
    std::string name;
};
std::vector<row> read(dsql::connection& session) {
    return session.query_all<row>("SELECT 1 AS id, 'x' AS name");
}

//: bit field member: bit-field
struct row {
    int id;
    unsigned flag : 1;
};
std::vector<row> read(dsql::connection& session) {
    return session.query_all<row>("SELECT 1 AS id, 2 AS flag");
}

//: borrowed by own codec: the view would outlive the row it points into
// A codec that says that it borrows.
struct label {
    std::string_view text;
};
template <>
struct dsql::codec<label> {
    static constexpr bool borrows = true;
    static std::string name() { return "label"; }
    static constexpr bool reads(dsql::oid type) { return type == dsql::oids::text; }
    static label read(const dsql::binary_value& value) { return {value.bytes()}; }
};
label read(dsql::connection& session) {
    return session.query_value<label>("SELECT 'x'");
}

//: borrowed from temporary field: deleted
// A field of a temporary does not give a view, through a codec either.
struct label {
    std::string_view text;
};
template <>
struct dsql::codec<label> : dsql::codec_through<label, std::string_view> {
    static std::string_view to_base(const label& of) { return of.text; }
    static label from_base(std::string_view text) { return {text}; }
};
label read(dsql::connection& session) {
    return session.query("SELECT 'x'")[0][0].as<label>();
}

//: borrowed in array: the view would outlive the row it points into
// Elements that are views.
std::vector<std::optional<std::string_view>> read(dsql::connection& session) {
    return session.query_value<std::vector<std::optional<std::string_view>>>("SELECT '{}'::text[]");
}

//: borrowed in structure: a view would outlive the rows it points into
// A structure that has a view through a codec.
struct label {
    std::string_view text;
};
struct row {
    int id;
    std::optional<label> name;
};
template <>
struct dsql::codec<label> : dsql::codec_through<label, std::string_view> {
    static std::string_view to_base(const label& of) { return of.text; }
    static label from_base(std::string_view text) { return {text}; }
};
std::vector<row> read(dsql::connection& session) {
    return session.query_all<row>("SELECT 1 AS id, 'x' AS name");
}

//: borrowed through codec: the view would outlive the row it points into
// A codec through a view is a view.
struct label {
    std::string_view text;
};
template <>
struct dsql::codec<label> : dsql::codec_through<label, std::string_view> {
    static std::string_view to_base(const label& of) { return of.text; }
    static label from_base(std::string_view text) { return {text}; }
};
label read(dsql::connection& session) {
    return session.query_value<label>("SELECT 'x'");
}

//: c array member: this structure has a member that is a C array
struct row {
    int id;
    char name[16];
};
std::vector<row> read(dsql::connection& session) {
    return session.query_all<row>("SELECT 1 AS id, 'x' AS name");
}

//: c array member first: this structure has a member that is a C array
struct row {
    int numbers[3];
    std::string name;
};
void write(dsql::copy_writer& copy, const row& one) {
    copy.row(one);
}

//: readable and writable types: compiles
// What the cases that do not compile have beside them.
struct label {
    std::string text;
};
template <>
struct dsql::codec<label> : dsql::codec_through<label, std::string_view> {
    static constexpr bool borrows = false;
    static std::string_view to_base(const label& of) { return of.text; }
    static label from_base(std::string_view text) { return {std::string(text)}; }
};
struct row {
    const int id;
    std::optional<label> name;
    std::vector<bool> flags;
    std::chrono::hh_mm_ss<std::chrono::seconds> time;
};
std::vector<row> read(dsql::connection& session) {
    static_cast<void>(session.query_all<bool>("SELECT true"));
    static_cast<void>(session.query_value<label>("SELECT 'x'"));
    return session.query_all<row>("SELECT 1 AS id, 'x' AS name, '{}'::bool[] AS flags");
}
struct view {
    const int& id;
    std::string_view name;
};
void write(dsql::copy_writer& copy, const view& one) {
    copy.row(one);
}

//: const member lax: a member that is const cannot be read with dsql::lax
struct row {
    const int id = 0;
    std::string name;
};
std::vector<row> read(dsql::connection& session) {
    return session.query_all<dsql::lax<row>>("SELECT 1 AS id");
}

//: no codec member: this type has no codec to be read with
struct row {
    int id;
    std::map<int, int> more;
};
std::vector<row> read(dsql::connection& session) {
    return session.query_all<row>("SELECT 1 AS id, 'x' AS more");
}

//: plain char: a plain char is text in one program and a number in the next
char read(dsql::connection& session) {
    return session.query_value<char>("SELECT 'x'");
}

//: plain char member: a plain char is text in one program and a number in the next
struct row {
    int id;
    char kind;
};
std::vector<row> read(dsql::connection& session) {
    return session.query_all<row>("SELECT 1 AS id, 'x' AS kind");
}

//: reference member: this structure has a member that is a reference
// A structure of references.
struct row {
    int id;
    const std::string& name;
};
void read(dsql::connection& session) {
    for (const row& each : session.query<row>("SELECT 1 AS id, 'x' AS name")) {
        static_cast<void>(each);
    }
}

//: reference member by position: this structure has a member that is a reference
struct row {
    int&& id;
};
void read(dsql::connection& session) {
    static_cast<void>(session.query_all<dsql::by_position<row>>("SELECT 1"));
}

//: reference member lax: this structure has a member that is a reference
struct row {
    int id;
    const std::string& name;
};
std::vector<row> read(dsql::connection& session) {
    return session.query_all<dsql::lax<row>>("SELECT 1 AS id");
}

//: private members: it is not an aggregate
class row {
public:
    int id;

private:
    std::string name_;
};
std::vector<row> read() {
    return connection.query_all<row>("SELECT 1 AS id, 'x' AS name");
}

//: structure with a constructor: it is not an aggregate
struct row {
    explicit row(int number) : id(number) {}
    int id;
};
std::vector<row> read() {
    return connection.query_all<row>("SELECT 1 AS id");
}

//: virtual function: it is not an aggregate
struct row {
    int id;
    virtual ~row() = default;
};
row read() {
    return connection.query_one<row>("SELECT 1 AS id");
}

//: structure with a constructor by position: a row can be read into a structure with public members, no constructors and no base class
struct row {
    explicit row(int number) : id(number) {}
    int id;
};
void read() {
    static_cast<void>(connection.query_all<dsql::by_position<row>>("SELECT 1 AS id"));
}

//: structure with a constructor in COPY: this type has no codec to be sent with: specialise dsql::codec for it
struct row {
    explicit row(int number) : id(number) {}
    int id;
};
void write(dsql::copy_writer& copy, const row& one) {
    copy.row(one);
}

//: value of a class without codec: this type has no codec to be sent with: specialise dsql::codec for it
struct money {
    long cents;
};
void write(const money& price) {
    connection.execute("UPDATE orders SET price = $1", price);
}

//: container without codec: this type has no codec to be sent with: specialise dsql::codec for it
void write(const std::map<std::string, int>& counts) {
    connection.query("SELECT $1", counts);
}

//: json of another library: a document of another JSON library goes as its text
void write(const nlohmann::json& document) {
    connection.execute("INSERT INTO documents VALUES ($1)", document);
}

//: value without codec in a batch: this type has no codec to be sent with: specialise dsql::codec for it
void write(dsql::batch& all, const std::map<int, int>& counts) {
    all.add("SELECT $1", counts);
}

//: value without codec in a stream: this type has no codec to be sent with: specialise dsql::codec for it
void write(const std::map<int, int>& counts) {
    static_cast<void>(connection.stream<int>("SELECT $1", counts));
}

//: value without codec in parameters: this type has no codec to be sent with: specialise dsql::codec for it
void write(dsql::parameters& all, const std::map<int, int>& counts) {
    all.add(counts);
}

//: value without codec in COPY: this type has no codec to be sent with: specialise dsql::codec for it
void write(dsql::copy_writer& copy, const std::map<int, int>& counts) {
    copy.row(1, counts);
}

//: value without codec in a transaction that is retried: this type has no codec to be sent with: specialise dsql::codec for it
void write(const std::map<int, int>& counts) {
    dsql::execute_with_retry(pool, "SELECT $1", counts);
}

//: value without codec on a pool: this type has no codec to be sent with: specialise dsql::codec for it
void write(const std::map<int, int>& counts) {
    pool.execute("SELECT $1", counts);
}

//: character: a plain char is text in one program and a number in the next
void write() {
    connection.execute("SELECT $1", 'c');
}

//: wide string: this type has no codec to be sent with: specialise dsql::codec for it
void write() {
    connection.execute("SELECT $1", L"c");
}

//: pointer to an int: this type has no codec to be sent with: specialise dsql::codec for it
void write(const int* number) {
    connection.execute("SELECT $1", number);
}

//: optional of a type without codec: this type has no codec to be sent with: specialise dsql::codec for it
void write(const std::optional<std::map<int, int>>& counts) {
    connection.execute("SELECT $1", counts);
}

//: vector of a type without codec: this type has no codec to be sent with: specialise dsql::codec for it
void write(const std::vector<std::map<int, int>>& counts) {
    connection.execute("SELECT $1", counts);
}

//: reading a type without codec: this type has no codec to be read with
void read() {
    static_cast<void>(connection.query_value<std::map<int, int>>("SELECT 1"));
}

//: reading json of another library: this type has no codec to be read with
void read() {
    static_cast<void>(connection.query_value<nlohmann::json>("SELECT 1"));
}
