// SPDX-License-Identifier: Apache-2.0
// node-postgres with AWS's connector, which signs a token for each connection from the keys in the AWS variables.
// Node.js takes the certificate authority from NODE_EXTRA_CA_CERTS.
const assert = require("node:assert");
const { AuroraDSQLClient, AuroraDSQLPool } = require("@aws/aurora-dsql-node-postgres-connector");

const endpoint = {
    host: process.env.CLUSTER_ENDPOINT,
    port: Number(process.env.DSQL_PORT),
    user: "admin",
};

async function queries() {
    const client = new AuroraDSQLClient(endpoint);
    await client.connect();
    const { rows } = await client.query("SELECT $1::int * 7 AS number, $2::text AS word", [6, "it's"]);
    assert.deepStrictEqual(rows, [{ number: 42, word: "it's" }]);
    for (const number of [1, 2]) {
        const prepared = { name: "double", text: "SELECT $1::int * 2 AS number", values: [number] };
        assert.strictEqual((await client.query(prepared)).rows[0].number, number * 2);
    }
    await assert.rejects(client.query("SELECT 1 / 0"), { code: "22012" });
    await client.query("CREATE TABLE counters (id int PRIMARY KEY, value int NOT NULL)");
    await client.query("INSERT INTO counters VALUES (1, 0)");
    await client.end();
}

// The connector's transaction() repeats the callback after a conflict.
async function conflict() {
    const pool = new AuroraDSQLPool({ ...endpoint, max: 2 });
    let attempts = 0;
    await pool.transaction(async (client) => {
        ++attempts;
        await client.query("SELECT value FROM counters WHERE id = 1");
        if (attempts === 1) {
            await pool.query("UPDATE counters SET value = value + 10 WHERE id = 1");
        }
        await client.query("UPDATE counters SET value = value + 1 WHERE id = 1");
    });
    assert.strictEqual(attempts, 2);
    const { rows } = await pool.query("SELECT value FROM counters WHERE id = $1", [1]);
    assert.strictEqual(rows[0].value, 11);
    await pool.end();
}

async function directTls() {
    const client = new AuroraDSQLClient({ ...endpoint, sslnegotiation: "direct" });
    await client.connect();
    const { rows } = await client.query("SHOW dsql_local.ssl_negotiation");
    assert.strictEqual(rows[0]["dsql_local.ssl_negotiation"], "direct");
    await client.end();
}

async function wrongKeys() {
    const credentials = { accessKeyId: "AKIAWRONG", secretAccessKey: "wrong" };
    const client = new AuroraDSQLClient({ ...endpoint, customCredentialsProvider: credentials });
    await assert.rejects(client.connect(), { code: "08006" });
}

async function main() {
    await queries();
    await conflict();
    await directTls();
    await wrongKeys();
}

main();
