package engine

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"github.com/google/uuid"
)

// Key names one incident among all accounts.
type Key struct {
	AccountID  int64
	Kind       Kind
	IncidentID int64
}

// String is the key as messages and logs show it: "5/incident_report/1234".
func (k Key) String() string {
	return fmt.Sprintf("%d/%s/%d", k.AccountID, k.Kind, k.IncidentID)
}

// CorrelationID is the name of the incident's ticket: the same on every machine
// and after any loss of state, because it is made from nothing but the key.
func (k Key) CorrelationID() uuid.UUID {
	return uuid.NewSHA1(correlationSpace(), []byte(k.String()))
}

// OperationID names one operation on the incident's ticket, so that one whose
// answer was lost can be recognized.
func (k Key) OperationID(what string) uuid.UUID {
	return uuid.NewSHA1(k.CorrelationID(), []byte(what))
}

// correlationSpace is the UUIDv5 name space of correlation ids. Changing it would
// double every ticket.
func correlationSpace() uuid.UUID {
	return uuid.NewSHA1(uuid.NameSpaceURL, []byte("https://github.com/huntsync/huntsync"))
}

// MarkerPrefix is what every title of ours begins with.
const MarkerPrefix = "[Huntress #"

// Marker is the closed marker that a title begins with: "[Huntress #1234]".
func Marker(incidentID int64) string {
	return MarkerPrefix + strconv.FormatInt(incidentID, 10) + "]"
}

// ParseMarker reads the incident id from the start of a title.
func ParseMarker(title string) (incidentID int64, ok bool) {
	rest, ok := strings.CutPrefix(title, MarkerPrefix)
	if !ok {
		return 0, false
	}
	digits, _, ok := strings.Cut(rest, "]")
	if !ok {
		return 0, false
	}
	id, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || id <= 0 || strconv.FormatInt(id, 10) != digits {
		return 0, false
	}
	return id, true
}

// compareKeys orders keys by account and incident.
func compareKeys(a, b Key) int {
	return cmp.Or(
		cmp.Compare(a.AccountID, b.AccountID),
		cmp.Compare(a.Kind, b.Kind),
		cmp.Compare(a.IncidentID, b.IncidentID),
	)
}
