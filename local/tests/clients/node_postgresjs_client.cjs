// SPDX-License-Identifier: Apache-2.0
// postgres.js, which pipelines its queries and prepares them, with tokens of the AWS SDK. Node.js takes the certificate
// authority from NODE_EXTRA_CA_CERTS.
const assert = require("node:assert");
const { Readable } = require("node:stream");
const { pipeline } = require("node:stream/promises");
const { DsqlSigner } = require("@aws-sdk/dsql-signer");
const postgres = require("postgres");

const signer = new DsqlSigner({ hostname: process.env.CLUSTER_ENDPOINT });

function connect(options) {
    return postgres({
        host: process.env.CLUSTER_ENDPOINT,
        port: Number(process.env.DSQL_PORT),
        user: "admin",
        database: "postgres",
        password: () => signer.getDbConnectAdminAuthToken(), // a new one for each connection
        ssl: "verify-full",
        ...options,
    });
}

// Calls the function with the number of the attempt until it does not conflict. Returns that number.
async function repeatOnConflict(run) {
    for (let attempt = 1; ; ++attempt) {
        try {
            await run(attempt);
            return attempt;
        } catch (error) {
            if (error.code !== "40001" || attempt === 100) {
                throw error;
            }
        }
    }
}

async function queries(sql) {
    const [row] = await sql`SELECT ${6}::int * 7 AS number, ${"it's"}::text AS word`;
    assert.deepStrictEqual({ ...row }, { number: 42, word: "it's" });
    const numbers = Array.from({ length: 100 }, (_, number) => number);
    const answers = await Promise.all(numbers.map((number) => sql`SELECT ${number}::int + 1 AS next`));
    assert.deepStrictEqual(answers.map(([{ next }]) => next - 1), numbers);
    await assert.rejects(sql`SELECT 1 / ${0}::int`, { code: "22012" });
}

async function conflict(sql) {
    const attempts = await repeatOnConflict((attempt) =>
        sql.begin(async (transaction) => {
            await transaction`SELECT value FROM counters WHERE id = 1`;
            if (attempt === 1) {
                const change = () => sql`UPDATE counters SET value = value + 10 WHERE id = 1`;
                await repeatOnConflict(change);
            }
            await transaction`UPDATE counters SET value = value + 1 WHERE id = 1`;
        }),
    );
    assert.strictEqual(attempts, 2);
    const [{ value }] = await sql`SELECT value FROM counters WHERE id = ${1}`;
    assert.strictEqual(value, 11);
}

async function manyRows(sql) {
    const rows = Array.from({ length: 98 }, (_, number) => ({ id: number + 2, value: 0 }));
    await repeatOnConflict(() => sql`INSERT INTO counters ${sql(rows)}`);
    let count = 0;
    for await (const portion of sql`SELECT id FROM counters`.cursor(10)) {
        count += portion.length;
    }
    assert.strictEqual(count, 99);
    const lines = Array.from({ length: 100 }, (_, number) => `${number + 100}\t5\n`);
    await pipeline(Readable.from(lines), await sql`COPY counters FROM STDIN`.writable());
    const [{ sum }] = await sql`SELECT sum(value)::int FROM counters WHERE id >= 100`;
    assert.strictEqual(sum, 500);
}

// All connections of the pool change the same row.
async function collide(sql) {
    const addOne = () => repeatOnConflict(() => sql`UPDATE counters SET value = value + 1 WHERE id = 2`);
    await Promise.all(Array.from({ length: 20 }, addOne));
    const [{ value }] = await sql`SELECT value FROM counters WHERE id = 2`;
    assert.strictEqual(value, 20);
}

async function main() {
    const sql = connect({ max: 4 });
    await queries(sql);
    await sql`CREATE TABLE counters (id int PRIMARY KEY, value int NOT NULL)`;
    await repeatOnConflict(() => sql`INSERT INTO counters VALUES (1, 0)`);
    await conflict(sql);
    await manyRows(sql);
    await collide(sql);
    await sql.end();
    await assert.rejects(connect({ password: "no-token" })`SELECT 1`, { code: "08006" });
}

main();
