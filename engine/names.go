package engine

// names finds things of a catalogue by id, for the lifetime of a policy.
type names struct {
	boards, priorities, clients map[string]string
	categories                  map[string][]Category // by board
	// accounts are those of which organizations are known.
	accounts map[int64]bool
}

func (p *Policy) names() *names {
	p.indexOnce.Do(func() {
		n := &names{
			boards:     map[string]string{},
			priorities: map[string]string{},
			clients:    map[string]string{},
			categories: map[string][]Category{},
			accounts:   map[int64]bool{},
		}
		p.index = n
		for key := range p.OrganizationNames {
			n.accounts[key.AccountID] = true
		}
		if p.Catalogue == nil {
			return
		}
		for _, b := range p.Catalogue.Boards {
			n.boards[b.ID] = b.Name
		}
		for _, x := range p.Catalogue.Priorities {
			n.priorities[x.ID] = x.Name
		}
		for _, c := range p.Catalogue.Clients {
			n.clients[c.ID] = c.Name
		}
		for _, c := range p.Catalogue.Categories {
			n.categories[c.BoardID] = append(n.categories[c.BoardID], c)
		}
	})
	return p.index
}

// BoardName names a board; an unknown id is its own name.
func (p *Policy) BoardName(id string) string { return nameOr(p.names().boards, id) }

// PriorityName names a priority; an unknown id is its own name.
func (p *Policy) PriorityName(id string) string { return nameOr(p.names().priorities, id) }

// ClientName names a client; an unknown id is its own name.
func (p *Policy) ClientName(id string) string { return nameOr(p.names().clients, id) }

func nameOr(m map[string]string, id string) string {
	if name, ok := m[id]; ok {
		return name
	}
	return id
}

// FindCategory finds a category, and its subcategory where one is named, on a
// board. A name that two categories of the board share finds none.
func (p *Policy) FindCategory(boardID string, name CategoryName) (categoryID, subcategoryID string, ok bool) {
	categoryID, ok = findCategory(p.names().categories[boardID], "", name.Category)
	if !ok || name.Subcategory == "" {
		return categoryID, "", ok
	}
	subcategoryID, ok = findCategory(p.names().categories[boardID], categoryID, name.Subcategory)
	if !ok {
		return "", "", false
	}
	return categoryID, subcategoryID, true
}

func findCategory(categories []Category, parentID, name string) (id string, ok bool) {
	for _, c := range categories {
		if c.ParentID != parentID {
			continue
		}
		if c.ID == name {
			return c.ID, true
		}
		if equalName(c.Name, name) {
			if id != "" {
				return "", false
			}
			id = c.ID
		}
	}
	return id, id != ""
}
