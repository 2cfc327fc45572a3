package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// A connection that is not made within connectTimeout, and a statement that is not
// answered within statementTimeout, have failed: a database behind a broken network
// says nothing at all, and a process must not wait for it for ever.
const (
	connectTimeout   = 10 * time.Second
	statementTimeout = time.Minute
)

// deadline gives each statement, and each batch of them, its time. To pgx it is a
// tracer, which is where the context of every statement passes through.
type deadline time.Duration

var (
	_ pgx.QueryTracer = deadline(0)
	_ pgx.BatchTracer = deadline(0)
)

type (
	cancelKey  struct{}
	patientKey struct{}
)

// patient is for statements that may take any time: migrations.
func patient(ctx context.Context) context.Context {
	return context.WithValue(ctx, patientKey{}, true)
}

// TraceQueryStart begins the time of a statement.
func (d deadline) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	return d.begin(ctx)
}

// TraceQueryEnd ends it.
func (deadline) TraceQueryEnd(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryEndData) { end(ctx) }

// TraceBatchStart begins the time of a batch, the preparing of its statements included.
func (d deadline) TraceBatchStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceBatchStartData) context.Context {
	return d.begin(ctx)
}

// TraceBatchQuery is told of each statement, whose time is the batch's.
func (deadline) TraceBatchQuery(context.Context, *pgx.Conn, pgx.TraceBatchQueryData) {}

// TraceBatchEnd ends it.
func (deadline) TraceBatchEnd(ctx context.Context, _ *pgx.Conn, _ pgx.TraceBatchEndData) { end(ctx) }

func (d deadline) begin(ctx context.Context) context.Context {
	if ctx.Value(patientKey{}) != nil {
		return ctx
	}
	ctx, cancel := context.WithTimeout(ctx, time.Duration(d))
	return context.WithValue(ctx, cancelKey{}, cancel)
}

func end(ctx context.Context) {
	if cancel, ok := ctx.Value(cancelKey{}).(context.CancelFunc); ok {
		cancel()
	}
}

// ping reaches the database within the time of a statement, which the pool's own
// way to do it does not have.
func ping(ctx context.Context, pool *pgxpool.Pool) error {
	_, err := pool.Exec(ctx, "")
	return err
}
