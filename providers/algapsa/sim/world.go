package sim

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
)

// Board is a ticket board.
type Board struct {
	ID, Name    string
	Description string
	Order       int // Boards are listed with the highest first.
	Inactive    bool
	Rules       CloseRules
	CreatedAt   time.Time
}

// Status is a ticket status of one board, or, with another Type and no board, of something else.
type Status struct {
	ID, BoardID, Name string
	Type              string // "ticket" when empty.
	Closed, Default   bool
	Order             int
	CreatedAt         time.Time
}

// Priority is a priority of the tenant.
type Priority struct {
	ID, Name  string
	ItemType  string // "ticket" when empty.
	Order     int
	CreatedAt time.Time
}

// Category is a category of a board, or, with a Parent, a subcategory.
type Category struct {
	ID, BoardID, Name, Parent string
	Order                     int
	CreatedAt                 time.Time
}

// Client is a customer of the managed service provider.
type Client struct {
	ID, Name, Email string
	Inactive        bool
	CreatedAt       time.Time
}

// Contact is a person at a client.
type Contact struct {
	ID, ClientID, Name, Email string
	Inactive                  bool
	CreatedAt                 time.Time
}

// Asset is a device of a client.
type Asset struct {
	ID, ClientID, Name, Tag, Serial, Type, Location string
	CreatedAt                                       time.Time
}

// User is an internal user of the desk.
type User struct {
	ID, Name string
}

// Key is an API key: it can do what its user can do.
type Key struct {
	Key, UserID string
	Permissions []string // "resource:action".
	Inactive    bool     // Switched off, expired or its user gone: all the same 401.
}

// world is everything the tenant holds.
type world struct {
	tenant      string
	seed        uint64
	made        uint64 // How many ids were made.
	prefix      string
	nextNumber  int
	boards      []*Board
	statuses    []*Status
	priorities  []*Priority
	categories  []*Category
	clients     []*Client
	contacts    []*Contact
	assets      []*Asset
	tickets     []*Ticket // In the order they were made.
	ticketByID  map[string]*Ticket
	users       map[string]*User
	keys        map[string]*Key
	tags        []tag
	statusByID  map[string]*Status
	clientByID  map[string]*Client
	contactByID map[string]*Contact
}

// tag is one mapping of a tag text to a ticket.
type tag struct {
	mapping, id, text, ticket string
	at                        time.Time
}

func newWorld(o Options) world {
	w := world{
		seed: o.Seed, tenant: o.Tenant, prefix: o.NumberPrefix, nextNumber: o.FirstNumber,
		users: map[string]*User{}, keys: map[string]*Key{},
		ticketByID: map[string]*Ticket{}, statusByID: map[string]*Status{},
		clientByID: map[string]*Client{}, contactByID: map[string]*Contact{},
	}
	if w.tenant == "" {
		w.tenant = w.newID()
	}
	return w
}

// newID makes the next UUID of the seed's sequence.
func (w *world) newID() string {
	var source [16]byte
	binary.BigEndian.PutUint64(source[:8], w.seed)
	binary.BigEndian.PutUint64(source[8:], w.made)
	w.made++
	sum := sha256.Sum256(source[:])
	id := uuid.UUID(sum[:16])
	id[6] = id[6]&0x0f | 0x40
	id[8] = id[8]&0x3f | 0x80
	return id.String()
}

// newNumber makes the next ticket number.
func (w *world) newNumber() string {
	number := fmt.Sprintf("%s%06d", w.prefix, w.nextNumber)
	w.nextNumber++
	return number
}

func (w *world) board(id string) *Board {
	return find(w.boards, func(b *Board) bool { return b.ID == id })
}

func (w *world) category(id string) *Category {
	return find(w.categories, func(c *Category) bool { return c.ID == id })
}

func (w *world) priority(id string) *Priority {
	return find(w.priorities, func(p *Priority) bool { return p.ID == id })
}

func (w *world) asset(id string) *Asset {
	return find(w.assets, func(a *Asset) bool { return a.ID == id })
}

// find is the first element that fits, or nil.
func find[T any](all []*T, fits func(*T) bool) *T {
	if i := slices.IndexFunc(all, fits); i >= 0 {
		return all[i]
	}
	return nil
}

// fill gives a new thing its id and time where the caller left them out.
func (s *Sim) fill(id *string, at *time.Time) {
	if *id == "" {
		*id = s.world.newID()
	}
	if at.IsZero() {
		*at = s.now().UTC().Truncate(time.Millisecond)
	}
}

// AddBoard adds a board and returns it with its id.
func (s *Sim) AddBoard(b Board) Board {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.addBoard(b)
}

func (s *Sim) addBoard(b Board) Board {
	s.fill(&b.ID, &b.CreatedAt)
	s.world.boards = append(s.world.boards, &b)
	return b
}

// AddStatus adds a status and returns it with its id.
func (s *Sim) AddStatus(st Status) Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.addStatus(st)
}

func (s *Sim) addStatus(st Status) Status {
	s.fill(&st.ID, &st.CreatedAt)
	if st.Type == "" {
		st.Type = "ticket"
	}
	s.world.statuses = append(s.world.statuses, &st)
	s.world.statusByID[st.ID] = &st
	return st
}

// AddPriority adds a priority and returns it with its id.
func (s *Sim) AddPriority(p Priority) Priority {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fill(&p.ID, &p.CreatedAt)
	if p.ItemType == "" {
		p.ItemType = "ticket"
	}
	s.world.priorities = append(s.world.priorities, &p)
	return p
}

// AddCategory adds a category and returns it with its id.
func (s *Sim) AddCategory(c Category) Category {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fill(&c.ID, &c.CreatedAt)
	s.world.categories = append(s.world.categories, &c)
	return c
}

// AddClient adds a client and returns it with its id.
func (s *Sim) AddClient(c Client) Client {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.addClient(c)
}

func (s *Sim) addClient(c Client) Client {
	s.fill(&c.ID, &c.CreatedAt)
	s.world.clients = append(s.world.clients, &c)
	s.world.clientByID[c.ID] = &c
	return c
}

// AddContact adds a contact and returns it with its id.
func (s *Sim) AddContact(c Contact) Contact {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fill(&c.ID, &c.CreatedAt)
	s.world.contacts = append(s.world.contacts, &c)
	s.world.contactByID[c.ID] = &c
	return c
}

// AddAsset adds an asset and returns it with its id.
func (s *Sim) AddAsset(a Asset) Asset {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.addAsset(a)
}

func (s *Sim) addAsset(a Asset) Asset {
	s.fill(&a.ID, &a.CreatedAt)
	s.world.assets = append(s.world.assets, &a)
	return a
}

// AddUser adds an internal user and returns it with its id.
func (s *Sim) AddUser(u User) User {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fill(&u.ID, &time.Time{})
	s.world.users[u.ID] = &u
	return u
}

// AddKey adds an API key; one with the same text is replaced, which is how a test switches it off or on.
func (s *Sim) AddKey(k Key) Key {
	s.mu.Lock()
	defer s.mu.Unlock()
	k.Permissions = slices.Clone(k.Permissions)
	s.world.keys[k.Key] = &k
	return k
}

// AddTag attaches a tag to a ticket, as the tag endpoint and the desk's own pages do.
func (s *Sim) AddTag(ticketID, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.world.tags = append(s.world.tags, tag{
		mapping: s.world.newID(), id: s.world.newID(), text: text, ticket: ticketID, at: s.now().UTC().Truncate(time.Millisecond),
	})
}

// RemoveStatus deletes a status, as an administrator may while configurations still name it.
func (s *Sim) RemoveStatus(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.world.statuses = slices.DeleteFunc(s.world.statuses, func(st *Status) bool { return st.ID == id })
	delete(s.world.statusByID, id)
}

// EditBoard changes a board in place; it reports whether the board exists.
func (s *Sim) EditBoard(id string, edit func(*Board)) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return change(s.world.board(id), edit)
}

// EditStatus changes a status in place; it reports whether the status exists.
func (s *Sim) EditStatus(id string, edit func(*Status)) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return change(s.world.statusByID[id], edit)
}

// EditClient changes a client in place; it reports whether the client exists.
func (s *Sim) EditClient(id string, edit func(*Client)) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return change(s.world.clientByID[id], edit)
}

func change[T any](thing *T, edit func(*T)) bool {
	if thing == nil {
		return false
	}
	edit(thing)
	return true
}

// Boards returns the boards in the order they were added.
func (s *Sim) Boards() []Board {
	s.mu.Lock()
	defer s.mu.Unlock()
	return values(s.world.boards)
}

// Statuses returns the statuses in the order they were added.
func (s *Sim) Statuses() []Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	return values(s.world.statuses)
}

// Priorities returns the priorities in the order they were added.
func (s *Sim) Priorities() []Priority {
	s.mu.Lock()
	defer s.mu.Unlock()
	return values(s.world.priorities)
}

// Categories returns the categories in the order they were added.
func (s *Sim) Categories() []Category {
	s.mu.Lock()
	defer s.mu.Unlock()
	return values(s.world.categories)
}

// Clients returns the clients in the order they were added.
func (s *Sim) Clients() []Client {
	s.mu.Lock()
	defer s.mu.Unlock()
	return values(s.world.clients)
}

// Tickets returns a copy of every ticket that exists, oldest first.
func (s *Sim) Tickets() []Ticket {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]Ticket, 0, len(s.world.tickets))
	for _, t := range s.world.tickets {
		all = append(all, s.copyTicket(t))
	}
	return all
}

// Ticket returns a copy of one ticket; false when it does not exist or was deleted.
func (s *Sim) Ticket(id string) (Ticket, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.world.ticketByID[id]
	if t == nil {
		return Ticket{}, false
	}
	return s.copyTicket(t), true
}

// copyTicket detaches a ticket from the world and fills in the names a person would see.
func (s *Sim) copyTicket(t *Ticket) Ticket {
	dup := *t
	dup.Comments = make([]Comment, len(t.Comments))
	for i, c := range t.Comments {
		c.Metadata = slices.Clone(c.Metadata)
		dup.Comments[i] = c
	}
	dup.Attributes = slices.Clone(t.Attributes)
	dup.Assets = slices.Clone(t.Assets)
	if b := s.world.board(t.BoardID); b != nil {
		dup.Board = b.Name
	}
	if st := s.world.statusByID[t.StatusID]; st != nil {
		dup.Status, dup.StatusClosed = st.Name, st.Closed
	}
	if p := s.world.priority(t.PriorityID); p != nil {
		dup.Priority = p.Name
	}
	if c := s.world.clientByID[t.ClientID]; c != nil {
		dup.Client = c.Name
	}
	return dup
}

func values[T any](all []*T) []T {
	out := make([]T, len(all))
	for i, one := range all {
		out[i] = *one
	}
	return out
}

// Attribute is the text of one attribute of a ticket; empty when it is not there or no string.
func (t Ticket) Attribute(name string) string {
	var attributes map[string]json.RawMessage
	if json.Unmarshal(t.Attributes, &attributes) != nil {
		return ""
	}
	var text string
	if json.Unmarshal(attributes[name], &text) != nil {
		return ""
	}
	return text
}
