// SPDX-License-Identifier: Apache-2.0

// A service with pgx and its pool, which logs in with tokens of the AWS SDK for Go, as AWS's connector for pgx does. It
// knows nothing of dsql-local: the host is found by its name, and the certificate authority in SSL_CERT_FILE.
//
// Build it with Debian's packages golang-github-jackc-pgx-v4-dev and golang-github-aws-aws-sdk-go-v2-dev:
//
//	GO111MODULE=off GOPATH=/usr/share/gocode go build
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"

	"github.com/jackc/pgx/v4"
	"github.com/jackc/pgx/v4/pgxpool"
	"github.com/jackc/pgx/v4/stdlib"
)

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func must[T any](value T, err error) T {
	check(err)
	return value
}

func require(holds bool, what string, got any) {
	if !holds {
		panic(fmt.Sprintf("expected %s, got %v", what, got))
	}
}

var (
	host = os.Getenv("CLUSTER_ENDPOINT")
	port = os.Getenv("DSQL_PORT")
)

// Sets the password of one connection.
type login func(context.Context, *pgx.ConnConfig) error

func poolOptions() *pgxpool.Config {
	const rest = " user=admin dbname=postgres sslmode=verify-full"
	options := must(pgxpool.ParseConfig("host=" + host + " port=" + port + rest))
	options.MaxConns = 6
	return options
}

func newPool(ctx context.Context, each login) (*pgxpool.Pool, error) {
	options := poolOptions()
	options.BeforeConnect = each
	return pgxpool.ConnectConfig(ctx, options)
}

func one[T any](ctx context.Context, pool *pgxpool.Pool, sql string, arguments ...any) (value T) {
	check(pool.QueryRow(ctx, sql, arguments...).Scan(&value))
	return value
}

func execute(ctx context.Context, pool *pgxpool.Pool, sql string, arguments ...any) {
	check(retry(ctx, func(int) error {
		_, err := pool.Exec(ctx, sql, arguments...)
		return err
	}))
}

func queries(ctx context.Context, pool *pgxpool.Pool) {
	require(one[int](ctx, pool, "SELECT $1::int * 7", 6) == 42, "six times seven", "another")
	require(one[string](ctx, pool, "SELECT $1::text", "it's") == "it's", "the text", "another")
	require(one[bool](ctx, pool, "SELECT $1::timestamptz IS NULL", nil), "a null", "none")
	_, err := pool.Exec(ctx, "SELECT 1 / $1::int", 0)
	require(sqlState(err) == "22012", "a division by zero", err)
	// Without preparing, as for a proxy: text parameters in a simple query.
	require(one[int](ctx, pool, "SELECT $1::int", pgx.QuerySimpleProtocol(true), 7) == 7, "seven", "another")
}

func createReadUpdateDelete(ctx context.Context, pool *pgxpool.Pool) {
	execute(ctx, pool, "CREATE TABLE notes (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), text varchar(100))")
	var id string
	check(retry(ctx, func(int) error {
		return pool.QueryRow(ctx, "INSERT INTO notes (text) VALUES ($1) RETURNING id::text", "first").Scan(&id)
	}))
	execute(ctx, pool, "UPDATE notes SET text = $2 WHERE id = $1", id, "second")
	got := one[string](ctx, pool, "SELECT text FROM notes WHERE id = $1", id)
	require(got == "second", "the changed text", got)
	execute(ctx, pool, "DELETE FROM notes WHERE id = $1", id)
	err := pool.QueryRow(ctx, "SELECT text FROM notes WHERE id = $1", id).Scan(&got)
	require(errors.Is(err, pgx.ErrNoRows), "no row", err)
}

func conflict(ctx context.Context, pool *pgxpool.Pool) {
	execute(ctx, pool, "CREATE TABLE counters (id int PRIMARY KEY, value int NOT NULL)")
	execute(ctx, pool, "INSERT INTO counters VALUES (1, 0)")
	last := 0
	check(transact(ctx, pool, func(tx pgx.Tx, attempt int) error {
		last = attempt
		var value int
		if err := tx.QueryRow(ctx, "SELECT value FROM counters WHERE id = 1").Scan(&value); err != nil {
			return err
		}
		if attempt == 1 { // another session changes the row meanwhile
			execute(ctx, pool, "UPDATE counters SET value = value + 10 WHERE id = 1")
		}
		_, err := tx.Exec(ctx, "UPDATE counters SET value = $1 WHERE id = 1", value+1)
		return err
	}))
	require(last == 2, "success at the second attempt", last)
	value := one[int](ctx, pool, "SELECT value FROM counters WHERE id = 1")
	require(value == 11, "both changes", value)
}

func batch(ctx context.Context, pool *pgxpool.Pool) {
	var statements pgx.Batch
	for id := 2; id < 100; id++ {
		statements.Queue("INSERT INTO counters VALUES ($1, 0)", id)
	}
	statements.Queue("SELECT count(*) FROM counters")
	check(retry(ctx, func(int) error {
		results := pool.SendBatch(ctx, &statements)
		defer results.Close()
		for id := 2; id < 100; id++ {
			if _, err := results.Exec(); err != nil {
				return err
			}
		}
		var count int
		err := results.QueryRow().Scan(&count)
		require(err != nil || count == 99, "99 rows", count)
		return err
	}))
}

func copyRows(ctx context.Context, pool *pgxpool.Pool) {
	rows := make([][]any, 0, 1000)
	for id := 100; id < 1100; id++ {
		rows = append(rows, []any{id, 5})
	}
	check(retry(ctx, func(int) error {
		count, err := pool.CopyFrom(ctx, pgx.Identifier{"counters"}, []string{"id", "value"}, pgx.CopyFromRows(rows))
		require(err != nil || count == 1000, "1000 rows copied", count)
		return err
	}))
	sum := one[int](ctx, pool, "SELECT sum(value) FROM counters WHERE id >= 100")
	require(sum == 5000, "a sum of 5000", sum)
}

// Deallocate() would fail: pgx 4 sends DEALLOCATE, which Aurora DSQL does not have.
func prepared(ctx context.Context, pool *pgxpool.Pool) {
	connection := must(pool.Acquire(ctx))
	defer connection.Release()
	must(connection.Conn().Prepare(ctx, "double", "SELECT $1::int * 2"))
	for number := 0; number < 10; number++ {
		var twice int
		check(connection.QueryRow(ctx, "double", number).Scan(&twice))
		require(twice == 2*number, "twice the number", twice)
	}
}

// Goroutines that change the same rows, more of them than connections. Nothing must be lost.
func collide(ctx context.Context, pool *pgxpool.Pool) {
	const goroutines, transfers = 12, 10
	execute(ctx, pool, "CREATE TABLE transfers (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), worker int NOT NULL)")
	var running sync.WaitGroup
	failures := make(chan error, goroutines*transfers)
	for worker := 0; worker < goroutines; worker++ {
		running.Add(1)
		go func(worker int) {
			defer running.Done()
			for i := 0; i < transfers; i++ {
				failures <- transfer(ctx, pool, worker, 2+i%3, 2+(i+1)%3)
			}
		}(worker)
	}
	running.Wait()
	close(failures)
	for err := range failures {
		check(err)
	}
	count := one[int](ctx, pool, "SELECT count(*) FROM transfers")
	require(count == goroutines*transfers, "each transfer once", count)
	sum := one[int](ctx, pool, "SELECT sum(value) FROM counters WHERE id BETWEEN 2 AND 4")
	require(sum == 0, "a sum of 0", sum)
}

func transfer(ctx context.Context, pool *pgxpool.Pool, worker, from, to int) error {
	return transact(ctx, pool, func(tx pgx.Tx, _ int) error {
		for id, amount := range map[int]int{from: -1, to: 1} {
			if _, err := tx.Exec(ctx, "UPDATE counters SET value = value + $2 WHERE id = $1", id, amount); err != nil {
				return err
			}
		}
		_, err := tx.Exec(ctx, "INSERT INTO transfers (worker) VALUES ($1)", worker)
		return err
	})
}

// Go's own interface to databases, with pgx as its driver and its own pool.
func databaseSQL(ctx context.Context, each login) {
	database := stdlib.OpenDB(*poolOptions().ConnConfig, stdlib.OptionBeforeConnect(each))
	defer database.Close()
	check(retry(ctx, func(int) error {
		tx, err := database.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		defer tx.Rollback()
		if _, err = tx.ExecContext(ctx, "UPDATE counters SET value = $2 WHERE id = $1", 5, 50); err != nil {
			return err
		}
		return tx.Commit()
	}))
	statement := must(database.PrepareContext(ctx, "SELECT value FROM counters WHERE id = $1"))
	defer statement.Close()
	var value int
	check(statement.QueryRowContext(ctx, 5).Scan(&value))
	require(value == 50, "the changed value", value)
}

func rejectedLogin(ctx context.Context) {
	_, err := newPool(ctx, func(_ context.Context, one *pgx.ConnConfig) error {
		one.Password = "no-token"
		return nil
	})
	require(sqlState(err) == "08006", "access denied", err)
}

func main() {
	ctx := context.Background()
	source := newTokenSource(ctx, host)
	withToken := func(ctx context.Context, one *pgx.ConnConfig) (err error) {
		one.Password, err = source.newToken(ctx, one.User)
		return err
	}
	pool := must(newPool(ctx, withToken))
	defer pool.Close()
	queries(ctx, pool)
	createReadUpdateDelete(ctx, pool)
	conflict(ctx, pool)
	batch(ctx, pool)
	copyRows(ctx, pool)
	prepared(ctx, pool)
	collide(ctx, pool)
	databaseSQL(ctx, withToken)
	rejectedLogin(ctx)
}
