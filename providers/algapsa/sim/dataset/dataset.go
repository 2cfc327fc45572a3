// Package dataset is the desk of "huntsync demo": the AlgaPSA of an MSP with four ticket boards, priorities,
// categories and the clients whose organizations the simulated Huntress reports on. Client names are those that
// the Huntress half of the demo expects; some differ a little from the organization's name, as in real life.
package dataset

import "github.com/huntsync/huntsync/providers/algapsa/sim"

// The credentials and people of the demo's desk.
const (
	// Key is the API key of the integration's user; it opens nothing but the simulator.
	Key = "psa_demo"
	// User is the name of the internal user that owns the key.
	User = "huntsync"
	// UserID is the UUID of that user: who entered the tickets that huntsync creates.
	UserID = "5f0c3a52-6d0e-4c7b-9a3e-2f6f1d0b8a01"
	// Technician is the name of a person who works at the desk.
	Technician = "Dana Whitfield"
	// TechnicianID is the UUID of that person, for [sim.Sim.As].
	TechnicianID = "5f0c3a52-6d0e-4c7b-9a3e-2f6f1d0b8a02"
)

// The boards.
const (
	BoardSecurity = "Security"
	BoardTriage   = "Triage"
	BoardVIP      = "VIP Security"
	BoardIncident = "Incident Response"
)

// The statuses that each board has.
const (
	StatusNew        = "New" // open, the board's default
	StatusInProgress = "In Progress"
	StatusClosed     = "Closed" // closed
)

// The priorities, the most urgent first.
const (
	PriorityP0 = "P0"
	PriorityP1 = "P1"
	PriorityP2 = "P2"
	PriorityP3 = "P3"
)

// The category of security work and its subcategory. The triage board has neither: what lands there is sorted by hand.
const (
	Category    = "Security"
	Subcategory = "Incident"
)

// The clients that belong to no organization.
const (
	// ClientTriage holds the tickets of organizations that nobody has mapped yet.
	ClientTriage = "Security Triage"
	// ClientInactive left the MSP; the desk lists it among the others.
	ClientInactive = "Kestrel Bay Marina"
)

// Boards lists the boards in the order the desk shows them.
func Boards() []string { return []string{BoardSecurity, BoardTriage, BoardVIP, BoardIncident} }

// Priorities lists the priorities, the most urgent first.
func Priorities() []string { return []string{PriorityP0, PriorityP1, PriorityP2, PriorityP3} }

// Clients lists the active clients: one for each organization of the demo's Huntress, and [ClientTriage].
func Clients() []string {
	return []string{
		"Acme Corporation", "Birchwood Family Dental", "Cedar Ridge Schools", "Delmar and Sons Construction",
		"Eastgate Credit Union", "Fjord & Fjell Møbler", "Granite Peak Legal LLP", "Harborview Pediatrics",
		"Ibérica Logística", "Tokyo Precision Parts", "Juniper Street Coffee", "Northstar IT Services", ClientTriage,
	}
}

// Permissions lists what the user of [Key] may do: what huntsync needs and nothing more.
func Permissions() []string {
	return []string{
		"ticket:read", "ticket:create", "ticket:update", "client:read", "contact:read", "ticket_settings:read", "asset:read",
	}
}

// Load fills a simulator with the desk: users, the key, boards with their statuses and categories, priorities and
// clients. It has no tickets yet.
func Load(s *sim.Sim) {
	s.AddUser(sim.User{ID: UserID, Name: User})
	s.AddUser(sim.User{ID: TechnicianID, Name: Technician})
	s.AddKey(sim.Key{Key: Key, UserID: UserID, Permissions: Permissions()})
	boards := Boards()
	for i, name := range boards {
		addBoard(s, name, len(boards)-i)
	}
	for i, name := range Priorities() {
		s.AddPriority(sim.Priority{Name: name, Order: i + 1})
	}
	for _, name := range Clients() {
		s.AddClient(sim.Client{Name: name, Email: address(name)})
	}
	s.AddClient(sim.Client{Name: ClientInactive, Email: address(ClientInactive), Inactive: true})
}

// addBoard adds a board with its statuses and, except for triage, its categories.
func addBoard(s *sim.Sim, name string, order int) {
	board := s.AddBoard(sim.Board{Name: name, Order: order})
	s.AddStatus(sim.Status{BoardID: board.ID, Name: StatusNew, Default: true, Order: 1})
	s.AddStatus(sim.Status{BoardID: board.ID, Name: StatusInProgress, Order: 2})
	s.AddStatus(sim.Status{BoardID: board.ID, Name: StatusClosed, Closed: true, Order: 3})
	if name == BoardTriage {
		return
	}
	category := s.AddCategory(sim.Category{BoardID: board.ID, Name: Category, Order: 1})
	s.AddCategory(sim.Category{BoardID: board.ID, Name: Subcategory, Parent: category.ID, Order: 1})
}

// address is the default address of a client, in a domain that cannot exist.
func address(client string) string {
	local := make([]byte, 0, len(client))
	for _, r := range client {
		switch {
		case 'a' <= r && r <= 'z':
			local = append(local, byte(r))
		case 'A' <= r && r <= 'Z':
			local = append(local, byte(r-'A'+'a'))
		}
	}
	return string(local) + "@example.invalid"
}
