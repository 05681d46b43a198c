// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"math/rand"
	"time"

	"github.com/jackc/pgconn"
	"github.com/jackc/pgx/v4"
	"github.com/jackc/pgx/v4/pgxpool"
)

// Returns the SQLSTATE of an error of PostgreSQL, or nothing.
func sqlState(err error) string {
	var fromServer *pgconn.PgError
	if errors.As(err, &fromServer) {
		return fromServer.Code
	}
	return ""
}

// Calls run, with the number of the attempt, until it does not conflict. Waits between two attempts, longer each time.
func retry(ctx context.Context, run func(attempt int) error) error {
	const most = 1000
	wait := time.Millisecond
	for attempt := 1; ; attempt++ {
		err := run(attempt)
		if sqlState(err) != "40001" || attempt == most {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait/2 + time.Duration(rand.Int63n(int64(wait)))):
		}
		if wait < 100*time.Millisecond {
			wait *= 2
		}
	}
}

// Does a transaction, again and again while it conflicts.
func transact(ctx context.Context, pool *pgxpool.Pool, run func(tx pgx.Tx, attempt int) error) error {
	return retry(ctx, func(attempt int) error {
		return pool.BeginFunc(ctx, func(tx pgx.Tx) error { return run(tx, attempt) })
	})
}
