package status

import (
	"cmp"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/huntsync/huntsync/engine"
)

// accountsInFull is how many accounts are told of in full; more become a table.
const accountsInFull = 6

// waitingInText is how many waiting incidents are told of, of all accounts together.
const waitingInText = 20

// WriteText shows a status to a person, in lines no wider than width where that
// can be.
func WriteText(w io.Writer, s Status, width int, color bool) error {
	p := &page{width: width, color: color}
	p.daemon(s)
	p.desk(s.Desk)
	switch {
	case len(s.Accounts) == 0:
		p.line("No Huntress account was polled yet.")
	case len(s.Accounts) <= accountsInFull:
		for _, a := range s.Accounts {
			p.account(s, a)
		}
	default:
		p.accounts(s)
	}
	p.replicas(s)
	p.waiting(s)
	if len(s.Recent) > 0 {
		p.line("%s", p.paint(bold, "Last changes"))
		p.changes(s.Recent, s.At)
	}
	return p.writeTo(w)
}

func (p *page) daemon(s Status) {
	switch {
	case s.Daemon == nil:
		p.line("Read from the state; no daemon was asked.")
	case s.Daemon.Ready:
		p.line("%s", p.paint(green, "Ready"))
	default:
		p.line("%s", p.paint(red, "Not ready"))
		p.some("  ", s.Daemon.NotReady)
	}
	if len(s.Attention) > 0 {
		p.line("%s", p.paint(yellow, "Needs attention"))
		p.some("  - ", s.Attention)
	}
	if c := s.Configuration; c != nil {
		p.reload(c.Reload, s.At)
		p.reminders("Polling is disabled: the configuration is incomplete", red, c.Blocking)
		p.reminders("Warnings", yellow, c.Warnings)
	}
	p.line("")
}

// some adds the first of many sentences.
func (p *page) some(lead string, list []string) {
	const most = 10
	for _, text := range list[:min(most, len(list))] {
		p.paragraph(lead, text)
	}
	if more := len(list) - most; more > 0 {
		p.line("%sand %d more", lead, more)
	}
}

func (p *page) reload(r *Reload, now time.Time) {
	if r == nil || r.Outcome == OutcomeApplied {
		return
	}
	p.reminders(fmt.Sprintf("%s (read %s)", r.Outcome.Label(), Ago(r.At, now)), red, r.Problems)
}

// Label says in a sentence what became of a configuration that was read.
func (o Outcome) Label() string {
	switch o {
	case OutcomeApplied:
		return "The configuration that was read last is the one that runs"
	case OutcomeInvalid:
		return "The configuration that was read last is invalid; the one before runs on"
	case OutcomeIncomplete:
		return "The configuration that was read last is incomplete; the one before runs on"
	case OutcomeWaiting:
		return "The configuration that was read last could not be held against the desk and Huntress; it is tried again"
	}
	return string(o)
}

func (p *page) reminders(title string, s style, list []engine.Reminder) {
	if len(list) == 0 {
		return
	}
	p.line("%s", p.paint(s, title))
	for _, r := range list {
		p.paragraph("  ", joined(": ", r.Path, r.Problem)+place(r.Pos))
		if len(r.Candidates) > 0 {
			p.paragraph("      ", "Did you mean "+strings.Join(r.Candidates, ", ")+"?")
		}
		if r.Help != "" {
			p.paragraph("      ", r.Help)
		}
	}
}

func joined(separator string, parts ...string) string {
	var kept []string
	for _, s := range parts {
		if s != "" {
			kept = append(kept, s)
		}
	}
	return strings.Join(kept, separator)
}

func place(pos engine.Pos) string {
	if pos.File == "" {
		return ""
	}
	return fmt.Sprintf(" (%s:%d)", pos.File, pos.Line)
}

func (p *page) desk(d Desk) {
	if d.URL != "" {
		p.line("%s", joined(" ", "Desk", d.Name, d.URL))
		p.line("")
	}
}

// Label is the connection in a word or two.
func (c Connection) Label() string {
	switch c {
	case ConnectionOK:
		return "connected"
	case ConnectionFailing:
		return "last poll failed"
	case ConnectionStarting:
		return "not polled yet"
	case ConnectionPaused:
		return "polling disabled"
	}
	return string(c)
}

func (c Connection) style() style {
	switch c {
	case ConnectionOK:
		return green
	case ConnectionFailing, ConnectionPaused:
		return red
	case ConnectionStarting:
		return yellow
	}
	return plain
}

// Title is the account as people recognize it.
func (a Account) Title() string {
	if a.HuntressName == "" || a.HuntressName == a.Name {
		return a.Name
	}
	return a.Name + " (" + a.HuntressName + ")"
}

// connection is how an account stands, in a word or two. Without a daemon only the
// past is known.
func (s Status) connection(a Account) cell {
	switch {
	case late(a, s.At):
		return cell{"last poll is long ago", yellow}
	case s.Daemon == nil && a.Connection == ConnectionOK:
		return cell{"last poll succeeded", green}
	}
	return cell{a.Connection.Label(), a.Connection.style()}
}

func (p *page) account(s Status, a Account) {
	now, connection := s.At, s.connection(a)
	p.line("%s: %s", p.paint(bold, "Account "+a.Title()), p.paint(connection.style, connection.text))
	if a.Poll.Error != "" {
		p.paragraph("  ", a.Poll.Error)
	}
	row := func(label, format string, args ...any) {
		p.paragraph(fmt.Sprintf("  %-15s", label), fmt.Sprintf(format, args...))
	}
	if a.Leader != nil {
		row("worked by", "%s", a.Leader.Name())
	}
	row("last poll", "%s", a.Poll.line(now))
	if o := a.Organizations; o != nil {
		row("organizations", "%d: %d mapped, %d unmapped, %d opted out", o.Total(), o.Mapped, o.Unmapped, o.OptedOut)
	}
	row("open incidents", "%d: %d critical, %d high, %d low", a.Open.Total(), a.Open.Critical, a.Open.High, a.Open.Low)
	pending := strconv.Itoa(a.Pending)
	if a.Pending > 0 {
		pending += ", the oldest since " + moment(a.OldestPendingAt)
	}
	row("pending", "%s", pending)
	row("in doubt", "%d", a.InDoubt)
	if a.Unticketed != nil {
		row("without ticket", "%d", *a.Unticketed)
	}
	row("last census", "%s", Ago(a.CensusAt, now))
	if a.DeletedByPeople > 0 {
		row("deleted", "%s by people; not made again", Counted(a.DeletedByPeople, "ticket"))
	}
	if a.Doubled > 0 {
		row("doubled", "%s with more than one ticket", Counted(a.Doubled, "incident"))
	}
	if a.AdoptionOwed {
		row("creates wait", "%s", "until the tickets that the desk already has were read completely")
	}
	p.line("")
}

func (q Poll) line(now time.Time) string {
	text := Ago(q.AttemptAt, now)
	if q.Failures > 0 {
		text += fmt.Sprintf(", failed %s; last success %s", times(q.Failures), Ago(q.SuccessAt, now))
	}
	if !q.NextAt.IsZero() {
		text += ", next " + Ago(q.NextAt, now)
	}
	return text
}

func (p *page) accounts(s Status) {
	var rows [][]cell
	for _, a := range s.Accounts {
		unmapped, unticketed := "", ""
		if a.Organizations != nil {
			unmapped = strconv.Itoa(a.Organizations.Unmapped)
		}
		if a.Unticketed != nil {
			unticketed = strconv.Itoa(*a.Unticketed)
		}
		rows = append(rows, []cell{
			{a.Title(), bold},
			s.connection(a),
			{Ago(a.Poll.AttemptAt, s.At), plain},
			{strconv.Itoa(a.Open.Total()), plain},
			{strconv.Itoa(a.Pending), plain},
			{strconv.Itoa(a.InDoubt), plain},
			{unmapped, plain},
			{unticketed, plain},
			{a.Poll.Error, plain},
		})
	}
	p.line("%s", p.paint(bold, "Accounts"))
	p.table([]string{"ACCOUNT", "STATE", "LAST POLL", "OPEN", "PENDING", "IN DOUBT", "UNMAPPED", "NO TICKET", "ERROR"}, rows)
	p.line("")
}

// waiting tells in full what waits for what: when a doubt is decided is what
// people look here for.
func (p *page) waiting(s Status) {
	pending, shown := 0, 0
	for _, a := range s.Accounts {
		pending += a.Pending
		for _, w := range a.Waiting {
			if shown == waitingInText {
				break
			}
			if shown == 0 {
				p.line("%s", p.paint(bold, "Pending and in doubt"))
			}
			shown++
			head := fmt.Sprintf("  %d  %s", w.IncidentID, w.Subject)
			if w.Ticket != "" {
				head = fmt.Sprintf("  %d  %s  %s", w.IncidentID, w.Ticket, w.Subject)
			}
			p.line("%s", fit(head, p.width))
			p.paragraph("      ", w.Why)
		}
	}
	if shown == 0 {
		return
	}
	if pending > shown {
		p.line("  ... and %d more", pending-shown)
	}
	p.line("")
}

// WriteHistory shows rows of the journal to a person.
func WriteHistory(w io.Writer, changes []Change, now time.Time, width int, color bool) error {
	p := &page{width: width, color: color}
	if len(changes) == 0 {
		p.line("The journal is empty.")
		return p.writeTo(w)
	}
	p.changes(changes, now)
	return p.writeTo(w)
}

func (p *page) changes(changes []Change, now time.Time) {
	var rows [][]cell
	for _, c := range changes {
		s := plain
		switch c.Outcome {
		case engine.OutcomeInDoubt:
			s = yellow
		case engine.OutcomeRefused, engine.OutcomeFailed:
			s = red
		case engine.OutcomeDone, engine.OutcomeSkipped, engine.OutcomeFound, engine.OutcomeAbsent, engine.OutcomeAdopted:
		}
		rows = append(rows, []cell{
			{c.when(now), plain},
			{c.incident(), plain},
			{string(c.Action), plain},
			{Ended(c.Outcome), s},
			{c.Ticket, plain},
			{cmp.Or(c.Detail, Because(c.Cause)), plain},
		})
	}
	p.table([]string{"WHEN", "INCIDENT", "CHANGE", "OUTCOME", "TICKET", "WHY"}, rows)
}

// incident is its number; a change of the whole state is of none.
func (c Change) incident() string {
	if c.IncidentID == 0 {
		return "-"
	}
	return strconv.FormatInt(c.IncidentID, 10)
}

// when is the time alone on the day itself, else with its date.
func (c Change) when(now time.Time) string {
	if c.At.UTC().Format(time.DateOnly) == now.UTC().Format(time.DateOnly) {
		return c.At.UTC().Format(time.TimeOnly)
	}
	return c.At.UTC().Format(time.DateTime)
}
