// SPDX-License-Identifier: Apache-2.0
#include "postgres/version_schema.hpp"

namespace dsql_local {

std::string_view version_schema_sql() {
    return R"sql(
DO $body$
BEGIN
    IF to_regproc('pg_catalog.dsql_local_version') IS NULL THEN
        ALTER FUNCTION pg_catalog.version() RENAME TO dsql_local_version;
        ALTER FUNCTION pg_catalog.current_setting(text) RENAME TO dsql_local_setting;
        ALTER FUNCTION pg_catalog.current_setting(text, boolean) RENAME TO dsql_local_setting;
    END IF;
END
$body$;

CREATE OR REPLACE PROCEDURE pg_catalog.dsql_local_take_snapshot() LANGUAGE sql AS '';

CREATE OR REPLACE FUNCTION pg_catalog.version() RETURNS text LANGUAGE sql STABLE AS $body$
SELECT CASE WHEN pg_catalog.dsql_local_setting('dsql_local.dialect', true) = 'dsql' THEN 'PostgreSQL 16'
            ELSE pg_catalog.dsql_local_version() END
$body$;

CREATE FUNCTION pg_catalog.dsql_local_shown_setting(name text) RETURNS text LANGUAGE sql STABLE AS $body$
SELECT CASE WHEN pg_catalog.dsql_local_setting('dsql_local.dialect', true) = 'dsql' THEN
    CASE pg_catalog.lower(name) WHEN 'server_version' THEN '16.15'
                                WHEN 'server_version_num' THEN '160015'
                                WHEN 'max_connections' THEN '20' END END
$body$;

CREATE OR REPLACE FUNCTION pg_catalog.current_setting(text) RETURNS text LANGUAGE sql STABLE AS $body$
SELECT coalesce(pg_catalog.dsql_local_shown_setting($1), pg_catalog.dsql_local_setting($1))
$body$;

CREATE OR REPLACE FUNCTION pg_catalog.current_setting(text, boolean) RETURNS text LANGUAGE sql STABLE AS $body$
SELECT coalesce(pg_catalog.dsql_local_shown_setting($1), pg_catalog.dsql_local_setting($1, $2))
$body$;

CREATE PROCEDURE pg_catalog.dsql_local_show_server_version(INOUT server_version text DEFAULT '16.15')
LANGUAGE sql AS 'SELECT $1';

CREATE PROCEDURE pg_catalog.dsql_local_show_server_version_num(INOUT server_version_num text DEFAULT '160015')
LANGUAGE sql AS 'SELECT $1';

CREATE PROCEDURE pg_catalog.dsql_local_show_max_connections(INOUT max_connections text DEFAULT '20')
LANGUAGE sql AS 'SELECT $1';

CREATE PROCEDURE pg_catalog.dsql_local_show_disable_sync_create_index(INOUT disable_sync_create_index text DEFAULT NULL)
LANGUAGE sql AS $body$
SELECT coalesce(nullif(pg_catalog.current_setting('dsql_local.disable_sync_create_index', true), ''), 'on')
$body$;

CREATE PROCEDURE pg_catalog.dsql_local_alter_table(statement text, table_name text, columns text[], constraints text[])
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
}

}  // namespace dsql_local
