// SPDX-License-Identifier: Apache-2.0
#include "postgres/cluster_schema.hpp"

#include "postgres/transaction_row_limit.hpp"

namespace dsql_local {

namespace {

constexpr std::string_view schemas = R"sql(
CREATE OR REPLACE PROCEDURE pg_catalog.dsql_local_take_snapshot() LANGUAGE sql AS '';

DROP SCHEMA IF EXISTS dsql_local, sys CASCADE;

CREATE SCHEMA dsql_local;

CREATE SCHEMA sys;

GRANT USAGE ON SCHEMA dsql_local, sys TO PUBLIC;

)sql";

constexpr std::string_view jobs_and_roles = R"sql(
CREATE TABLE dsql_local.jobs (
    job_id text PRIMARY KEY,
    job_type text NOT NULL,
    object_id oid,
    object_name text,
    failure text,
    start_time timestamptz NOT NULL,
    end_time timestamptz NOT NULL
);

CREATE VIEW sys.jobs AS
SELECT job_id,
       CASE WHEN clock_timestamp() < start_time + (end_time - start_time) / 5 THEN 'submitted'
            WHEN clock_timestamp() < end_time THEN 'processing'
            WHEN failure IS NULL THEN 'completed'
            ELSE 'failed' END AS status,
       CASE WHEN clock_timestamp() >= end_time THEN failure END AS details,
       job_type,
       'pg_class'::regclass::oid AS class_id,
       object_id,
       object_name,
       start_time,
       least(clock_timestamp(), end_time) AS update_time
  FROM dsql_local.jobs;

GRANT SELECT ON sys.jobs TO PUBLIC;

CREATE FUNCTION dsql_local.add_job(kind text, relation oid, failure text) RETURNS text
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $body$
INSERT INTO dsql_local.jobs
SELECT (SELECT string_agg(substr('abcdefghijklmnopqrstuvwxyz234567', 1 + floor(random() * 32)::int, 1), '')
          FROM generate_series(1, 26)),
       kind, relation, relation::regclass::text, failure, moment,
       moment + make_interval(secs => current_setting('dsql_local.job_time')::float8)
  FROM clock_timestamp() AS moment
RETURNING job_id
$body$;

CREATE PROCEDURE dsql_local.create_index(statement text, table_name text, INOUT job_id text DEFAULT NULL)
LANGUAGE plpgsql SET lock_timeout = 0 AS $body$
DECLARE
    before oid;
    built oid;
    failure text;
BEGIN
    SELECT pg_catalog.max(indexrelid) INTO before
      FROM pg_catalog.pg_index WHERE indrelid = pg_catalog.to_regclass(table_name);
    BEGIN
        EXECUTE statement;
    EXCEPTION WHEN unique_violation THEN
        failure := SQLERRM;
    END;
    SELECT pg_catalog.max(indexrelid) INTO built
      FROM pg_catalog.pg_index WHERE indrelid = pg_catalog.to_regclass(table_name);
    job_id := dsql_local.add_job('INDEX_BUILD', nullif(built, before), failure);
END
$body$;

CREATE PROCEDURE dsql_local.validate_constraint(statement text, table_name text, INOUT job_id text DEFAULT NULL)
LANGUAGE plpgsql SET lock_timeout = 0 AS $body$
DECLARE
    failure text;
BEGIN
    BEGIN
        EXECUTE statement;
    EXCEPTION WHEN foreign_key_violation OR check_violation THEN
        failure := SQLERRM;
    END;
    job_id := dsql_local.add_job('VALIDATE', pg_catalog.to_regclass(table_name), failure);
END
$body$;

CREATE PROCEDURE sys.wait_for_job(id text, INOUT is_built boolean DEFAULT NULL)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $body$
DECLARE
    job dsql_local.jobs;
BEGIN
    IF id IS NULL OR id !~ '^[a-z2-7]{26}$' THEN
        RAISE EXCEPTION 'Unable to convert text to UUID' USING ERRCODE = '22P02';
    END IF;
    SELECT * INTO job FROM dsql_local.jobs WHERE job_id = id;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'job "%" does not exist', id USING ERRCODE = '22023';
    END IF;
    PERFORM pg_sleep(greatest(extract(epoch FROM job.end_time - clock_timestamp())::float8, 0));
    is_built := job.failure IS NULL;
END
$body$;

DROP ROLE IF EXISTS dsql_local_granted;

CREATE ROLE dsql_local_granted;

CREATE TABLE dsql_local.role_mappings (
    iam_oid int GENERATED ALWAYS AS IDENTITY (START 16384),
    arn text,
    pg_role_oid oid,
    grantor_pg_role_oid oid NOT NULL,
    PRIMARY KEY (arn, pg_role_oid)
);

CREATE VIEW sys.iam_pg_role_mappings AS
SELECT mapping.iam_oid::oid,
       mapping.arn,
       mapping.pg_role_oid,
       role.rolname::text AS pg_role_name,
       mapping.grantor_pg_role_oid,
       grantor.rolname::text AS grantor_pg_role_name
  FROM dsql_local.role_mappings AS mapping
  JOIN pg_roles AS role ON role.oid = mapping.pg_role_oid
  LEFT JOIN pg_roles AS grantor ON grantor.oid = mapping.grantor_pg_role_oid;

GRANT SELECT ON sys.iam_pg_role_mappings TO PUBLIC;

CREATE PROCEDURE dsql_local.grant_iam_role(role_name text, arn text)
LANGUAGE plpgsql SET client_min_messages = warning AS $body$
BEGIN
    INSERT INTO dsql_local.role_mappings (arn, pg_role_oid, grantor_pg_role_oid)
    VALUES (arn, role_name::regrole, pg_catalog.quote_ident(current_user)::regrole)
    ON CONFLICT DO NOTHING;
    EXECUTE pg_catalog.format('GRANT dsql_local_granted TO %s', role_name::regrole);
END
$body$;

CREATE PROCEDURE dsql_local.revoke_iam_role(role_name text, arn text)
LANGUAGE plpgsql SET client_min_messages = warning AS $body$
BEGIN
    DELETE FROM dsql_local.role_mappings AS mapping
     WHERE mapping.pg_role_oid = role_name::regrole AND mapping.arn = revoke_iam_role.arn;
    IF NOT EXISTS (SELECT FROM dsql_local.role_mappings AS mapping
                    WHERE mapping.pg_role_oid = role_name::regrole) THEN
        EXECUTE pg_catalog.format('REVOKE dsql_local_granted FROM %s', role_name::regrole);
    END IF;
END
$body$;

REVOKE EXECUTE ON PROCEDURE dsql_local.grant_iam_role(text, text), dsql_local.revoke_iam_role(text, text) FROM PUBLIC;

)sql";

// What SHOW and functions tell about the server, and ALTER TABLE with DROP. Outside the dialect of
// DSQL, the functions give PostgreSQL's own answers.
constexpr std::string_view dsql_behavior = R"sql(
DO $body$
BEGIN
    IF to_regproc('pg_catalog.dsql_local_version') IS NULL THEN
        ALTER FUNCTION pg_catalog.version() RENAME TO dsql_local_version;
        ALTER FUNCTION pg_catalog.current_setting(text) RENAME TO dsql_local_setting;
        ALTER FUNCTION pg_catalog.current_setting(text, boolean) RENAME TO dsql_local_setting;
    END IF;
END
$body$;

CREATE OR REPLACE FUNCTION pg_catalog.version() RETURNS text LANGUAGE sql STABLE AS $body$
SELECT CASE WHEN pg_catalog.dsql_local_setting('dsql_local.dialect', true) = 'dsql' THEN 'PostgreSQL 16'
            ELSE pg_catalog.dsql_local_version() END
$body$;

CREATE FUNCTION dsql_local.shown_setting(name text) RETURNS text LANGUAGE sql STABLE AS $body$
SELECT CASE WHEN pg_catalog.dsql_local_setting('dsql_local.dialect', true) = 'dsql' THEN
    CASE pg_catalog.lower(name) WHEN 'server_version' THEN '16.15'
                                WHEN 'server_version_num' THEN '160015'
                                WHEN 'max_connections' THEN '20' END END
$body$;

CREATE OR REPLACE FUNCTION pg_catalog.current_setting(text) RETURNS text LANGUAGE sql STABLE AS $body$
SELECT coalesce(dsql_local.shown_setting($1), pg_catalog.dsql_local_setting($1))
$body$;

CREATE OR REPLACE FUNCTION pg_catalog.current_setting(text, boolean) RETURNS text LANGUAGE sql STABLE AS $body$
SELECT coalesce(dsql_local.shown_setting($1), pg_catalog.dsql_local_setting($1, $2))
$body$;

CREATE PROCEDURE dsql_local.show_server_version(INOUT server_version text DEFAULT '16.15')
LANGUAGE sql AS 'SELECT $1';

CREATE PROCEDURE dsql_local.show_server_version_num(INOUT server_version_num text DEFAULT '160015')
LANGUAGE sql AS 'SELECT $1';

CREATE PROCEDURE dsql_local.show_max_connections(INOUT max_connections text DEFAULT '20')
LANGUAGE sql AS 'SELECT $1';

CREATE PROCEDURE dsql_local.show_disable_sync_create_index(INOUT disable_sync_create_index text DEFAULT NULL)
LANGUAGE sql AS $body$
SELECT coalesce(nullif(pg_catalog.current_setting('dsql_local.disable_sync_create_index', true), ''), 'on')
$body$;

CREATE PROCEDURE dsql_local.alter_table(statement text, table_name text, columns text[], constraints text[])
LANGUAGE plpgsql AS $body$
DECLARE
    dropped text;
BEGIN
    SELECT attname INTO dropped
      FROM pg_catalog.pg_index JOIN pg_catalog.pg_attribute ON attrelid = indrelid AND attnum = ANY (indkey)
     WHERE indrelid = pg_catalog.to_regclass(table_name) AND indisprimary AND attname = ANY (columns);
    IF FOUND THEN
        RAISE EXCEPTION 'cannot drop primary key column %', dropped USING ERRCODE = '0A000';
    END IF;
    IF EXISTS (SELECT FROM pg_catalog.pg_constraint
                WHERE conrelid = pg_catalog.to_regclass(table_name) AND contype = 'p'
                  AND conname = ANY (constraints)) THEN
        RAISE EXCEPTION 'unsupported ALTER TABLE DROP CONSTRAINT statement' USING ERRCODE = '0A000';
    END IF;
    EXECUTE statement;
END
$body$;

)sql";

}  // namespace

std::string cluster_schema_sql() {
    std::string sql(schemas);
    return sql.append(transaction_row_limit_sql()).append(jobs_and_roles).append(dsql_behavior);
}

}  // namespace dsql_local
