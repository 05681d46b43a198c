// SPDX-License-Identifier: Apache-2.0

// Measures pgx, the PostgreSQL driver of the Go connector, with the statements of dsql_async_bench,
// so that the figures can be compared: single queries for different numbers of connections and
// goroutines ("shapes"), a batch of 1 000 statements ("batch"), and reading 500 000 rows ("rows").
//
// Build it with Go 1.19 or later. The first command downloads pgx and writes go.sum:
//
//	cd bench/pgx && go mod tidy && go build -o ../../build/pgx_bench
//
// Run it as dsql_async_bench is run. Without an argument it measures everything:
//
//	build/release/bin/dsql-local run --no-limits -- build/pgx_bench shapes
//	bench/run_over_postgresql build/pgx_bench shapes
//
// The variables PGHOST, PGPORT, PGUSER, PGDATABASE, PGSSLMODE, PGSSLROOTCERT, PGHOSTADDR and
// PGPASSWORD say where and how to log in; both commands above set them. The password is a token.
package main

import (
	"bufio"
	"context"
	"fmt"
	"math/rand"
	"os"
	"sort"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

func must[T any](value T, err error) T {
	check(err)
	return value
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "pgx_bench:", err)
		os.Exit(1)
	}
}

// pgx does not know PGHOSTADDR, so look it up here: it is the address of the host.
func lookAddressUp(config *pgconn.Config) {
	if address := os.Getenv("PGHOSTADDR"); address != "" {
		config.LookupFunc = func(context.Context, string) ([]string, error) {
			return []string{address}, nil
		}
	}
}

func connect(ctx context.Context) *pgx.Conn {
	config := must(pgx.ParseConfig(""))
	lookAddressUp(&config.Config)
	return must(pgx.ConnectConfig(ctx, config))
}

// Returns the processor time that this process has used, in microseconds.
func processorTime() float64 {
	var usage syscall.Rusage
	check(syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return float64(usage.Utime.Nano()+usage.Stime.Nano()) / 1e3
}

func threadsOfProcess() int {
	status := must(os.Open("/proc/self/status"))
	defer status.Close()
	for lines := bufio.NewScanner(status); lines.Scan(); {
		if fields := strings.Fields(lines.Text()); len(fields) == 2 && fields[0] == "Threads:" {
			return must(strconv.Atoi(fields[1]))
		}
	}
	return 0
}

func inMicroseconds(time time.Duration) float64 {
	return float64(time.Nanoseconds()) / 1e3
}

func median(values []float64) float64 {
	sorted := append([]float64(nil), values...)
	sort.Float64s(sorted)
	return sorted[len(sorted)/2]
}

func percentile(sorted []float64, share float64) float64 {
	return sorted[int(share*float64(len(sorted)-1))]
}

// --- single queries

const (
	rounds        = 5
	lengthOfRound = time.Second
	query         = "SELECT $1::bigint"
)

// What one round has shown.
type measured struct {
	seconds   float64
	processor float64   // in microseconds, of this process
	waits     []float64 // of each query, in microseconds
	threads   int
}

func callUntil(ctx context.Context, pool *pgxpool.Pool, end time.Time) (waits []float64) {
	for i := int64(0); time.Now().Before(end); i++ {
		start := time.Now()
		var got int64
		check(pool.QueryRow(ctx, query, i).Scan(&got))
		if got != i {
			panic("another value")
		}
		waits = append(waits, inMicroseconds(time.Since(start)))
	}
	return waits
}

func oneRound(ctx context.Context, pool *pgxpool.Pool, goroutines int) measured {
	var seen measured
	processorStart := processorTime()
	start := time.Now()
	end := start.Add(lengthOfRound)
	waits := make([][]float64, goroutines)
	var running sync.WaitGroup
	running.Add(goroutines)
	for i := 0; i < goroutines; i++ {
		go func(i int) {
			defer running.Done()
			waits[i] = callUntil(ctx, pool, end)
		}(i)
	}
	time.Sleep(lengthOfRound / 2)
	seen.threads = threadsOfProcess()
	running.Wait()
	for _, own := range waits {
		seen.waits = append(seen.waits, own...)
	}
	seen.seconds = time.Since(start).Seconds()
	seen.processor = processorTime() - processorStart
	return seen
}

func printRounds(name string, all []measured) {
	var rates, costs, waits []float64
	for _, one := range all {
		queries := float64(len(one.waits))
		rates = append(rates, queries/one.seconds)
		costs = append(costs, one.processor/queries)
		waits = append(waits, one.waits...)
	}
	sort.Float64s(waits)
	fmt.Printf("    %-12s %8.0f queries/s  processor %6.1f us  wait p50 %8.0f us  p99 %8.0f us  "+
		"%5d threads\n", name, median(rates), median(costs), percentile(waits, 0.5),
		percentile(waits, 0.99), all[0].threads)
}

// Opens all connections of a pool and prepares the query on each.
func warmUp(ctx context.Context, pool *pgxpool.Pool, connections int) {
	held := make([]*pgxpool.Conn, connections)
	for i := range held {
		held[i] = must(pool.Acquire(ctx))
		var got int64
		check(held[i].QueryRow(ctx, query, int64(1)).Scan(&got))
	}
	for _, one := range held {
		one.Release()
	}
}

func shapes(ctx context.Context) {
	for _, shape := range []struct{ connections, goroutines int }{
		{1, 1}, {8, 8}, {8, 64}, {8, 512}, {64, 1000}, {64, 10000},
	} {
		config := must(pgxpool.ParseConfig(""))
		lookAddressUp(&config.ConnConfig.Config)
		config.MaxConns = int32(shape.connections)
		pool := must(pgxpool.NewWithConfig(ctx, config))
		warmUp(ctx, pool, shape.connections)
		fmt.Printf("%d connections, %d callers\n", shape.connections, shape.goroutines)
		var all []measured
		for round := 0; round < rounds; round++ {
			all = append(all, oneRound(ctx, pool, shape.goroutines))
		}
		printRounds("pgx", all)
		pool.Close()
	}
}

// --- long operations

type contestant struct {
	name string
	run  func()
}

// Runs the contestants in turn, in a random order, and prints the median times per operation.
func compare(title string, contestants []contestant, rounds int, operations float64) {
	elapsed := make([][]float64, len(contestants))
	processor := make([][]float64, len(contestants))
	for _, one := range contestants {
		one.run() // warm up
	}
	for round := 0; round < rounds; round++ {
		for _, i := range rand.Perm(len(contestants)) {
			processorStart := processorTime()
			start := time.Now()
			contestants[i].run()
			elapsed[i] = append(elapsed[i], inMicroseconds(time.Since(start))/operations)
			processor[i] = append(processor[i], (processorTime()-processorStart)/operations)
		}
	}
	fmt.Println(title)
	for i, one := range contestants {
		fmt.Printf("    %-36s %9.3f us            processor %9.3f us\n", one.name,
			median(elapsed[i]), median(processor[i]))
	}
}

func batch(ctx context.Context) {
	const statements = 1000
	conn := connect(ctx)
	defer conn.Close(ctx)
	compare("1 000 statements in a batch, per statement", []contestant{{"pgx, SendBatch", func() {
		var batch pgx.Batch
		for i := 0; i < statements; i++ {
			batch.Queue("SELECT $1::int + 1", int32(i))
		}
		results := conn.SendBatch(ctx, &batch)
		for i := 0; i < statements; i++ {
			var got int32
			check(results.QueryRow().Scan(&got))
			if got != int32(i)+1 {
				panic("another value")
			}
		}
		check(results.Close())
	}}}, 31, statements)
}

type measurement struct {
	ID      int64
	Kind    int32
	Value   float64
	Valid   bool
	At      time.Time
	Device  [16]byte
	Label   string
	Quality *int32
}

const rowsOfMeasurements = 500_000

// The table of bench/measurements.hpp.
func makeMeasurements(ctx context.Context, conn *pgx.Conn) {
	must(conn.Exec(ctx, "DROP TABLE IF EXISTS bench_measurements"))
	must(conn.Exec(ctx,
		"CREATE TABLE bench_measurements AS SELECT n::bigint AS id, (n % 7)::int AS kind, "+
			"n / 3.0::float8 AS value, n % 2 = 0 AS valid, "+
			"timestamptz '2026-01-01 00:00:00+00' + n * interval '1 second' AS at, "+
			"gen_random_uuid() AS device, 'label ' || n AS label, "+
			"CASE WHEN n % 5 = 0 THEN NULL ELSE n::int END AS quality "+
			"FROM generate_series(1, $1::int) n", rowsOfMeasurements))
	must(conn.Exec(ctx, "VACUUM ANALYZE bench_measurements"))
}

func checkAll(all []measurement) {
	if len(all) != rowsOfMeasurements {
		panic("another number of rows")
	}
}

func rows(ctx context.Context) {
	const allMeasurements = "SELECT id, kind, value, valid, at, device, label, quality FROM bench_measurements"
	conn := connect(ctx)
	defer conn.Close(ctx)
	makeMeasurements(ctx, conn)
	compare("500 000 mixed rows, queried and decoded into structs, per row", []contestant{
		{"pgx, Scan", func() {
			rows := must(conn.Query(ctx, allMeasurements))
			var all []measurement
			for rows.Next() {
				var one measurement
				check(rows.Scan(&one.ID, &one.Kind, &one.Value, &one.Valid, &one.At, &one.Device,
					&one.Label, &one.Quality))
				all = append(all, one)
			}
			check(rows.Err())
			checkAll(all)
		}},
		{"pgx, CollectRows", func() {
			rows := must(conn.Query(ctx, allMeasurements))
			checkAll(must(pgx.CollectRows(rows, pgx.RowToStructByPos[measurement])))
		}},
	}, 21, rowsOfMeasurements)
	must(conn.Exec(ctx, "DROP TABLE bench_measurements"))
}

func main() {
	ctx := context.Background()
	parts := []struct {
		name string
		run  func(context.Context)
	}{{"shapes", shapes}, {"batch", batch}, {"rows", rows}}
	for _, part := range parts {
		if len(os.Args) < 2 || os.Args[1] == part.name {
			part.run(ctx)
		}
	}
}
