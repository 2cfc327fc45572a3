package status

import (
	"strings"

	"github.com/huntsync/huntsync/engine"
)

// Because says why a change is owed, as the end of a sentence.
func Because(c engine.Cause) string {
	switch c {
	case engine.CauseNew:
		return "the incident has no ticket"
	case engine.CauseUnmapped:
		return "the incident has no ticket; its organization is not mapped"
	case engine.CauseInDoubt:
		return "an earlier answer was unclear, so it is looked up first"
	case engine.CauseUpdated:
		return "the incident changed"
	case engine.CauseOrganization:
		return "the organization changed in Huntress"
	case engine.CauseClosed:
		return "Huntress ended the incident"
	case engine.CauseReopened:
		return "Huntress opened the incident again"
	case engine.CauseDeleting:
		return "Huntress is deleting the incident"
	case engine.CauseSeverityRaised:
		return "the severity was raised"
	case engine.CauseMapped:
		return "the organization is mapped now"
	case engine.CauseDuplicate:
		return "it is a second ticket of the same incident"
	case engine.CauseCloseRefused:
		return "the board's rules refuse the close"
	case engine.CauseHost:
		return "the host could not be read when the ticket was made"
	case engine.CauseAsset:
		return "the host may be an asset of the client"
	case engine.CauseAuthor:
		return "only a note tells whether the ticket is ours"
	case engine.CauseRecheck:
		return "a repeated create is looked at once more"
	case engine.CauseVanished:
		return "the desk says that the ticket does not exist"
	}
	return string(c)
}

// Did says what a change did or was to do: "create the ticket".
func Did(a engine.Action) string {
	switch a {
	case engine.ActionCreate:
		return "create the ticket"
	case engine.ActionNote:
		return "add a note"
	case engine.ActionClose:
		return "close the ticket"
	case engine.ActionReopen:
		return "reopen the ticket"
	case engine.ActionMove:
		return "move the ticket"
	case engine.ActionReprioritize:
		return "change the priority"
	case engine.ActionLink:
		return "link the host's asset"
	case engine.ActionLookup:
		return "look the ticket up"
	}
	return string(a)
}

// Ended says how a change ended, in a word or two.
func Ended(o engine.Outcome) string {
	switch o {
	case engine.OutcomeDone:
		return "done"
	case engine.OutcomeInDoubt:
		return "in doubt"
	case engine.OutcomeRefused:
		return "refused"
	case engine.OutcomeFailed:
		return "failed"
	case engine.OutcomeSkipped:
		return "not needed"
	case engine.OutcomeFound:
		return "had happened"
	case engine.OutcomeAbsent:
		return "had not happened"
	case engine.OutcomeAdopted:
		return "adopted"
	}
	return string(o)
}

// Troubled says why a call failed, for people.
func Troubled(r engine.Reason) string {
	switch r {
	case engine.ReasonAuth:
		return "the credentials, or their permissions, were refused"
	case engine.ReasonRateLimited:
		return "too many requests"
	case engine.ReasonTimeout:
		return "no answer in time"
	case engine.ReasonUnavailable:
		return "out of reach"
	case engine.ReasonRejected:
		return "the request was refused"
	case engine.ReasonInternal:
		return "a fault of huntsync"
	}
	return string(r)
}

// Skipped says why an incident gets no ticket.
func Skipped(s engine.Skip) string {
	switch s {
	case engine.SkipBeforeLookback:
		return "It was no longer open when the first look-back began, so it is only recorded."
	case engine.SkipDeleting:
		return "Huntress was already deleting it when it was first seen, so it is only recorded."
	case engine.SkipClosedOptedOut:
		return "It closed while its organization was opted out (tickets = false), so it is only recorded."
	case engine.SkipDeletedByPerson:
		return "A person deleted its ticket; it is not made again."
	case engine.SkipForgotten:
		return "An operator said that it gets no ticket."
	case engine.SkipLeftBehind:
		return "It was over, and had its ticket at the desk that was used before; it gets one here when it opens again."
	}
	return string(s)
}

// subjectShown is how much of a subject is shown, in characters: as much as a
// ticket's title holds.
const subjectShown = 255

// subject is an incident's subject on one line.
func subject(r engine.Record) string {
	if s := engine.CleanLine(r.Seen.Incident.Subject); s != "" {
		return shorten(s, subjectShown)
	}
	if r.Seen.Incident.ID == 0 {
		return "(only its ticket is known yet)"
	}
	return "(no subject)"
}

// line cleans a value that is shown as it came.
func line[T ~string](s T) T { return T(engine.CleanLine(string(s))) }

// ticketName is what people call a ticket.
func ticketName(t engine.TicketLink) string {
	if n := engine.CleanLine(t.Number); n != "" {
		return n
	}
	return engine.CleanLine(t.ID)
}

// SafeURL is a link that a page may carry: http and https only, else empty.
func SafeURL(url string) string {
	if strings.HasPrefix(url, "https://") || strings.HasPrefix(url, "http://") {
		return url
	}
	return ""
}

// sentence ends text with a full stop.
func sentence(s string) string {
	if s == "" || strings.HasSuffix(s, ".") || strings.HasSuffix(s, "!") || strings.HasSuffix(s, "?") {
		return s
	}
	return s + "."
}
