// SPDX-License-Identifier: Apache-2.0
#include "postgres/job_schema.hpp"

namespace dsql_local {

std::string_view job_schema_sql() {
    return R"sql(
CREATE FUNCTION pg_catalog.dsql_local_invoker() RETURNS name LANGUAGE sql STABLE AS $body$
SELECT CASE pg_catalog.dsql_local_setting('role') WHEN 'none' THEN session_user
            ELSE pg_catalog.dsql_local_setting('role')::name END
$body$;

CREATE TABLE IF NOT EXISTS pg_catalog.dsql_local_jobs (
    job_id text PRIMARY KEY,
    job_type text NOT NULL,
    class_id oid NOT NULL,
    object_id oid,
    object_name text,
    is_unique boolean NOT NULL,
    constraint_id oid,
    failure text,
    start_time timestamptz NOT NULL,
    due_time timestamptz NOT NULL,
    end_time timestamptz
);

CREATE VIEW sys.jobs AS
SELECT job_id,
       CASE WHEN end_time IS NOT NULL THEN CASE WHEN failure IS NULL THEN 'completed' ELSE 'failed' END
            WHEN clock_timestamp() < start_time + (due_time - start_time) / 5 THEN 'submitted'
            ELSE 'processing' END AS status,
       CASE WHEN end_time IS NOT NULL THEN failure END AS details,
       job_type,
       class_id,
       object_id,
       object_name,
       start_time,
       coalesce(end_time, clock_timestamp()) AS update_time
  FROM dsql_local_jobs;

GRANT SELECT ON sys.jobs TO PUBLIC;

CREATE FUNCTION pg_catalog.dsql_local_add_job(job_type text, object_id oid, is_unique boolean DEFAULT false,
                                              constraint_id oid DEFAULT NULL, failure text DEFAULT NULL) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    new_id CONSTANT text :=
        (SELECT string_agg(substr('abcdefghijklmnopqrstuvwxyz234567', 1 + floor(random() * 32)::int, 1), '')
           FROM generate_series(1, 25)) || substr('aeimquy4', 1 + floor(random() * 8)::int, 1);
    start_time CONSTANT timestamptz := clock_timestamp();
BEGIN
    INSERT INTO dsql_local_jobs (job_id, job_type, class_id, object_id, object_name, is_unique, constraint_id, failure,
                                 start_time, due_time)
    VALUES (new_id, job_type, 'pg_class'::regclass, object_id, object_id::regclass, is_unique, constraint_id, failure,
            start_time, start_time + make_interval(secs => dsql_local_setting('dsql_local.job_time')::float8));
    PERFORM pg_notify('dsql_local_jobs', '');
    RETURN new_id;
END
$body$;

CREATE FUNCTION pg_catalog.dsql_local_require_owner(relation oid) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_class
                    WHERE oid = relation AND pg_has_role(dsql_local_invoker(), relowner, 'MEMBER')) THEN
        RAISE EXCEPTION 'must be owner of relation %', relation::regclass USING ERRCODE = '42501';
    END IF;
END
$body$;

CREATE FUNCTION pg_catalog.dsql_local_add_index_job(index oid, is_unique boolean) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET allow_system_table_mods = on AS $body$
BEGIN
    IF index IS NOT NULL THEN
        PERFORM dsql_local_require_owner(index);
        UPDATE pg_index SET indisvalid = false WHERE indexrelid = index;
    END IF;
    RETURN dsql_local_add_job('INDEX_BUILD', index, is_unique => is_unique);
END
$body$;

CREATE PROCEDURE pg_catalog.dsql_local_create_index(statement text, table_name text, is_unique boolean,
                                                    INOUT job_id text DEFAULT NULL)
LANGUAGE plpgsql SET lock_timeout = 0 AS $body$
DECLARE
    before oid;
    built oid;
BEGIN
    SELECT pg_catalog.max(indexrelid) INTO before
      FROM pg_catalog.pg_index WHERE indrelid = pg_catalog.to_regclass(table_name);
    EXECUTE statement;
    SELECT pg_catalog.max(indexrelid) INTO built
      FROM pg_catalog.pg_index WHERE indrelid = pg_catalog.to_regclass(table_name);
    job_id := pg_catalog.dsql_local_add_index_job(nullif(built, before), is_unique);
END
$body$;

CREATE FUNCTION pg_catalog.dsql_local_find_duplicate(index regclass) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    name CONSTANT text := (SELECT relname FROM pg_class WHERE oid = index);
    definition CONSTANT text := pg_get_indexdef(index);
    beginning CONSTANT text := format('CREATE INDEX %I ON ', name);
BEGIN
    EXECUTE 'CREATE UNIQUE INDEX dsql_local_trial ON ' || substr(definition, length(beginning) + 1);
    RAISE EXCEPTION USING ERRCODE = 'DL000';
EXCEPTION
    WHEN SQLSTATE 'DL000' THEN
        RETURN NULL;
    WHEN unique_violation THEN
        RETURN format('could not create unique index "%s"', name);
END
$body$;

CREATE FUNCTION pg_catalog.dsql_local_build_index(index regclass, is_unique boolean) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET allow_system_table_mods = on AS $body$
DECLARE
    failure text;
BEGIN
    IF NOT EXISTS (SELECT FROM pg_index WHERE indexrelid = index) THEN
        RETURN 'the index was dropped';
    END IF;
    IF is_unique THEN
        failure := dsql_local_find_duplicate(index);
    END IF;
    UPDATE pg_index SET indisunique = is_unique, indisvalid = failure IS NULL, indisready = failure IS NULL
     WHERE indexrelid = index;
    RETURN failure;
END
$body$;

CREATE FUNCTION pg_catalog.dsql_local_mark_constraint(constraint_id oid, is_valid boolean) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp SET allow_system_table_mods = on AS $body$
UPDATE pg_constraint SET convalidated = is_valid WHERE oid = constraint_id
$body$;

CREATE FUNCTION pg_catalog.dsql_local_run_job() RETURNS float8
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    job dsql_local_jobs;
BEGIN
    SELECT * INTO job FROM dsql_local_jobs WHERE end_time IS NULL ORDER BY due_time LIMIT 1;
    IF NOT FOUND OR job.due_time > clock_timestamp() THEN
        RETURN extract(epoch FROM job.due_time - clock_timestamp());
    END IF;
    BEGIN
        IF job.job_type = 'INDEX_BUILD' AND job.object_id IS NOT NULL THEN
            job.failure := dsql_local_build_index(job.object_id, job.is_unique);
        ELSIF job.job_type = 'VALIDATE' AND job.failure IS NULL THEN
            PERFORM dsql_local_mark_constraint(job.constraint_id, true);
        END IF;
    EXCEPTION
        WHEN lock_not_available OR deadlock_detected OR query_canceled THEN
            UPDATE dsql_local_jobs SET due_time = clock_timestamp() + interval '20 ms' WHERE job_id = job.job_id;
            RETURN 0.02;
        WHEN OTHERS THEN
            job.failure := SQLERRM;
    END;
    UPDATE dsql_local_jobs SET failure = job.failure, end_time = clock_timestamp() WHERE job_id = job.job_id;
    RETURN 0;
END
$body$;

CREATE FUNCTION pg_catalog.dsql_local_add_validation_job(constraint_id oid, failure text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    relation CONSTANT oid := (SELECT conrelid FROM pg_constraint WHERE oid = constraint_id);
BEGIN
    PERFORM dsql_local_require_owner(relation);
    PERFORM dsql_local_mark_constraint(constraint_id, false);
    RETURN dsql_local_add_job('VALIDATE', relation, constraint_id => constraint_id, failure => failure);
END
$body$;

CREATE PROCEDURE pg_catalog.dsql_local_validate_constraint(statement text, table_name text, constraint_name text,
                                                           INOUT job_id text DEFAULT NULL)
LANGUAGE plpgsql SET lock_timeout = 0 AS $body$
DECLARE
    failure text;
BEGIN
    BEGIN
        EXECUTE statement;
    EXCEPTION WHEN foreign_key_violation OR check_violation THEN
        failure := SQLERRM;
    END;
    job_id := (SELECT pg_catalog.dsql_local_add_validation_job(oid, failure) FROM pg_catalog.pg_constraint
                WHERE conrelid = pg_catalog.to_regclass(table_name)
                  AND conname = (pg_catalog.parse_ident(constraint_name))[1]);
END
$body$;

CREATE FUNCTION pg_catalog.dsql_local_job_result(id text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    job dsql_local_jobs;
BEGIN
    IF id IS NULL OR id !~ '^[a-z2-7]{26}$' THEN
        RAISE EXCEPTION 'Unable to convert text to UUID' USING ERRCODE = '22P02';
    END IF;
    SELECT * INTO job FROM dsql_local_jobs WHERE job_id = id;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'job "%" does not exist', id USING ERRCODE = '22023';
    END IF;
    RETURN CASE WHEN job.end_time IS NOT NULL THEN job.failure IS NULL END;
END
$body$;

CREATE PROCEDURE sys.wait_for_job(id text, INOUT is_built boolean DEFAULT NULL) LANGUAGE plpgsql AS $body$
BEGIN
    LOOP
        is_built := pg_catalog.dsql_local_job_result(id);
        EXIT WHEN is_built IS NOT NULL;
        PERFORM pg_catalog.pg_sleep(0.005);
        COMMIT;
    END LOOP;
END
$body$;

)sql";
}

}  // namespace dsql_local
