// SPDX-License-Identifier: Apache-2.0
#include "postgres/write_limits.hpp"

namespace dsql_local {

std::string_view write_limits_sql() {
    return R"sql(
CREATE FUNCTION pg_catalog.dsql_local_limit(name text) RETURNS bigint LANGUAGE sql STABLE AS $body$
SELECT dsql_local_setting('dsql_local.' || name || '_limit')::bigint
$body$;

CREATE FUNCTION pg_catalog.dsql_local_print_size(bytes bigint) RETURNS text LANGUAGE sql IMMUTABLE AS $body$
SELECT CASE WHEN dsql_local_limit('transaction_size') % 1048576 = 0 THEN ceil(bytes / 1048576.0) || 'mb'
            ELSE bytes || 'b' END
$body$;

CREATE FUNCTION pg_catalog.dsql_local_reject_size() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    most CONSTANT text := dsql_local_print_size(dsql_local_limit('transaction_size'));
    size CONSTANT bigint := dsql_local_setting('dsql_local.transaction_changes')::bigint & 1099511627775;
BEGIN
    RAISE EXCEPTION 'transaction size limit % exceeded', most
        USING ERRCODE = '54000',
              DETAIL = format('Current transaction size %s > %s', dsql_local_print_size(size), most);
END
$body$;

DROP TABLE IF EXISTS pg_catalog.dsql_local_oversized;

CREATE TABLE pg_catalog.dsql_local_oversized ();

CREATE CONSTRAINT TRIGGER dsql_local_size AFTER INSERT ON pg_catalog.dsql_local_oversized
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION pg_catalog.dsql_local_reject_size();

CREATE FUNCTION pg_catalog.dsql_local_fail_commit() RETURNS void LANGUAGE sql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
INSERT INTO dsql_local_oversized DEFAULT VALUES
$body$;

CREATE FUNCTION pg_catalog.dsql_local_size_query(watched oid) RETURNS text LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    selection text;
BEGIN
    WITH measured AS (
        SELECT attnum, atttypid, attlen,
               format(CASE WHEN atttypid IN ('text'::regtype, 'varchar'::regtype, 'bpchar'::regtype, 'bytea'::regtype)
                           THEN 'coalesce(pg_catalog.octet_length(changed.%I), 0)'
                           ELSE 'coalesce(pg_catalog.pg_column_size(changed.%I), 0)' END, attname) AS size
          FROM pg_attribute WHERE attrelid = watched AND attnum > 0 AND NOT attisdropped
    ), checks AS (
        SELECT 1 AS rank, format('%s > %s', size, dsql_local_limit('column_size')) AS fails,
               format('datatype limit greater than %s bytes not supported for %s', dsql_local_limit('column_size'),
                      format_type(atttypid, NULL)) AS problem
          FROM measured WHERE attlen = -1
        UNION ALL
        SELECT 2, 'pg_catalog.pg_column_size(changed) > ' || dsql_local_limit('row_size'), 'maximum row size exceeded'
        UNION ALL
        SELECT 3, format('%s > %s', string_agg(size, ' + '), dsql_local_limit('key_size')), 'key size too large'
          FROM pg_index, unnest((indkey::int2[])[0:indnkeyatts - 1]) AS key JOIN measured ON attnum = key
         WHERE indrelid = watched GROUP BY indexrelid HAVING bool_or(attlen = -1)
    )
    SELECT 'SELECT problem FROM dsql_local_changed AS changed, LATERAL (SELECT CASE' ||
           string_agg(format(' WHEN %s THEN %L', fails, problem), '' ORDER BY rank) ||
           ' END AS problem) AS found WHERE problem IS NOT NULL LIMIT 1'
      INTO selection FROM checks;
    RETURN selection;
END
$body$;

-- The setting dsql_local.transaction_changes is the number of rows times 2^40 plus the number of bytes.
CREATE FUNCTION pg_catalog.dsql_local_count_writes() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE
    before text := pg_catalog.dsql_local_setting('dsql_local.transaction_changes', true);
    total bigint;
    widest int;
    problem text;
BEGIN
    SELECT coalesce(nullif(before, ''), '0')::bigint + (pg_catalog.count(*) << 40) +
           coalesce(pg_catalog.sum(pg_catalog.pg_column_size(changed)), 0),
           pg_catalog.max(pg_catalog.pg_column_size(changed))
      INTO total, widest FROM dsql_local_changed AS changed;
    PERFORM pg_catalog.set_config('dsql_local.transaction_changes', total::text, true);
    IF total >> 40 <= pg_catalog.dsql_local_setting('dsql_local.transaction_row_limit')::bigint AND
       total & 1099511627775 <= pg_catalog.dsql_local_setting('dsql_local.transaction_size_limit')::bigint AND
       widest <= pg_catalog.dsql_local_setting('dsql_local.least_size_limit')::bigint OR widest IS NULL THEN
        RETURN NULL;
    END IF;
    IF total >> 40 > pg_catalog.dsql_local_setting('dsql_local.transaction_row_limit')::bigint THEN
        RAISE EXCEPTION 'transaction row limit exceeded' USING ERRCODE = '54000';
    END IF;
    -- Most rows are small, and most tables have no key that can be large.
    IF widest > pg_catalog.dsql_local_setting('dsql_local.least_value_limit')::bigint OR
       widest > pg_catalog.dsql_local_setting('dsql_local.key_size_limit')::bigint AND EXISTS (
           SELECT FROM pg_catalog.pg_index JOIN pg_catalog.pg_attribute
                  ON attrelid = indrelid AND attlen = -1 AND attnum = ANY ((indkey::int2[])[0:indnkeyatts - 1])
            WHERE indrelid = TG_RELID) THEN
        EXECUTE pg_catalog.dsql_local_size_query(TG_RELID) INTO problem;
        IF problem IS NOT NULL THEN
            RAISE EXCEPTION '%', problem USING ERRCODE = '54000';
        END IF;
    END IF;
    IF total & 1099511627775 > pg_catalog.dsql_local_setting('dsql_local.transaction_size_limit')::bigint THEN
        PERFORM pg_catalog.dsql_local_fail_commit();
    END IF;
    RETURN NULL;
END
$body$;

CREATE FUNCTION pg_catalog.dsql_local_count_deletes() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE
    before text := pg_catalog.dsql_local_setting('dsql_local.transaction_changes', true);
    total bigint;
BEGIN
    SELECT coalesce(nullif(before, ''), '0')::bigint + (pg_catalog.count(*) << 40) INTO total FROM dsql_local_changed;
    PERFORM pg_catalog.set_config('dsql_local.transaction_changes', total::text, true);
    IF total >> 40 > pg_catalog.dsql_local_setting('dsql_local.transaction_row_limit')::bigint THEN
        RAISE EXCEPTION 'transaction row limit exceeded' USING ERRCODE = '54000';
    END IF;
    RETURN NULL;
END
$body$;

CREATE FUNCTION pg_catalog.dsql_local_watch_table(watched regclass) RETURNS void LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    change record;
BEGIN
    FOR change IN VALUES ('insert', 'NEW', 'writes'), ('update', 'NEW', 'writes'), ('delete', 'OLD', 'deletes') LOOP
        EXECUTE format('CREATE TRIGGER dsql_local_%1$s AFTER %1$s ON %2$s REFERENCING %3$s TABLE AS dsql_local_changed '
                       'FOR EACH STATEMENT EXECUTE FUNCTION pg_catalog.dsql_local_count_%4$s()',
                       change.column1, watched, change.column2, change.column3);
    END LOOP;
    UPDATE pg_trigger SET tgisinternal = true
     WHERE tgrelid = watched AND tgfoid IN ('dsql_local_count_writes'::regproc, 'dsql_local_count_deletes'::regproc);
END
$body$;

CREATE FUNCTION pg_catalog.dsql_local_watch_new_tables() RETURNS event_trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET allow_system_table_mods = on AS $body$
BEGIN
    IF dsql_local_setting('dsql_local.watches_writes') = 'off' THEN
        RETURN;
    END IF;
    -- One statement can be several commands about one table: a foreign key is one of its own.
    PERFORM dsql_local_watch_table(relation.oid)
       FROM pg_class AS relation
      WHERE relation.oid IN (SELECT objid FROM pg_event_trigger_ddl_commands()
                              WHERE classid = 'pg_class'::regclass)
        AND relation.relkind IN ('r', 'p')
        -- DSQL has no temporary tables: what is one there is a copy of dsql_local_copy_tables().
        AND (relation.relpersistence <> 't' OR dsql_local_setting('dsql_local.dialect', true) <> 'dsql')
        AND NOT EXISTS (SELECT FROM pg_trigger
                         WHERE tgrelid = relation.oid AND tgfoid = 'dsql_local_count_writes'::regproc);
END
$body$;

CREATE EVENT TRIGGER dsql_local_new_tables ON ddl_command_end
WHEN TAG IN ('CREATE TABLE', 'CREATE TABLE AS', 'SELECT INTO', 'CREATE SCHEMA')
EXECUTE FUNCTION pg_catalog.dsql_local_watch_new_tables();

SELECT pg_catalog.dsql_local_watch_table(oid) FROM pg_class
 WHERE relkind IN ('r', 'p') AND relpersistence <> 't'
   AND relnamespace::regnamespace::text !~ '^(pg_|information_schema$|sys$)';

)sql";
}

}  // namespace dsql_local
