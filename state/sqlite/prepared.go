package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"sync"

	"github.com/huntsync/huntsync/state/internal/document"
)

// pool is a pool of connections that keeps its statements: SQLite takes several
// times as long to compile one as to run it. There are as many as there are
// different texts in this package.
type pool struct {
	*sql.DB

	mu       sync.Mutex
	prepared map[string]*sql.Stmt
	// wanted are texts that a transaction met for the first time.
	wanted map[string]bool
	// packers are kept, because making one costs more than a page of incidents
	// does to pack. A transaction has its own: a canceled one goes on packing for a
	// while after its connection went to the next.
	packers sync.Pool
}

func newPool(db *sql.DB) *pool {
	return &pool{DB: db, prepared: map[string]*sql.Stmt{}, wanted: map[string]bool{}}
}

// statement prepares a text where that was not done before.
func (p *pool) statement(ctx context.Context, text string) (*sql.Stmt, error) {
	if kept := p.kept(text); kept != nil {
		return kept, nil
	}
	// Not under the lock: it waits for a connection, whose user may want the lock.
	made, err := p.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if faster := p.prepared[text]; faster != nil {
		return faster, made.Close() //nolint:sqlclosecheck // the other one is used.
	}
	p.prepared[text] = made
	return made, nil
}

func (p *pool) kept(text string) *sql.Stmt {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.prepared[text]
}

// QueryContext runs a query.
func (p *pool) QueryContext(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	kept, err := p.statement(ctx, text) //nolint:sqlclosecheck // it lives as long as the pool.
	if err != nil {
		return nil, err
	}
	return kept.QueryContext(ctx, args...)
}

// QueryRowContext runs a query for one row.
func (p *pool) QueryRowContext(ctx context.Context, text string, args ...any) scanner {
	kept, err := p.statement(ctx, text) //nolint:sqlclosecheck // it lives as long as the pool.
	if err != nil {
		return failedRow{err}
	}
	return kept.QueryRowContext(ctx, args...)
}

// failedRow is the row of a query that could not be asked.
type failedRow struct{ err error }

// Scan fails.
func (r failedRow) Scan(...any) error { return r.err }

// transaction is a transaction that knows the statements of its pool.
type transaction struct {
	*sql.Tx

	pool *pool
}

// begin begins a transaction. What earlier ones wanted is prepared before: within
// one, a statement could only be prepared to be lost at its end.
func (p *pool) begin(ctx context.Context) (*transaction, error) {
	for _, text := range p.missing() {
		if _, err := p.statement(ctx, text); err != nil { //nolint:sqlclosecheck // it lives as long as the pool.
			return nil, fmt.Errorf("preparing a statement: %w", err)
		}
	}
	tx, err := p.BeginTx(ctx, nil)
	if err != nil {
		return nil, err
	}
	return &transaction{Tx: tx, pool: p}, nil
}

// missing hands over what is wanted.
func (p *pool) missing() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	texts := make([]string, 0, len(p.wanted))
	for text := range p.wanted {
		texts = append(texts, text)
	}
	clear(p.wanted)
	return texts
}

// packer is for one user, who puts it back into the packers.
func (p *pool) packer() (*document.Packer, error) {
	if kept, ok := p.packers.Get().(*document.Packer); ok {
		return kept, nil
	}
	return document.NewPacker()
}

// known is the statement of a text within the transaction; nil at its first use.
func (t *transaction) known(ctx context.Context, text string) *sql.Stmt {
	if kept := t.pool.kept(text); kept != nil {
		return t.StmtContext(ctx, kept)
	}
	t.pool.mu.Lock()
	defer t.pool.mu.Unlock()
	t.pool.wanted[text] = true
	return nil
}

// ExecContext runs a statement.
func (t *transaction) ExecContext(ctx context.Context, text string, args ...any) (sql.Result, error) {
	if kept := t.known(ctx, text); kept != nil { //nolint:sqlclosecheck // the end of the transaction closes it.
		return kept.ExecContext(ctx, args...)
	}
	return t.Tx.ExecContext(ctx, text, args...)
}

// QueryRowContext runs a query for one row.
func (t *transaction) QueryRowContext(ctx context.Context, text string, args ...any) *sql.Row {
	if kept := t.known(ctx, text); kept != nil { //nolint:sqlclosecheck // the end of the transaction closes it.
		return kept.QueryRowContext(ctx, args...)
	}
	return t.Tx.QueryRowContext(ctx, text, args...)
}
