package sim

// routes lists the API; literal paths stand before the patterns that would swallow them.
func routes() []route {
	var all []route
	for _, group := range [][]route{ticketRoutes(), ticketPartRoutes(), lookupRoutes(), assetRoutes(), tagRoutes(), deniedRoutes()} {
		all = append(all, group...)
	}
	return all
}

func ticketRoutes() []route {
	read, update := []string{"ticket:read"}, []string{"ticket:update"}
	return []route{
		{method: "GET", pattern: "/tickets", permissions: read, limited: true, headers: true, handle: (*Sim).listTickets},
		{method: "POST", pattern: "/tickets", permissions: []string{"ticket:create"}, limited: true, headers: true, handle: (*Sim).createTicket},
		{method: "GET", pattern: "/tickets/search", permissions: read, handle: (*Sim).searchTickets},
		{method: "GET", pattern: "/tickets/statuses", permissions: read, limited: true, handle: (*Sim).ticketStatuses},
		{method: "GET", pattern: "/tickets/priorities", permissions: read, limited: true, handle: (*Sim).ticketPriorities},
		{method: "POST", pattern: "/tickets/from-asset", permissions: []string{"ticket:create"}, handle: (*Sim).createFromAsset},
		{method: "GET", pattern: "/tickets/{id}", permissions: read, limited: true, headers: true, handle: (*Sim).getTicket},
		{method: "PUT", pattern: "/tickets/{id}", permissions: update, limited: true, handle: (*Sim).updateTicket},
		{method: "DELETE", pattern: "/tickets/{id}", permissions: []string{"ticket:delete"}, limited: true, handle: (*Sim).deleteTicket},
	}
}

func ticketPartRoutes() []route {
	read, update := []string{"ticket:read"}, []string{"ticket:update"}
	return []route{
		{method: "PUT", pattern: "/tickets/{id}/status", permissions: update, handle: (*Sim).setTicketStatus},
		{method: "PUT", pattern: "/tickets/{id}/assignment", permissions: update, handle: (*Sim).assignTicket},
		{method: "GET", pattern: "/tickets/{id}/comments", permissions: read, handle: (*Sim).listComments},
		{method: "POST", pattern: "/tickets/{id}/comments", permissions: update, handle: (*Sim).addComment},
		{
			method: "GET", pattern: "/tickets/{id}/assets", permissions: []string{"ticket:read", "asset:read"},
			limited: true, handle: (*Sim).ticketAssets,
		},
		{
			method: "POST", pattern: "/tickets/{id}/assets", permissions: []string{"ticket:update", "asset:read"},
			limited: true, handle: (*Sim).linkAsset,
		},
		{
			method: "DELETE", pattern: "/tickets/{id}/assets/{assetID}", permissions: []string{"ticket:update", "asset:read"},
			limited: true, handle: (*Sim).unlinkAsset,
		},
	}
}

func lookupRoutes() []route {
	ticketRead := []string{"ticket:read"}
	lists := []route{
		{method: "GET", pattern: "/boards", permissions: ticketRead, handle: (*Sim).listBoards},
		{method: "POST", pattern: "/boards", permissions: []string{"ticket:create"}, handle: (*Sim).createBoard},
		{method: "GET", pattern: "/boards/{id}", permissions: ticketRead, handle: (*Sim).getBoard},
		{method: "GET", pattern: "/statuses", permissions: ticketRead, handle: (*Sim).listStatuses},
		{method: "POST", pattern: "/statuses", permissions: []string{"ticket:create"}, handle: (*Sim).createStatus},
		{method: "GET", pattern: "/priorities", permissions: ticketRead, handle: (*Sim).listPriorities},
		{method: "GET", pattern: "/clients", permissions: []string{"client:read"}, handle: (*Sim).listClients},
		{method: "POST", pattern: "/clients", permissions: []string{"client:create"}, handle: (*Sim).createClient},
		{method: "GET", pattern: "/contacts", permissions: []string{"contact:read"}, handle: (*Sim).listContacts},
	}
	for i := range lists {
		lists[i].limited = true
		lists[i].headers = lists[i].method == "GET"
	}
	return append(lists, route{
		method: "GET", pattern: "/categories/ticket", permissions: []string{"ticket_settings:read"},
		limited: true, handle: (*Sim).listCategories,
	})
}

func assetRoutes() []route {
	return []route{
		{method: "GET", pattern: "/assets", limited: true, handle: (*Sim).listAssets},
		{method: "POST", pattern: "/assets", limited: true, handle: (*Sim).createAsset},
	}
}

func tagRoutes() []route {
	return []route{
		{method: "GET", pattern: "/tags", permissions: []string{"tag:read"}, limited: true, handle: (*Sim).listTags},
		{method: "POST", pattern: "/tags", permissions: []string{"tag:create"}, limited: true, handle: (*Sim).createTag},
		{method: "GET", pattern: "/tags/entity/{type}/{id}", permissions: []string{"tag:read"}, limited: true, handle: (*Sim).entityTags},
		{method: "POST", pattern: "/tags/entity/{type}/{id}", permissions: []string{"tag:create"}, limited: true, handle: (*Sim).attachTags},
	}
}

// deniedRoutes need permissions that no user of a real server can have.
func deniedRoutes() []route {
	never := func(permission string) func(*Sim, *call) answer {
		return func(*Sim, *call) answer { return forbidden(permission) }
	}
	return []route{
		{method: "GET", pattern: "/meta/health", handle: never("metadata:read")},
		{method: "GET", pattern: "/meta/openapi", handle: never("metadata:read")},
		{method: "GET", pattern: "/webhooks", handle: never("webhook:read")},
		{method: "POST", pattern: "/webhooks", handle: never("webhook:create")},
	}
}
