package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

// A connection that is not made within connectTimeout, and a statement that is not
// answered within statementTimeout, have failed: a database behind a broken network
// says nothing at all, and a process must not wait for it for ever.
const (
	connectTimeout   = 10 * time.Second
	statementTimeout = time.Minute
)

// deadline gives each statement its time. To pgx it is a tracer, which is where
// the context of every statement passes through.
type deadline struct{}

var _ pgx.QueryTracer = deadline{}

type (
	cancelKey  struct{}
	patientKey struct{}
)

// patient is for statements that may take any time: migrations.
func patient(ctx context.Context) context.Context {
	return context.WithValue(ctx, patientKey{}, true)
}

// TraceQueryStart begins the time of a statement.
func (deadline) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	if ctx.Value(patientKey{}) != nil {
		return ctx
	}
	ctx, cancel := context.WithTimeout(ctx, statementTimeout)
	return context.WithValue(ctx, cancelKey{}, cancel)
}

// TraceQueryEnd ends it.
func (deadline) TraceQueryEnd(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryEndData) {
	if cancel, ok := ctx.Value(cancelKey{}).(context.CancelFunc); ok {
		cancel()
	}
}
