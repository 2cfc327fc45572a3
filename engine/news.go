package engine

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// tell is what a ticket has been told once it knows of the incident.
func tell(inc Incident, version int64) Told {
	t := Told{
		Status: inc.Status, Severity: inc.Severity,
		Subject: CleanLine(inc.Subject), Summary: cut(Clean(inc.Summary), sectionLimit), Version: version,
	}
	for _, r := range inc.Remediations {
		if t.Remediations == nil {
			t.Remediations = map[int64]string{}
		}
		t.Remediations[r.ID] = r.Status
	}
	return t
}

// hasNews reports whether now says anything that told did not.
func hasNews(told, now Told) bool {
	return told.Status != now.Status || told.Severity != now.Severity ||
		told.Subject != now.Subject || summaryChanged(told.Summary, now.Summary) ||
		len(newRemediations(told, now)) > 0 || organizationChanged(told, now)
}

// newRemediations are those, by id, that are new or whose state changed. One that
// is not listed any more is no news: Huntress lists the first ten.
func newRemediations(told, now Told) []int64 {
	var ids []int64
	for _, id := range slices.Sorted(maps.Keys(now.Remediations)) {
		if before, known := told.Remediations[id]; !known || before != now.Remediations[id] {
			ids = append(ids, id)
		}
	}
	return ids
}

// remember adds what was told before of remediations that are not listed any more,
// and of an organization that nothing is known of now.
func (t Told) remember(before Told) Told {
	if t.Organization == nil {
		t.Organization = before.Organization
	}
	all := maps.Clone(before.Remediations)
	if all == nil {
		return t
	}
	maps.Copy(all, t.Remediations)
	t.Remediations = all
	return t
}

// newsCause is the headline of a note.
func newsCause(told, now Told) Cause {
	switch {
	case told.Status == now.Status:
		other := now
		other.Organization = told.Organization
		if hasNews(told, other) {
			return CauseUpdated
		}
		return CauseOrganization
	case now.Status == StatusDeleting:
		return CauseDeleting
	case now.Status.Closed() && !told.Status.Closed():
		return CauseClosed
	case now.Status.Open() && told.Status.Closed():
		return CauseReopened
	default:
		return CauseUpdated
	}
}

// newsNote says what changed, several changes in one note.
func (s subject) newsNote(told, now Told, cause Cause) Document {
	var d Document
	switch cause {
	case CauseClosed:
		if c := s.decision.Close; c != nil && c.Note != "" {
			d = append(d, paragraph(c.Note))
		}
		d = append(d, paragraph(fmt.Sprintf("Huntress ended this incident: it is %s now.", CleanLine(string(now.Status)))))
	case CauseReopened:
		d = append(d, paragraph(fmt.Sprintf("Huntress opened this incident again: it was %s and is %s now.",
			CleanLine(string(told.Status)), CleanLine(orUnknown(string(now.Status))))))
	case CauseDeleting:
		d = append(d, paragraph("Huntress is deleting this incident. The ticket stays."))
	default:
		if told.Status != now.Status {
			d = append(d, changed("Status", string(told.Status), string(now.Status)))
		}
	}
	if told.Severity != now.Severity {
		d = append(d, changed("Severity", string(told.Severity), string(now.Severity)))
	}
	if told.Subject != now.Subject {
		d = append(d, changed("Subject", told.Subject, now.Subject))
	}
	d = append(d, s.organizationNews(told, now)...)
	d = append(d, s.remediationNews(told, now)...)
	d = append(d, summaryNews(told.Summary, now.Summary)...)
	if link := s.portalURL(); link != "" {
		d = append(d, Block{Kind: Paragraph, Spans: []Span{{Text: "Open in the Huntress portal", Link: link}}})
	}
	return d
}

func changed(what, from, to string) Block {
	return Block{Kind: Paragraph, Spans: []Span{
		{Text: what + ": ", Bold: true},
		{Text: CleanLine(orUnknown(from)) + " → " + CleanLine(orUnknown(to))},
	}}
}

// remediationNews lists the remediations that are new or whose state changed.
func (s subject) remediationNews(told, now Told) Document {
	var d Document
	byID := map[int64]Remediation{}
	for _, r := range s.incident.Remediations {
		byID[r.ID] = r
	}
	for _, id := range newRemediations(told, now) {
		before, known := told.Remediations[id]
		after := now.Remediations[id]
		action := CleanLine(orUnknown(byID[id].Action))
		text := fmt.Sprintf("Remediation %q is new: %s.", action, CleanLine(orUnknown(after)))
		if known {
			text = fmt.Sprintf("Remediation %q: %s → %s.", action, CleanLine(orUnknown(before)), CleanLine(orUnknown(after)))
		}
		d = append(d, Block{Kind: Bullet, Spans: []Span{{Text: text}}})
	}
	return d
}

// closeRefusedNote says what the desk wants before the ticket may be closed.
func closeRefusedNote(rules []string) Document {
	d := Document{paragraph("Huntress ended this incident, but the ticket could not be closed: " + strings.TrimSuffix(rules[0], ".") + ".")}
	if len(rules) > 1 {
		d = Document{paragraph("Huntress ended this incident, but the ticket could not be closed. The board asks for:")}
		for _, r := range rules {
			d = append(d, Block{Kind: Bullet, Spans: []Span{{Text: CleanLine(r)}}})
		}
	}
	return append(d, paragraph("huntsync tries again by itself, within an hour at the latest."))
}

// hostNote tells of a host that could not be read when the ticket was made.
func (s subject) hostNote() Document {
	if s.host.agent == nil {
		return Document{paragraph("The host could not be read when this ticket was made, and cannot be any more: " + s.host.missing + ".")}
	}
	return Document{paragraph("The host could not be read when this ticket was made. It is:"), table(s.hostRows())}
}

// duplicateNote names the ticket that is kept.
func duplicateNote(kept TicketLink) Document {
	return Document{paragraph(fmt.Sprintf(
		"This ticket doubles %s, which huntsync keeps up to date. Nothing more will be written here.", kept.name()))}
}

// name is what people call the ticket.
func (t TicketLink) name() string {
	if t.Number != "" {
		return t.Number
	}
	return t.ID
}
