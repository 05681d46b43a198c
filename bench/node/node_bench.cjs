// SPDX-License-Identifier: Apache-2.0
// Measures AWS's connector for node-postgres, and postgres.js with AWS's token signer, with the statements of
// dsql_async_bench, so that the figures can be compared: queries a second and the client's processor time for each, for
// different numbers of connections and callers, and the time that a token takes.
//
//     scripts/setup --test     # installs both in .deps/npm
//     build/release/bin/dsql-local run --no-limits -- node bench/node/node_bench.cjs
//
// CLUSTER_ENDPOINT, DSQL_PORT and DSQL_HOST_ADDRESS, which dsql-local sets, say where to log in.
const dns = require("node:dns");
const fs = require("node:fs");
const path = require("node:path");

const modules = process.env.NODE_PATH ?? path.join(__dirname, "../../.deps/npm/node_modules");
const load = (name) => require(require.resolve(name, { paths: [modules] }));
const { AuroraDSQLPool } = load("@aws/aurora-dsql-node-postgres-connector");
const { DsqlSigner } = load("@aws-sdk/dsql-signer");
const postgres = load("postgres");

const host = process.env.CLUSTER_ENDPOINT;
const port = Number(process.env.DSQL_PORT ?? 5432);
const ssl = process.env.PGSSLROOTCERT ? { ca: fs.readFileSync(process.env.PGSSLROOTCERT), servername: host } : true;
const text = "SELECT $1::bigint AS number";
const seconds = 3;

// The stand-in endpoint's name is in no name server.
const address = process.env.DSQL_HOST_ADDRESS;
if (address) {
    dns.lookup = (_name, options, callback) => {
        const done = callback ?? options;
        return options?.all ? done(null, [{ address, family: 4 }]) : done(null, address, 4);
    };
}

function nodePostgres(connections) {
    const pool = new AuroraDSQLPool({ host, port, ssl, user: "admin", max: connections, idleTimeoutMillis: 0 });
    return {
        query: (number) => pool.query({ name: "one", text, values: [number] }),
        end: () => pool.end(),
    };
}

function postgresJs(connections) {
    const signer = new DsqlSigner({ hostname: host });
    const password = () => signer.getDbConnectAdminAuthToken();
    const sql = postgres({ host, port, ssl, user: "admin", database: "postgres", password, max: connections });
    return { query: (number) => sql`SELECT ${number}::bigint AS number`, end: () => sql.end() };
}

async function measure(client, callers) {
    const statistics = { queries: 0 };
    let until = 0;
    const call = async () => {
        while (performance.now() < until) {
            await client.query(++statistics.queries);
        }
    };
    until = performance.now() + 1000; // connections are opened, statements prepared, code compiled
    await Promise.all(Array.from({ length: callers }, call));
    statistics.queries = 0;
    const processor = process.cpuUsage();
    const started = performance.now();
    until = started + seconds * 1000;
    await Promise.all(Array.from({ length: callers }, call));
    const took = (performance.now() - started) / 1000;
    const used = process.cpuUsage(processor);
    return { rate: statistics.queries / took, processor: (used.user + used.system) / statistics.queries };
}

async function measureTokens() {
    const signer = new DsqlSigner({ hostname: host });
    const sign = async (count) => {
        for (let i = 0; i < count; ++i) {
            await signer.getDbConnectAdminAuthToken();
        }
    };
    await sign(2000);
    const count = 20_000;
    const started = performance.now();
    await sign(count);
    console.log(`a token by AWS's signer: ${(((performance.now() - started) * 1000) / count).toFixed(1)} us`);
}

async function main() {
    await measureTokens();
    for (const [connections, callers] of [[1, 1], [8, 8], [8, 64], [8, 512], [64, 1000], [64, 10_000]]) {
        console.log(`${connections} connections, ${callers} callers`);
        for (const [name, make] of [["node-postgres", nodePostgres], ["postgres.js", postgresJs]]) {
            const client = make(connections);
            const { rate, processor } = await measure(client, callers);
            const queries = rate.toFixed(0).padStart(8);
            const time = processor.toFixed(1).padStart(6);
            console.log(`    ${name.padEnd(14)} ${queries} queries/s  processor ${time} us`);
            await client.end();
        }
    }
}

main().catch((failure) => {
    console.error("node_bench:", failure);
    process.exitCode = 1;
});
