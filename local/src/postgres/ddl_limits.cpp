// SPDX-License-Identifier: Apache-2.0
#include "postgres/ddl_limits.hpp"

namespace dsql_local {

std::string_view ddl_limits_sql() {
    return R"sql(
CREATE FUNCTION pg_catalog.dsql_local_is_own_schema(namespace oid) RETURNS boolean LANGUAGE sql STABLE AS $body$
SELECT namespace::regnamespace::text !~ '^(pg_|information_schema$|sys$)'
$body$;

CREATE FUNCTION pg_catalog.dsql_local_find_broken_limit(changed oid[]) RETURNS TABLE (code text, problem text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $body$
SELECT '54011', format('tables can have at most %s columns', dsql_local_limit('column'))
  FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
 WHERE attrelid = ANY (changed) AND relkind IN ('r', 'p') AND attnum > 0 AND NOT attisdropped
 GROUP BY attrelid HAVING count(*) > dsql_local_limit('column')
UNION ALL
SELECT '54011', format('more than %s column keys in an index are not supported', dsql_local_limit('key_column'))
  FROM pg_index
 WHERE (indrelid = ANY (changed) OR indexrelid = ANY (changed)) AND indnkeyatts > dsql_local_limit('key_column')
UNION ALL
SELECT '54000', format('more than %s indexes per table are not allowed', dsql_local_limit('index'))
  FROM pg_index
 WHERE indrelid = ANY (changed || ARRAY(SELECT indrelid FROM pg_index WHERE indexrelid = ANY (changed)))
 GROUP BY indrelid HAVING count(*) > dsql_local_limit('index')
UNION ALL
SELECT '54000', format('more than %s extended statistics per table are not allowed', dsql_local_limit('statistics'))
  FROM pg_statistic_ext
 WHERE stxrelid IN (SELECT stxrelid FROM pg_statistic_ext WHERE oid = ANY (changed))
 GROUP BY stxrelid HAVING count(*) > dsql_local_limit('statistics')
UNION ALL
SELECT '54000', format('more than %s schemas not allowed', dsql_local_limit('schema'))
  FROM pg_namespace
 WHERE dsql_local_is_own_schema(oid) AND nspname <> 'public'
HAVING count(*) > dsql_local_limit('schema') AND bool_or(oid = ANY (changed))
UNION ALL
SELECT '54000', format('creating more than %s %ss not allowed', dsql_local_limit(kind), kind)
  FROM pg_class JOIN (VALUES ('r', 'table'), ('p', 'table'), ('v', 'view'), ('S', 'sequence')) AS kinds (relkind, kind)
       ON kinds.relkind = pg_class.relkind
 WHERE dsql_local_is_own_schema(relnamespace)
 GROUP BY kind HAVING count(*) > dsql_local_limit(kind) AND bool_or(oid = ANY (changed))
LIMIT 1
$body$;

CREATE FUNCTION pg_catalog.dsql_local_check_ddl() RETURNS event_trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    broken record;
BEGIN
    IF session_user = 'pg_dsql_local' THEN
        RETURN;
    END IF;
    SELECT * INTO broken
      FROM dsql_local_find_broken_limit(ARRAY(SELECT objid FROM pg_event_trigger_ddl_commands()));
    IF FOUND THEN
        RAISE EXCEPTION '%', broken.problem USING ERRCODE = broken.code;
    END IF;
END
$body$;

CREATE EVENT TRIGGER dsql_local_limits ON ddl_command_end
WHEN TAG IN ('CREATE TABLE', 'CREATE TABLE AS', 'SELECT INTO', 'ALTER TABLE', 'CREATE INDEX', 'CREATE SCHEMA',
             'CREATE VIEW', 'CREATE SEQUENCE', 'CREATE STATISTICS')
EXECUTE FUNCTION pg_catalog.dsql_local_check_ddl();

CREATE FUNCTION pg_catalog.dsql_local_refuse_command() RETURNS event_trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
        RAISE EXCEPTION 'unsupported statement: %', replace(initcap(tg_tag), ' ', '') USING ERRCODE = '0A000';
    END IF;
END
$body$;

CREATE EVENT TRIGGER dsql_local_refused_commands ON ddl_command_start
WHEN TAG IN ('CREATE EXTENSION', 'ALTER EXTENSION', 'CREATE LANGUAGE', 'CREATE PUBLICATION')
EXECUTE FUNCTION pg_catalog.dsql_local_refuse_command();

CREATE FUNCTION pg_catalog.dsql_local_keep_triggers() RETURNS event_trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    dropped text;
BEGIN
    SELECT object_identity INTO dropped FROM pg_event_trigger_dropped_objects()
     WHERE object_type = 'trigger' AND object_identity ~ '^dsql_local_(insert|update|delete) on ';
    IF FOUND THEN
        RAISE EXCEPTION 'permission denied to drop trigger %', dropped USING ERRCODE = '42501';
    END IF;
END
$body$;

CREATE EVENT TRIGGER dsql_local_kept_triggers ON sql_drop
WHEN TAG IN ('DROP TRIGGER')
EXECUTE FUNCTION pg_catalog.dsql_local_keep_triggers();

ALTER EXTENSION plpgsql ADD EVENT TRIGGER dsql_local_new_tables;

ALTER EXTENSION plpgsql ADD EVENT TRIGGER dsql_local_limits;

ALTER EXTENSION plpgsql ADD EVENT TRIGGER dsql_local_refused_commands;

ALTER EXTENSION plpgsql ADD EVENT TRIGGER dsql_local_kept_triggers;

-- PostgreSQL has no row security on its catalogs. So clients read a table that inherits the rows of the real one, and
-- gets an OID that PostgreSQL does not take for one of its own.
DO $body$
BEGIN
    IF to_regclass('pg_catalog.dsql_local_event_trigger') IS NOT NULL THEN
        RETURN;
    END IF;
    WHILE pg_nextoid('pg_class', 'oid', 'pg_class_oid_index') < 16384 LOOP
    END LOOP;
    ALTER TABLE pg_catalog.pg_event_trigger RENAME TO dsql_local_event_trigger;
    CREATE TABLE pg_catalog.pg_event_trigger (LIKE pg_catalog.dsql_local_event_trigger);
    ALTER TABLE pg_catalog.dsql_local_event_trigger INHERIT pg_catalog.pg_event_trigger;
    REVOKE SELECT ON pg_catalog.dsql_local_event_trigger FROM PUBLIC;
    GRANT SELECT ON pg_catalog.pg_event_trigger TO PUBLIC;
    ALTER TABLE pg_catalog.pg_event_trigger ENABLE ROW LEVEL SECURITY;
    CREATE POLICY dsql_local_hidden ON pg_catalog.pg_event_trigger USING (evtname !~ '^dsql_local_');
END
$body$;

)sql";
}

}  // namespace dsql_local
