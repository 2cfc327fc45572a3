package sim

import (
	"cmp"
	"math"
	"net/http"
	"slices"
)

// listBoards is GET /boards: active ones only unless asked, the highest display order first.
func (s *Sim) listBoards(c *call) answer {
	q := newQuery(c)
	p := q.paging()
	search, _ := q.text("search")
	inactive, _ := q.flag("include_inactive")
	if refusal, bad := q.refusal(); bad {
		return refusal
	}
	boards := keep(s.world.boards, func(b *Board) bool {
		return (inactive || !b.Inactive) && (search == "" || ilike(b.Name, search) || ilike(b.Description, search))
	})
	less := func(a, b *Board) int { return cmp.Compare(a.Order, b.Order) }
	if p.sort == "board_name" {
		less = func(a, b *Board) int { return cmp.Compare(a.Name, b.Name) }
	}
	sortPage(boards, less, p)
	return page(rowsOf(cut(boards, p), s.boardRow), p, len(boards), q.filters)
}

// getBoard is GET /boards/{id}.
func (s *Sim) getBoard(c *call) answer {
	b := s.world.board(lower(c.params["id"]))
	if b == nil {
		return fail(http.StatusNotFound, "NOT_FOUND", "board not found", nil)
	}
	return ok(http.StatusOK, s.boardRow(b))
}

// createBoard is POST /boards, which the right to create tickets is enough for.
func (s *Sim) createBoard(c *call) answer {
	f := looseForm(c.body)
	name, _ := f.text("board_name", true, 1, 255)
	description, _ := f.text("description", false, 0, 0)
	if len(f.issues) > 0 {
		return invalid(f.issues...)
	}
	b := s.addBoard(Board{Name: name, Description: description, CreatedAt: c.now})
	return ok(http.StatusCreated, s.boardRow(&b))
}

func (s *Sim) boardRow(b *Board) map[string]any {
	row := map[string]any{
		"tenant": s.world.tenant, "board_id": b.ID, "board_name": b.Name, "description": textOrNull(b.Description),
		"is_inactive": b.Inactive, "is_default": false, "display_order": b.Order, "category_type": "custom",
		"priority_type": "custom", "display_itil_impact": false, "display_itil_urgency": false,
		"enable_live_ticket_timer": true, "inbound_reply_reopen_enabled": false, "inbound_reply_reopen_cutoff_hours": 168,
		"inbound_reply_ai_ack_suppression_enabled": false, "is_pinned": false,
	}
	for _, column := range []string{
		"contact_name_id", "priority", "severity", "urgency", "impact", "category", "subcategory", "assigned_to", "status", "due_date",
	} {
		row["display_"+column] = true
	}
	for _, column := range []string{
		"default_assigned_to", "default_priority_id", "sla_policy_id", "manager_user_id", "default_assigned_team_id",
		"inbound_reply_reopen_status_id", "list_view_settings",
	} {
		row[column] = nil
	}
	return row
}

// listStatuses is GET /statuses: ticket statuses need their board, and without a type there are others among them.
func (s *Sim) listStatuses(c *call) answer {
	q := newQuery(c)
	p := q.paging()
	kind, typed := q.text("type")
	board, ofBoard := q.id("board_id")
	if typed && kind == "ticket" && !ofBoard && len(q.issues) == 0 {
		q.issues = append(q.issues, issue{
			"code": "custom", "path": []any{"board_id"}, "message": "board_id is required when querying ticket statuses",
		})
	}
	if refusal, bad := q.refusal(); bad {
		return refusal
	}
	if !sortable(p, s.statusRow(&Status{})) {
		return misconfigured()
	}
	statuses := keep(s.world.statuses, func(st *Status) bool {
		return (!typed || st.Type == kind) && (!ofBoard || st.BoardID == board)
	})
	less := func(a, b *Status) int { return a.CreatedAt.Compare(b.CreatedAt) }
	if p.sort == "order_number" {
		less = func(a, b *Status) int { return cmp.Compare(a.Order, b.Order) }
	}
	sortPage(statuses, less, p)
	return page(rowsOf(cut(statuses, p), s.statusRow), p, len(statuses), q.filters)
}

// createStatus is POST /statuses; a board's names are unique.
func (s *Sim) createStatus(c *call) answer {
	f := looseForm(c.body)
	st := Status{CreatedAt: c.now}
	st.Name, _ = f.text("name", true, 1, 255)
	st.Type, _ = f.text("status_type", true, 1, 0)
	st.BoardID, _ = f.id("board_id", false)
	st.Closed = f.flag("is_closed")
	f.take("order_number", "number", false)
	if len(f.issues) > 0 {
		return invalid(f.issues...)
	}
	twin := find(s.world.statuses, func(o *Status) bool { return o.BoardID == st.BoardID && o.Name == st.Name })
	if twin != nil {
		return fail(http.StatusConflict, "CONFLICT", "Resource already exists",
			"Key (tenant, board_id, name)=("+s.world.tenant+", "+st.BoardID+", "+st.Name+") already exists.")
	}
	st = s.addStatus(st)
	return ok(http.StatusCreated, s.statusRow(&st))
}

func (s *Sim) statusRow(st *Status) map[string]any {
	return map[string]any{
		"tenant": s.world.tenant, "status_id": st.ID, "name": st.Name, "status_type": st.Type, "order_number": st.Order,
		"created_by": nil, "created_at": timeText(st.CreatedAt), "is_closed": st.Closed, "item_type": nil,
		"is_default": st.Default, "color": nil, "icon": nil, "board_id": textOrNull(st.BoardID),
	}
}

// ticketStatuses is GET /tickets/statuses: unpaginated, of one board or of all.
func (s *Sim) ticketStatuses(c *call) answer {
	q := newQuery(c)
	board, ofBoard := q.id("board_id")
	if refusal, bad := q.refusal(); bad {
		return refusal
	}
	statuses := keep(s.world.statuses, func(st *Status) bool { return st.Type == "ticket" && (!ofBoard || st.BoardID == board) })
	slices.SortStableFunc(statuses, func(a, b *Status) int {
		return cmp.Or(cmp.Compare(a.BoardID, b.BoardID), cmp.Compare(a.Order, b.Order), cmp.Compare(a.Name, b.Name))
	})
	return ok(http.StatusOK, rowsOf(statuses, func(st *Status) map[string]any {
		return map[string]any{
			"status_id": st.ID, "board_id": st.BoardID, "name": st.Name, "is_closed": st.Closed,
			"is_default": st.Default, "order_number": st.Order,
		}
	}))
}

// listPriorities is GET /priorities; its search parameter breaks it.
func (s *Sim) listPriorities(c *call) answer {
	q := newQuery(c)
	p := q.paging()
	item, typed := q.text("item_type")
	if refusal, bad := q.refusal(); bad {
		return refusal
	}
	if _, there := c.query["search"]; there || !sortable(p, s.priorityRow(&Priority{})) {
		return misconfigured()
	}
	priorities := keep(s.world.priorities, func(one *Priority) bool { return !typed || one.ItemType == item })
	sortPage(priorities, func(a, b *Priority) int { return a.CreatedAt.Compare(b.CreatedAt) }, p)
	return page(rowsOf(cut(priorities, p), s.priorityRow), p, len(priorities), q.filters)
}

func (s *Sim) priorityRow(one *Priority) map[string]any {
	return map[string]any{
		"tenant": s.world.tenant, "priority_id": one.ID, "priority_name": one.Name, "order_number": one.Order,
		"item_type": one.ItemType, "color": "#6B7280", "is_from_itil_standard": false, "itil_priority_level": nil,
		"created_by": nil, "created_at": timeText(one.CreatedAt), "updated_at": timeText(one.CreatedAt),
	}
}

// ticketPriorities is GET /tickets/priorities: the ids and names of the ticket ones, by name.
func (s *Sim) ticketPriorities(*call) answer {
	priorities := keep(s.world.priorities, func(one *Priority) bool { return one.ItemType == "ticket" })
	slices.SortStableFunc(priorities, func(a, b *Priority) int { return cmp.Compare(a.Name, b.Name) })
	return ok(http.StatusOK, rowsOf(priorities, func(one *Priority) map[string]any {
		return map[string]any{"priority_id": one.ID, "priority_name": one.Name}
	}))
}

// listCategories is GET /categories/ticket: page is echoed and ignored, offset is what pages. Nobody has told by what
// they are sorted: let it be their names, which boards share.
func (s *Sim) listCategories(c *call) answer {
	q := newQuery(c)
	p := q.paging()
	part := paging{from: q.number("offset", 0, 0, math.MaxInt32), limit: p.limit, order: "asc"}
	board, ofBoard := q.id("board_id")
	parent, ofParent := q.id("parent_category")
	search, _ := q.text("search")
	if refusal, bad := q.refusal(); bad {
		return refusal
	}
	categories := keep(s.world.categories, func(one *Category) bool {
		return (!ofBoard || one.BoardID == board) && (!ofParent || one.Parent == parent) && (search == "" || ilike(one.Name, search))
	})
	sortPage(categories, func(a, b *Category) int { return cmp.Compare(a.Name, b.Name) }, part)
	return page(rowsOf(cut(categories, part), func(one *Category) map[string]any {
		return map[string]any{
			"tenant": s.world.tenant, "category_id": one.ID, "category_name": one.Name, "parent_category": textOrNull(one.Parent),
			"created_by": s.world.tenant, "created_at": timeText(one.CreatedAt), "display_order": one.Order,
			"is_from_itil_standard": false, "board_id": one.BoardID,
		}
	}), p, len(categories), q.filters)
}

// listClients is GET /clients; inactive ones are among them unless is_inactive says otherwise.
func (s *Sim) listClients(c *call) answer {
	q := newQuery(c)
	p := q.paging()
	name, _ := q.text("client_name")
	search, _ := q.text("search")
	inactive, asked := q.flag("is_inactive")
	if refusal, bad := q.refusal(); bad {
		return refusal
	}
	if badPattern(name) || badPattern(search) {
		return s.internal("LIKE pattern must not end with escape character")
	}
	if !sortable(p, s.clientRow(&Client{})) {
		return misconfigured()
	}
	clients := keep(s.world.clients, func(one *Client) bool {
		return (!asked || one.Inactive == inactive) && ilike(one.Name, name) && (ilike(one.Name, search) || ilike(one.Email, search))
	})
	less := func(a, b *Client) int { return a.CreatedAt.Compare(b.CreatedAt) }
	if p.sort == "client_name" {
		less = func(a, b *Client) int { return cmp.Compare(a.Name, b.Name) }
	}
	sortPage(clients, less, p)
	return page(rowsOf(cut(clients, p), s.clientRow), p, len(clients), q.filters)
}

// createClient is POST /clients.
func (s *Sim) createClient(c *call) answer {
	f := looseForm(c.body)
	name, _ := f.text("client_name", true, 1, 255)
	if len(f.issues) > 0 {
		return invalid(f.issues...)
	}
	client := s.addClient(Client{Name: name, CreatedAt: c.now})
	return ok(http.StatusCreated, s.clientRow(&client))
}

func (s *Sim) clientRow(one *Client) map[string]any {
	row := map[string]any{
		"tenant": s.world.tenant, "client_id": one.ID, "client_name": one.Name, "is_inactive": one.Inactive,
		"created_at": timeText(one.CreatedAt), "updated_at": timeText(one.CreatedAt), "auto_invoice": false,
		"client_type": "company", "is_tax_exempt": false, "billing_cycle": "monthly", "default_currency_code": "USD",
		"lifecycle_status": "active", "credit_balance": 0, "url": "",
	}
	for _, column := range []string{
		"properties", "billing_type", "payment_terms", "credit_limit", "preferred_payment_method", "invoice_delivery_method",
		"tax_exemption_certificate", "tax_id_number", "notes", "timezone", "notes_document_id", "invoice_template_id",
		"billing_contact_id", "billing_email", "region_code", "account_manager_id", "sla_policy_id", "entra_tenant_id",
		"entra_primary_domain", "inbound_ticket_defaults_id", "account_manager_full_name", "logoUrl",
	} {
		row[column] = nil
	}
	return row
}

// listContacts is GET /contacts.
func (s *Sim) listContacts(c *call) answer {
	q := newQuery(c)
	p := q.paging()
	name, _ := q.text("full_name")
	email, _ := q.text("email")
	client, ofClient := q.id("client_id")
	inactive, asked := q.flag("is_inactive")
	if refusal, bad := q.refusal(); bad {
		return refusal
	}
	if badPattern(name) || badPattern(email) {
		return s.internal("LIKE pattern must not end with escape character")
	}
	if !sortable(p, s.contactRow(&Contact{})) {
		return misconfigured()
	}
	contacts := keep(s.world.contacts, func(one *Contact) bool {
		return ilike(one.Name, name) && ilike(one.Email, email) && (!ofClient || one.ClientID == client) &&
			(!asked || one.Inactive == inactive)
	})
	sortPage(contacts, func(a, b *Contact) int { return a.CreatedAt.Compare(b.CreatedAt) }, p)
	return page(rowsOf(cut(contacts, p), s.contactRow), p, len(contacts), q.filters)
}

func (s *Sim) contactRow(one *Contact) map[string]any {
	row := map[string]any{
		"tenant": s.world.tenant, "contact_name_id": one.ID, "full_name": one.Name, "email": textOrNull(one.Email),
		"client_id": textOrNull(one.ClientID), "is_inactive": one.Inactive, "created_at": timeText(one.CreatedAt),
		"updated_at": timeText(one.CreatedAt), "role": nil, "notes": nil, "client_name": nil,
	}
	if client := s.world.clientByID[one.ClientID]; client != nil {
		row["client_name"] = client.Name
	}
	return row
}

// sortable reports whether there is such a column: the database fails at any other. Only boards have an order that
// stands in for it.
func sortable(p paging, row map[string]any) bool {
	_, known := row[p.sort]
	return known
}

func keep[T any](all []*T, fits func(*T) bool) []*T {
	kept := []*T{}
	for _, one := range all {
		if fits(one) {
			kept = append(kept, one)
		}
	}
	return kept
}

func rowsOf[T any](all []*T, row func(*T) map[string]any) []map[string]any {
	rows := make([]map[string]any, 0, len(all))
	for _, one := range all {
		rows = append(rows, row(one))
	}
	return rows
}
