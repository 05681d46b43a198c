// SPDX-License-Identifier: Apache-2.0
// Clients of Node.js that know nothing of IAM, through `dsql proxy`: proxy_client.cjs node_postgres|postgresjs.
'use strict';

const assert = require('assert');

const options = {
  host: '127.0.0.1',
  port: Number(process.env.PROXY_PORT),
  user: 'admin',
  password: process.env.PROXY_PASSWORD,
  database: 'postgres',
};

const numbers = Array.from({ length: 300 }, (_, i) => i);

// postgres.js sends the queries of one connection as a pipeline.
async function usePostgresJs() {
  const sql = require('postgres')({ ...options, max: 2, connection: { statement_timeout: 30_000 } });
  const rows = await Promise.all(numbers.map((number) => sql`SELECT ${number}::int AS number`));
  assert.deepStrictEqual(rows.map(([row]) => row.number), numbers);
  await sql.begin('ISOLATION LEVEL READ COMMITTED', async (transaction) => {
    assert.strictEqual((await transaction`SELECT ${'it\'s'} AS word`)[0].word, "it's");
  });
  await assert.rejects(sql`SELECT 1 / ${0}::int`, { code: '22012' });
  await sql.end();
}

async function useNodePostgres() {
  const { Pool } = require('pg');
  const pool = new Pool({ ...options, max: 2, statement_timeout: 30_000, keepAlive: true });
  const results = await Promise.all(
    numbers.map((number) => pool.query({ name: 'echo', text: 'SELECT $1::int AS number', values: [number] })));
  assert.deepStrictEqual(results.map(({ rows }) => rows[0].number), numbers);
  const locked = await pool.query('SELECT pg_try_advisory_lock($1)', [7]);
  assert.deepStrictEqual(locked.rows, [{ pg_try_advisory_lock: true }]);
  await assert.rejects(pool.query('SELECT 1 / $1::int', [0]), { code: '22012' });
  await pool.end();
}

(process.argv[2] === 'node_postgres' ? useNodePostgres() : usePostgresJs()).catch((error) => {
  console.error(error);
  process.exit(1);
});
