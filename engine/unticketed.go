package engine

import (
	"context"
	"fmt"
	"time"
)

// UnticketedBooks is what [Unticketed] asks; every [Store] is one.
type UnticketedBooks interface {
	Records(ctx context.Context, q RecordQuery) ([]Record, error)
	Unknown(ctx context.Context, accountID int64, incidents []int64) (int, error)
}

// Unticketed counts the incidents of a census that have been due for more than two
// poll intervals and have no ticket. What is opted out, or was deleted by a person,
// is not due; what no record is known of is.
func Unticketed(
	ctx context.Context, books UnticketedBooks, p *Policy, accountID int64, census Census, interval time.Duration, now time.Time,
) (int, error) {
	if len(census.Open) == 0 {
		return 0, nil
	}
	count, err := books.Unknown(ctx, accountID, census.Open)
	if err != nil {
		return 0, fmt.Errorf("count what no record is known of: %w", err)
	}
	records, err := books.Records(ctx, RecordQuery{AccountID: accountID, IncidentIDs: census.Open, Ticketless: true})
	if err != nil {
		return 0, fmt.Errorf("read what has no ticket: %w", err)
	}
	for _, r := range records {
		waits := r.Work.Skip == "" && r.Seen.Skip == "" && r.Seen.Incident.Status.Open()
		// An incident that seems to come from the future was seen by a clock that was
		// ahead: nobody knows for how long it has been waiting.
		if waits && now.Sub(r.Seen.FirstAt).Abs() > 2*interval && !p.Decide(accountID, r.Seen.Incident).OptedOut {
			count++
		}
	}
	return count, nil
}
