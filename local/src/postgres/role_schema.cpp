// SPDX-License-Identifier: Apache-2.0
#include "postgres/role_schema.hpp"

namespace dsql_local {

std::string_view role_schema_sql() {
    return R"sql(
DO $body$ DECLARE
    statement text;
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'pg_dsql_local') THEN
        RETURN;
    END IF;
    UPDATE pg_authid SET rolname = 'pg_dsql_local' WHERE oid = 10;
    CREATE ROLE admin LOGIN CREATEROLE;
    FOR statement IN
        SELECT format('ALTER SCHEMA %I OWNER TO admin', nspname) FROM pg_namespace
         WHERE nspowner = 10 AND nspname !~ '^pg_' AND nspname NOT IN ('information_schema', 'sys', 'dsql_local')
        UNION ALL
        SELECT format('ALTER TABLE %s OWNER TO admin', oid::regclass) FROM pg_class AS relation
         WHERE relowner = 10 AND oid >= 16384 AND relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
           AND relnamespace::regnamespace::text !~ '^(pg_|information_schema$|sys$|dsql_local$)'
           AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = relation.oid
                              AND refobjsubid > 0 AND deptype IN ('a', 'i'))
        UNION ALL
        SELECT format('ALTER ROUTINE %s OWNER TO admin', oid::regprocedure) FROM pg_proc
         WHERE proowner = 10 AND oid >= 16384
           AND pronamespace::regnamespace::text !~ '^(pg_|information_schema$|sys$|dsql_local$)'
        UNION ALL
        SELECT format('ALTER TYPE %s OWNER TO admin', oid::regtype) FROM pg_type
         WHERE typowner = 10 AND oid >= 16384 AND typtype IN ('d', 'e', 'r') AND typelem = 0
           AND typnamespace::regnamespace::text !~ '^(pg_|information_schema$|sys$|dsql_local$)'
    LOOP
        EXECUTE statement;
    END LOOP;
END $body$;

UPDATE pg_authid SET rolsuper = true WHERE rolname ~ '^pg_' AND rolname <> 'pg_database_owner';

ALTER DATABASE postgres OWNER TO admin;

CREATE TABLE IF NOT EXISTS pg_catalog.dsql_local_role_mappings (
    iam_oid int GENERATED ALWAYS AS IDENTITY (START 16384),
    arn text,
    pg_role_oid oid,
    grantor_pg_role_oid oid NOT NULL,
    PRIMARY KEY (arn, pg_role_oid)
);

DO $body$ DECLARE
    statement text;
BEGIN
    IF to_regclass('dsql_local.role_mappings') IS NOT NULL THEN
        EXECUTE 'INSERT INTO dsql_local_role_mappings (arn, pg_role_oid, grantor_pg_role_oid) '
                'SELECT arn, pg_role_oid, CASE grantor_pg_role_oid WHEN 10 THEN ''admin''::regrole '
                '                         ELSE grantor_pg_role_oid END '
                'FROM dsql_local.role_mappings';
    END IF;
    DROP SCHEMA IF EXISTS dsql_local, sys CASCADE;
    DROP ROLE IF EXISTS dsql_local_granted;
    FOR statement IN
        SELECT format('ALTER EXTENSION plpgsql DROP EVENT TRIGGER %I', evtname) ||
               format('; DROP EVENT TRIGGER %I', evtname)
          FROM pg_event_trigger WHERE evtname ~ '^dsql_local_'
    LOOP
        EXECUTE statement;
    END LOOP;
    LOOP
        SELECT format('DROP ROUTINE %s CASCADE', oid::regprocedure) INTO statement
          FROM pg_proc WHERE oid >= 12000 AND pronamespace = 'pg_catalog'::regnamespace AND proname ~ '^dsql_local_'
         LIMIT 1;
        EXIT WHEN NOT FOUND;
        EXECUTE statement;
    END LOOP;
END $body$;

CREATE SCHEMA sys;

GRANT USAGE ON SCHEMA sys TO PUBLIC;

)sql";
}

}  // namespace dsql_local
