package engine

import "fmt"

// tell is what the ticket of a record has been told once it knows what is known
// now.
func (p *Policy) tell(r Record) Told {
	t := tell(r.Seen.Incident, r.Seen.Version)
	// Of an account whose organizations were never read nothing can be said.
	if p.names().accounts[r.Key.AccountID] {
		id := r.Seen.Incident.OrganizationID
		name := cut(CleanLine(p.OrganizationNames[OrganizationKey{r.Key.AccountID, id}]), organizationShown)
		t.Organization = &ToldOrganization{ID: id, Name: name}
	}
	return t
}

// organizationShown is how many characters of an organization's name a note shows.
const organizationShown = 255

// organizationChanged reports whether an open incident's organization is another
// one, has another name, or is gone. That the name of a new one becomes known is no
// news.
func organizationChanged(told, now Told) bool {
	a, b := told.Organization, now.Organization
	if a == nil || b == nil || *a == *b || !now.Status.Open() {
		return false
	}
	return a.ID != b.ID || a.Name != ""
}

// organizationNews says what became of the organization, and what that means for
// the ticket: it stays where it is, unless an organization that was mapped takes
// it along.
func (s subject) organizationNews(told, now Told) Document {
	if !organizationChanged(told, now) {
		return nil
	}
	before, after := *told.Organization, *now.Organization
	var d Document
	switch {
	case before.ID != after.ID:
		d = append(d, changed("Organization", before.String(), after.String()))
	case after.Name == "":
		d = append(d, labeled("Organization", "Huntress does not have "+before.String()+" any more."))
	default:
		d = append(d, labeled("Organization", before.String()+" is called "+after.Name+" now."))
	}
	return append(d, s.organizationRouting(before, after)...)
}

// organizationRouting says where the configuration sends incidents of the
// organization as it is now, where that is not where the ticket is.
func (s subject) organizationRouting(before, after ToldOrganization) Document {
	d := s.decision
	const stays = " This ticket stays where it is."
	switch {
	case d.OptedOut:
		return Document{paragraph("By the configuration this organization gets no tickets (tickets = false). This ticket stays, and is kept up to date.")}
	case s.ticket.Unmapped && !d.Unmapped && s.policy.MoveOnMap:
		return nil // The move that follows shows it.
	case d.Unmapped && d.Problem != "":
		return Document{paragraph(CleanLine(d.Problem)), paragraph("New incidents go to the triage board until that is mended." + stays)}
	case d.Unmapped && after.Name == "":
		return Document{paragraph("Nothing maps it to a client now." + stays)}
	case d.Unmapped && !s.ticket.Unmapped:
		return Document{
			paragraph("The configuration maps it to no client, so its new incidents go to the triage board." + stays +
				" To map it, give its organization block this id, or paste this one:"),
			s.mappingBlock(),
		}
	case !d.Unmapped && before.ID != after.ID && (d.ClientID != s.ticket.ClientID || s.ticket.Unmapped):
		return Document{paragraph(fmt.Sprintf("By the configuration its incidents go to the client %s on the board %s.%s Move it by hand if it should follow.",
			s.policy.ClientName(d.ClientID), s.policy.BoardName(d.BoardID), stays))}
	default:
		return nil
	}
}

// String is the organization as notes name it.
func (o ToldOrganization) String() string {
	switch {
	case o.ID == 0:
		return "none"
	case o.Name == "":
		return fmt.Sprintf("an unknown one (id %d)", o.ID)
	default:
		return fmt.Sprintf("%s (id %d)", o.Name, o.ID)
	}
}

// labeled is a sentence with what it is about before it.
func labeled(what, text string) Block {
	return Block{Kind: Paragraph, Spans: []Span{{Text: what + ": ", Bold: true}, {Text: text}}}
}
