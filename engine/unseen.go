package engine

import (
	"context"
	"fmt"
	"slices"
)

// unseen reports whether no more is known of an incident than an open ticket of ours.
func (r Record) unseen() bool {
	t := r.Work.Ticket
	return r.Seen.Incident.ID == 0 && t != nil && !t.Closed && r.Work.Skip == ""
}

// unseenChunk is how many records are read at a time.
const unseenChunk = 500

// unseenRecords reads those of the incidents that are unseen.
func unseenRecords(ctx context.Context, books books, accountID int64, ids []int64) ([]Record, error) {
	ids = slices.Clone(ids)
	slices.Sort(ids)
	var unseen []Record
	for chunk := range slices.Chunk(slices.Compact(ids), unseenChunk) {
		records, err := books.Records(ctx, RecordQuery{AccountID: accountID, IncidentIDs: chunk})
		if err != nil {
			return nil, fmt.Errorf("read what is known by its ticket alone: %w", err)
		}
		for _, r := range records {
			if r.unseen() {
				unseen = append(unseen, r)
			}
		}
	}
	return unseen, nil
}

func incidentIDs(records []Record) []int64 {
	var ids []int64
	for _, r := range records {
		ids = append(ids, r.Key.IncidentID)
	}
	return ids
}
