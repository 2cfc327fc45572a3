package engine

// Decision is where one incident goes, and why.
type Decision struct {
	// Unmapped is true where the fallback takes it.
	Unmapped bool
	// OptedOut is true where the organization wants no tickets.
	OptedOut bool
	// Route is the first route that matched; empty for none.
	Route string
	// Mapping is the mapping of the organization; the zero value where unmapped.
	Mapping Mapping

	ClientID      string
	BoardID       string
	StatusID      string
	PriorityID    string
	CategoryID    string
	SubcategoryID string
	// Contact is looked up at the desk; empty for none.
	Contact string

	// Close is what happens to the ticket when the incident ends; nil: it gets a
	// note and stays open.
	Close *Closing

	// Problem is why a block that should have applied could not be used.
	Problem string
	// SeverityUnknown is true where the severity was not one that is documented.
	SeverityUnknown bool
	// Steps tell where each attribute came from, in the order they were decided.
	Steps []Step
}

// Step tells where one attribute of a decision came from.
type Step struct {
	Attribute string `json:"attribute"` // client, board, category, priority, close
	Value     string `json:"value"`     // its name
	From      string `json:"from"`      // `route "ransomware"`, `organization "Acme"`, "routing", "routing.fallback"
	Note      string `json:"note,omitempty"`
	Pos       Pos    `json:"pos,omitzero"`
}

// target is what has to be remembered of a decision while its change is under way.
func (d *Decision) target() Target {
	return Target{
		BoardID: d.BoardID, StatusID: d.StatusID, ClientID: d.ClientID,
		PriorityID: d.PriorityID, Unmapped: d.Unmapped,
	}
}

// decision is the decision as far as it was remembered.
func (t Target) decision() Decision {
	return Decision{
		BoardID: t.BoardID, StatusID: t.StatusID, ClientID: t.ClientID,
		PriorityID: t.PriorityID, Unmapped: t.Unmapped,
	}
}
