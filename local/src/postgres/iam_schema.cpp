// SPDX-License-Identifier: Apache-2.0
#include "postgres/iam_schema.hpp"

namespace dsql_local {

std::string_view iam_schema_sql() {
    return R"sql(
CREATE VIEW sys.iam_pg_role_mappings AS
SELECT mapping.iam_oid::oid,
       mapping.arn,
       mapping.pg_role_oid,
       role.rolname::text AS pg_role_name,
       mapping.grantor_pg_role_oid,
       grantor.rolname::text AS grantor_pg_role_name
  FROM dsql_local_role_mappings AS mapping
  JOIN pg_roles AS role ON role.oid = mapping.pg_role_oid
  LEFT JOIN pg_roles AS grantor ON grantor.oid = mapping.grantor_pg_role_oid;

GRANT SELECT ON sys.iam_pg_role_mappings TO PUBLIC;

CREATE PROCEDURE pg_catalog.dsql_local_set_iam_grant(role_name text, arn text, is_granted boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    role CONSTANT regrole := role_name::regrole;
BEGIN
    IF NOT pg_has_role(dsql_local_invoker(), 'admin', 'MEMBER') OR role::text ~ '^pg_' THEN
        RAISE EXCEPTION 'permission denied for role %', role USING ERRCODE = '42501';
    END IF;
    IF is_granted THEN
        INSERT INTO dsql_local_role_mappings (arn, pg_role_oid, grantor_pg_role_oid)
        VALUES (arn, role, quote_ident(dsql_local_invoker())::regrole)
        ON CONFLICT DO NOTHING;
    ELSE
        DELETE FROM dsql_local_role_mappings AS mapping
         WHERE mapping.pg_role_oid = role AND mapping.arn = dsql_local_set_iam_grant.arn;
    END IF;
END
$body$;

CREATE FUNCTION pg_catalog.dsql_local_may_log_in(role_name text, arn text) RETURNS boolean
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $body$
SELECT EXISTS (SELECT FROM dsql_local_role_mappings AS mapping JOIN pg_roles AS role ON role.oid = mapping.pg_role_oid
                WHERE role.rolname = role_name AND role.rolname !~ '^pg_'
                  AND (mapping.arn = dsql_local_may_log_in.arn OR dsql_local_may_log_in.arn IS NULL))
$body$;

DO $body$ DECLARE
    routine regprocedure;
BEGIN
    FOR routine IN
        SELECT oid FROM pg_proc
         WHERE oid >= 12000 AND pronamespace = 'pg_catalog'::regnamespace AND proname ~ '^dsql_local_'
           AND proname !~ '^dsql_local_(shown_setting|show_.*|alter_table|take_snapshot|copy_tables|copy_table)$'
           -- What clients reach by a procedure or a trigger checks who calls it.
           AND proname <> ALL (ARRAY['dsql_local_create_index', 'dsql_local_add_index_job',
               'dsql_local_validate_constraint', 'dsql_local_add_validation_job', 'dsql_local_job_result',
               'dsql_local_set_iam_grant', 'dsql_local_fail_commit', 'dsql_local_limit', 'dsql_local_size_query',
               'dsql_local_print_size'])
    LOOP
        EXECUTE format('REVOKE EXECUTE ON ROUTINE %s FROM PUBLIC', routine);
    END LOOP;
END $body$;

-- A dump leaves out the rights that objects of pg_catalog had from the beginning.
DO $body$ DECLARE
    own record;
BEGIN
    FOR own IN
        SELECT oid, 'pg_proc'::regclass AS catalog, proacl AS rights FROM pg_proc
         WHERE pronamespace = 'pg_catalog'::regnamespace AND proname ~ '^dsql_local_'
        UNION ALL
        SELECT oid, 'pg_class', relacl FROM pg_class
         WHERE relnamespace = 'pg_catalog'::regnamespace AND relname ~ '^(dsql_local_|pg_event_trigger$)'
    LOOP
        DELETE FROM pg_init_privs WHERE objoid = own.oid AND classoid = own.catalog AND objsubid = 0;
        INSERT INTO pg_init_privs SELECT own.oid, own.catalog, 0, 'i', own.rights WHERE own.rights IS NOT NULL;
    END LOOP;
END $body$;

)sql";
}

}  // namespace dsql_local
