package status

import (
	"context"
	"fmt"

	"github.com/huntsync/huntsync/engine"
)

// History lists rows of the journal, the newest first.
func History(ctx context.Context, books Books, q engine.JournalQuery) ([]Change, error) {
	entries, err := books.Journal(ctx, q)
	if err != nil {
		return nil, fmt.Errorf("read the journal: %w", err)
	}
	changes := make([]Change, 0, len(entries))
	for _, e := range entries {
		changes = append(changes, Change{
			ID: e.ID, At: e.At.UTC(), AccountID: e.Key.AccountID, IncidentID: e.Key.IncidentID,
			Action: line(e.Action), Cause: line(e.Cause), Outcome: line(e.Outcome),
			Ticket: engine.CleanLine(e.Ticket), Detail: engine.CleanLine(e.Detail),
			Policy: e.Policy, Who: engine.CleanLine(e.Who), PassID: e.PassID,
		})
	}
	return changes, nil
}
