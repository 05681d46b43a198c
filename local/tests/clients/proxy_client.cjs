// SPDX-License-Identifier: Apache-2.0
// Clients of Node.js that know nothing of IAM, through `dsql proxy`: proxy_client.cjs postgres|pg.
'use strict';

const assert = require('assert');

const options = {
  host: '127.0.0.1',
  port: Number(process.env.PROXY_PORT),
  user: 'admin',
  password: process.env.PROXY_PASSWORD,
  database: 'postgres',
};

async function usePostgresJs() {
  const sql = require('postgres')(options);
  const [row] = await sql`SELECT ${7}::int AS number`;
  assert.strictEqual(row.number, 7);
  await sql.end();
}

async function useNodePostgres() {
  const client = new (require('pg').Client)({ ...options, statement_timeout: 30_000 });
  await client.connect();
  const { rows } = await client.query('SELECT $1::int AS number', [7]);
  assert.strictEqual(rows[0].number, 7);
  await client.end();
}

(process.argv[2] === 'pg' ? useNodePostgres() : usePostgresJs()).catch((error) => {
  console.error(error);
  process.exit(1);
});
