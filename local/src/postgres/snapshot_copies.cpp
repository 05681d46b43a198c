// SPDX-License-Identifier: Apache-2.0
#include "postgres/snapshot_copies.hpp"

namespace dsql_local {

// It runs as the client's role: functions in the constraints and indexes of a table must not run as
// the superuser.
std::string_view snapshot_copies_sql() {
    return R"sql(
CREATE PROCEDURE pg_catalog.dsql_local_copy_table(original oid) LANGUAGE plpgsql AS $body$
DECLARE
    most_rows CONSTANT int := 100000;
    table_name text;
    copy_name text;
    columns text;
    column_name name;
    copied int;
BEGIN
    SELECT pg_catalog.format('%I.%I', nspname, relname), pg_catalog.format('pg_temp.%I', relname)
      INTO table_name, copy_name
      FROM pg_catalog.pg_class JOIN pg_catalog.pg_namespace ON pg_namespace.oid = relnamespace
     WHERE pg_class.oid = original;
    IF EXISTS (SELECT FROM pg_catalog.pg_depend
                WHERE classid IN ('pg_catalog.pg_rewrite'::regclass, 'pg_catalog.pg_proc'::regclass)
                  AND refclassid = 'pg_catalog.pg_class'::regclass AND refobjid = original) THEN
        RAISE EXCEPTION 'a view or a function reads the table %, and would not read its copy', table_name;
    END IF;
    SELECT pg_catalog.string_agg(pg_catalog.quote_ident(attname), ', ') INTO columns
      FROM pg_catalog.pg_attribute
     WHERE attrelid = original AND attnum > 0 AND NOT attisdropped AND attgenerated = '';
    EXECUTE pg_catalog.format('CREATE TEMPORARY TABLE %s (LIKE %s INCLUDING ALL EXCLUDING IDENTITY)', copy_name,
                              table_name);
    FOR column_name IN SELECT attname FROM pg_catalog.pg_attribute WHERE attrelid = original AND attidentity <> '' LOOP
        EXECUTE pg_catalog.format('ALTER TABLE %s ALTER COLUMN %I SET DEFAULT pg_catalog.nextval(%L)', copy_name,
                                  column_name, pg_catalog.pg_get_serial_sequence(table_name, column_name));
    END LOOP;
    EXECUTE pg_catalog.format('INSERT INTO %s (%s) SELECT %s FROM %s LIMIT %s + 1', copy_name, columns, columns,
                              table_name, most_rows);
    GET DIAGNOSTICS copied = ROW_COUNT;
    IF copied > most_rows THEN
        RAISE EXCEPTION 'the table % has too many rows for a copy', table_name;
    END IF;
END
$body$;

CREATE PROCEDURE pg_catalog.dsql_local_copy_tables(names text[]) LANGUAGE plpgsql AS $body$
DECLARE
    original oid;
BEGIN
    FOR original IN
        SELECT DISTINCT pg_class.oid
          FROM pg_catalog.unnest(names) AS name
          JOIN pg_catalog.pg_class ON pg_class.oid = pg_catalog.to_regclass(pg_catalog.quote_ident(name))
         WHERE relkind = 'r' AND relpersistence = 'p'
           AND relnamespace NOT IN ('pg_catalog'::regnamespace, 'sys'::regnamespace)
    LOOP
        CALL pg_catalog.dsql_local_copy_table(original);
    END LOOP;
END
$body$;
)sql";
}

}  // namespace dsql_local
