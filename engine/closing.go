package engine

import "slices"

// Closing is what happens to a ticket when its incident ends.
type Closing struct {
	// Status is the status to set, as the configuration names it.
	Status string
	// Note is text that the closing note begins with; empty for none.
	Note string
	// Resolution marks the closing note as the ticket's resolution.
	Resolution bool
}

// closing is what happens to the ticket of a record; nil: it stays open.
func (p *Policy) closing(r Record) *Closing {
	return p.Decide(r.Key.AccountID, r.Seen.Incident).Close
}

// decideClose takes each attribute from the first matching route that sets it, else
// from the routing block. What is on the triage board ends as the routing block
// says, whatever route matches.
func (p *Policy) decideClose(d *Decision, routes []*Route, severity Severity) {
	var c Closing
	var pos Pos
	from := "routing.close"
	if p.Close != nil {
		c = Closing{Status: p.Close.Status, Note: p.Close.Note, Resolution: p.Close.Resolution}
		if status := p.Close.Severities[severity]; status != "" {
			c.Status, from = status, "routing.close.severity"
		}
	}
	closes := p.Close != nil
	for _, r := range slices.Backward(routes) {
		if r.Close == nil || d.Unmapped {
			continue
		}
		if r.Close.Status != "" {
			c.Status, from, pos = r.Close.Status, fromRoute(r)+".close", r.Pos
			closes = true
		}
		if r.Close.Note != "" {
			c.Note = r.Close.Note
		}
		if r.Close.Resolution != nil {
			c.Resolution = *r.Close.Resolution
		}
	}
	if !closes {
		return
	}
	d.Close = &c
	if c.Status == "" {
		return
	}
	d.step("close", c.Status, from, pos)
	d.Steps[len(d.Steps)-1].Note = p.closedNote(d.BoardID, c.Status)
}

// closedNote says what happens where a board does not have the closed status of a
// severity or a route.
func (p *Policy) closedNote(boardID, status string) string {
	board := p.Boards[boardID]
	_, has := board.Closed[status]
	switch {
	case has || p.Close != nil && p.Close.Status == status:
		return ""
	case board.ClosedID != "":
		return "the board " + quote(p.BoardName(boardID)) + " has no such closed status, so the one of routing.close is set"
	default:
		return "the board " + quote(p.BoardName(boardID)) + " has no such closed status, so the ticket stays open"
	}
}

// ClosedStatus is the id of the status to set on a board for the one that a
// [Closing] names: where the board does not have it, the one of the routing block;
// empty where it has neither.
func (p *Policy) ClosedStatus(boardID, name string) string {
	board := p.Boards[boardID]
	if id := board.Closed[name]; id != "" {
		return id
	}
	return board.ClosedID
}
