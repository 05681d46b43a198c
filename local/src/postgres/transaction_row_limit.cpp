// SPDX-License-Identifier: Apache-2.0
#include "postgres/transaction_row_limit.hpp"

namespace dsql_local {

std::string_view transaction_row_limit_sql() {
    return R"sql(
CREATE FUNCTION dsql_local.count_rows() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE
    most CONSTANT bigint := pg_catalog.current_setting('dsql_local.transaction_row_limit');
    total bigint;
BEGIN
    IF most > 0 THEN
        SELECT pg_catalog.count(*) + coalesce(nullif(
                   pg_catalog.current_setting('dsql_local.transaction_rows', true), ''), '0')::bigint
          INTO total FROM dsql_local_changed;
        IF total > most THEN
            RAISE EXCEPTION 'transaction row limit exceeded' USING ERRCODE = '54000';
        END IF;
        PERFORM pg_catalog.set_config('dsql_local.transaction_rows', total::text, true);
    END IF;
    RETURN NULL;
END
$body$;

CREATE FUNCTION dsql_local.watch_table(watched regclass) RETURNS void LANGUAGE plpgsql AS $body$
DECLARE
    change record;
BEGIN
    FOR change IN VALUES ('INSERT', 'NEW'), ('UPDATE', 'NEW'), ('DELETE', 'OLD') LOOP
        EXECUTE pg_catalog.format(
            'CREATE TRIGGER dsql_local_%s AFTER %s ON %s REFERENCING %s TABLE AS dsql_local_changed '
            'FOR EACH STATEMENT EXECUTE FUNCTION dsql_local.count_rows()',
            pg_catalog.lower(change.column1), change.column1, watched, change.column2);
    END LOOP;
END
$body$;

CREATE FUNCTION dsql_local.watch_new_tables() RETURNS event_trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog AS $body$
BEGIN
    IF current_setting('dsql_local.transaction_row_limit') <> '0' THEN
        -- One statement can be several commands about one table: a foreign key is one of its own.
        PERFORM dsql_local.watch_table(relation.oid)
           FROM pg_class AS relation
          WHERE relation.oid IN (SELECT objid FROM pg_event_trigger_ddl_commands()
                                  WHERE classid = 'pg_class'::regclass)
            AND relation.relkind IN ('r', 'p')
            AND NOT EXISTS (SELECT FROM pg_trigger
                             WHERE tgrelid = relation.oid AND tgname = 'dsql_local_insert');
    END IF;
END
$body$;

REVOKE EXECUTE ON FUNCTION dsql_local.watch_table(regclass) FROM PUBLIC;

CREATE EVENT TRIGGER dsql_local_new_tables ON ddl_command_end
WHEN TAG IN ('CREATE TABLE', 'CREATE TABLE AS', 'SELECT INTO', 'CREATE SCHEMA')
EXECUTE FUNCTION dsql_local.watch_new_tables();

)sql";
}

}  // namespace dsql_local
