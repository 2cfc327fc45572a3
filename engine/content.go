package engine

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"text/template"
	"time"
	"unicode"
)

// subject is an incident with everything that its ticket can say of it.
type subject struct {
	policy   *Policy
	key      Key
	incident Incident
	decision Decision
	// ticket is as we last wrote it; the zero value where it is being made.
	ticket TicketLink
	// remediations are all of them where they could be read, else the first ten.
	remediations []Remediation
	// host is the zero value where the incident has none.
	host hostFound
	// hostOwed is true where the host could not be read, and a note follows.
	hostOwed bool
}

// title is the marker, the flag of a triage ticket and the subject, cut to the
// desk's limit. Only what follows the marker can be changed by a template.
func (s subject) title(limit int) string {
	text := CleanLine(s.incident.Subject)
	if t := s.policy.Ticket.Subject; t != nil {
		if own, err := s.execute(t); err == nil {
			text = CleanLine(own)
		}
	}
	if text == "" {
		text = "Incident report"
	}
	head := Marker(s.key.IncidentID) + " "
	if s.decision.Unmapped {
		head += "[Unmapped Org] "
	}
	return cutUTF16(head+text, limit)
}

// cutUTF16 shortens s to at most limit UTF-16 code units, which is how a desk
// that runs on JavaScript counts.
func cutUTF16(s string, limit int) string {
	if limit <= 0 || utf16Len(s) <= limit {
		return s
	}
	units := 0
	for i, r := range s {
		n := 1
		if r >= 0x10000 {
			n = 2
		}
		if units+n > limit-1 {
			return strings.TrimRight(s[:i], " ") + "…"
		}
		units += n
	}
	return s
}

func utf16Len(s string) int {
	n := 0
	for _, r := range s {
		if r >= 0x10000 {
			n++
		}
		n++
	}
	return n
}

// body is the ticket's first text.
func (s subject) body() Document {
	var d Document
	d = append(d, s.template(s.policy.Ticket.Intro)...)
	d = append(d, s.unmappedHelp()...)
	d = append(d, s.facts())
	if link := s.portalURL(); link != "" {
		d = append(d, Block{Kind: Paragraph, Spans: []Span{{Text: "Open in the Huntress portal", Link: link}}})
	}
	d = append(d, section("Summary by the Huntress SOC", s.incident.Summary)...)
	d = append(d, s.remediationList()...)
	d = append(d, section("Report", s.incident.Body)...)
	d = append(d, s.template(s.policy.Ticket.Outro)...)
	return d
}

func (s subject) facts() Block {
	inc := s.incident
	rows := [][]string{
		{"Incident", "#" + strconv.FormatInt(s.key.IncidentID, 10)},
		{"Severity", s.severity()},
		{"Status", orUnknown(string(inc.Status))},
		{"Organization", s.organization()},
		{"Account", s.account()},
		{"Platform", orUnknown(inc.Platform)},
	}
	rows = append(rows, s.hostRows()...)
	rows = append(rows, []string{"Indicators", s.indicators()})
	for _, t := range []struct {
		name string
		at   time.Time
	}{{"Sent", inc.SentAt}, {"Closed", inc.ClosedAt}, {"Updated", inc.UpdatedAt}} {
		if !t.at.IsZero() {
			rows = append(rows, []string{t.name, s.policy.Ticket.Time(t.at)})
		}
	}
	return table(rows)
}

// cellShown is how many characters of a value a table shows.
const cellShown = 1000

// table is a table of names and values from outside.
func table(rows [][]string) Block {
	for _, row := range rows {
		row[1] = cut(CleanLine(row[1]), cellShown)
	}
	return Block{Kind: Table, Rows: rows}
}

func (s subject) severity() string {
	if s.incident.Severity.Known() {
		return string(s.incident.Severity)
	}
	if s.incident.Severity == "" {
		return "not given, treated as critical"
	}
	return fmt.Sprintf("%s (unknown, treated as critical)", s.incident.Severity)
}

func (s subject) organization() string {
	inc := s.incident
	if inc.OrganizationID == 0 {
		return "none (the incident belongs to no organization)"
	}
	name := s.policy.OrganizationNames[OrganizationKey{s.key.AccountID, inc.OrganizationID}]
	if name == "" {
		return fmt.Sprintf("unknown (id %d)", inc.OrganizationID)
	}
	return fmt.Sprintf("%s (id %d)", name, inc.OrganizationID)
}

func (s subject) account() string {
	if a, ok := s.policy.Accounts[s.key.AccountID]; ok && a.Name != "" {
		return a.Name
	}
	return strconv.FormatInt(s.key.AccountID, 10)
}

func (s subject) hostRows() [][]string {
	a := s.host.agent
	if a == nil {
		if s.host.missing == "" {
			return nil
		}
		return [][]string{{"Host", s.host.missing}}
	}
	rows := [][]string{{"Host", orUnknown(a.Hostname)}}
	for _, f := range [][2]string{
		{"Operating system", a.OS},
		{"IPv4 address", a.IPv4},
		{"External address", a.ExternalIP},
		{"Serial number", a.Serial},
	} {
		if f[1] != "" {
			rows = append(rows, []string{f[0], f[1]})
		}
	}
	if !a.LastCallbackAt.IsZero() {
		rows = append(rows, []string{"Last callback", s.policy.Ticket.Time(a.LastCallbackAt)})
	}
	return rows
}

func (s subject) indicators() string {
	inc := s.incident
	total := max(inc.IndicatorTotal, len(inc.Indicators))
	if total == 0 {
		return "none given"
	}
	var list []string
	size := 0
	for i, name := range inc.Indicators {
		if n, ok := inc.IndicatorCounts[name]; ok && n > 0 {
			name = fmt.Sprintf("%s (%d)", name, n)
		}
		name = cut(CleanLine(name), cellShown/2)
		if size += len(name) + len(", "); size > cellShown-len("and 1000000000000 more") && i > 0 {
			break
		}
		list = append(list, name)
	}
	if left := total - len(list); left > 0 {
		list = append(list, fmt.Sprintf("and %d more", left))
	}
	return strings.Join(list, ", ")
}

// remediationsShown is after how many bytes of remediations the rest is only counted:
// more than a desk takes.
const remediationsShown = 300_000

func (s subject) remediationList() Document {
	if len(s.remediations) == 0 {
		return nil
	}
	d := Document{heading("Remediations")}
	shown, size := 0, 0
	for _, r := range s.remediations {
		if size > remediationsShown {
			break
		}
		r = r.bounded()
		text := CleanLine(orUnknown(r.Action))
		spans := []Span{{Text: text, Bold: true}}
		var details []string
		for _, p := range r.Parameters {
			if p.Name != "" {
				details = append(details, p.Name+": "+p.Value)
			} else {
				details = append(details, p.Value)
			}
		}
		rest := fmt.Sprintf(" (%s, %s)", orUnknown(r.Type), orUnknown(r.Status))
		if len(details) > 0 {
			rest += ": " + cut(strings.Join(details, "; "), 1000)
		}
		spans = append(spans, Span{Text: CleanLine(rest)})
		spans[1].Text = " " + spans[1].Text
		d = append(d, Block{Kind: Numbered, Spans: spans})
		shown, size = shown+1, size+len(spans[0].Text)+len(spans[1].Text)
	}
	if missing := max(s.incident.RemediationTotal, len(s.remediations)) - shown; missing > 0 {
		d = append(d, paragraph(fmt.Sprintf("And %d more, to be seen in the Huntress portal.", missing)))
	}
	return d
}

// unmappedHelp tells the dispatcher why the ticket is here and gives the block
// to paste into the configuration.
func (s subject) unmappedHelp() Document {
	if !s.decision.Unmapped {
		return nil
	}
	d := Document{heading("Why this ticket is on the triage board")}
	if s.decision.Problem != "" {
		return append(d, paragraph(CleanLine(s.decision.Problem)))
	}
	if s.incident.OrganizationID == 0 {
		return append(d, paragraph("Huntress names no organization for this incident, so nothing can map it to a client."))
	}
	return append(d,
		paragraph("The Huntress organization "+CleanLine(s.organization())+" is not mapped to a client. "+
			"Paste this block into the huntsync configuration, with the name of the client:"),
		s.mappingBlock(),
	)
}

// mappingBlock is the block to paste for the organization of the incident.
func (s subject) mappingBlock() Block {
	return Block{Kind: Verbatim, Spans: []Span{{Text: MappingBlock(
		s.policy.OrganizationNames[OrganizationKey{s.key.AccountID, s.incident.OrganizationID}],
		s.incident.OrganizationID, "")}}}
}

// MappingBlock is the organization block that maps an organization to a client,
// ready to be pasted.
func MappingBlock(organization string, id int64, client string) string {
	return fmt.Sprintf("organization %s {\n  id     = %d\n  client = %s\n}\n",
		hclQuote(organization), id, hclQuote(client))
}

// hclQuote writes a string as a quoted HCL template that stands for itself.
func hclQuote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case (r == '$' || r == '%') && strings.HasPrefix(s[i+1:], "{"):
			b.WriteRune(r)
			b.WriteRune(r)
		case unicode.IsControl(r) || hidden(r):
			if r > 0xFFFF {
				fmt.Fprintf(&b, `\U%08x`, r)
			} else {
				fmt.Fprintf(&b, `\u%04x`, r)
			}
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

func (s subject) portalURL() string {
	return PortalURL(s.policy.Accounts[s.key.AccountID].Subdomain, s.incident.OrganizationID, s.key.IncidentID)
}

// PortalURL is the incident in the Huntress portal; empty where the subdomain or
// the organization is not known.
func PortalURL(subdomain string, organizationID, incidentID int64) string {
	if subdomain == "" || organizationID == 0 || strings.Trim(strings.ToLower(subdomain), "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
		return ""
	}
	return fmt.Sprintf("https://%s.huntress.io/org/%d/infection_reports/%d", strings.ToLower(subdomain), organizationID, incidentID)
}

// Time shows a time in the MSP's zone, with UTC where that is another.
func (t TicketSettings) Time(at time.Time) string {
	const layout = "2006-01-02 15:04:05 MST"
	utc := at.UTC().Format(layout)
	if t.Location == nil || t.Location == time.UTC {
		return utc
	}
	return at.In(t.Location).Format(layout) + " (" + utc + ")"
}

func (s subject) template(t *template.Template) Document {
	if t == nil {
		return nil
	}
	text, err := s.execute(t)
	if err != nil {
		text = "(" + err.Error() + ")"
	}
	return paragraphs(text)
}

// execute runs a template that was checked when it was loaded. One that fails all
// the same must not cost the ticket.
func (s subject) execute(t *template.Template) (string, error) {
	var b strings.Builder
	if err := t.Execute(&b, s.data()); err != nil {
		return "", fmt.Errorf("template %s: %w", t.Name(), err)
	}
	return b.String(), nil
}

func (s subject) data() TemplateData {
	inc := s.incident
	d := TemplateData{
		ID:           s.key.IncidentID,
		Account:      CleanLine(s.account()),
		Organization: CleanLine(s.policy.OrganizationNames[OrganizationKey{s.key.AccountID, inc.OrganizationID}]),
		Subject:      CleanLine(inc.Subject),
		Summary:      cut(Clean(inc.Summary), sectionLimit),
		Severity:     CleanLine(string(inc.Severity)),
		Status:       CleanLine(string(inc.Status)),
		Platform:     CleanLine(inc.Platform),
		Indicators:   slices.Clone(inc.IndicatorList()),
		Client:       s.policy.ClientName(s.decision.ClientID),
		Board:        s.policy.BoardName(s.decision.BoardID),
		Priority:     s.policy.PriorityName(s.decision.PriorityID),
		SentAt:       inc.SentAt,
		PortalURL:    s.portalURL(),
		Unmapped:     s.decision.Unmapped,
	}
	for i := range d.Indicators {
		d.Indicators[i] = CleanLine(d.Indicators[i])
	}
	if s.policy.Ticket.Location != nil {
		d.SentAt = d.SentAt.In(s.policy.Ticket.Location)
	}
	return d
}

func heading(text string) Block {
	return Block{Kind: Heading, Level: 2, Spans: []Span{{Text: text}}}
}

func paragraph(text string) Block {
	return Block{Kind: Paragraph, Spans: []Span{{Text: text}}}
}

func section(title, text string) Document {
	body := paragraphs(text)
	if len(body) == 0 {
		return nil
	}
	return append(Document{heading(title)}, body...)
}

// sectionLimit is how many characters of one text a ticket carries.
const sectionLimit = 20000

// paragraphs splits text from outside at its line breaks.
func paragraphs(text string) Document {
	var d Document
	for line := range strings.SplitSeq(cut(Clean(text), sectionLimit), "\n") {
		if line = strings.TrimSpace(line); line != "" {
			d = append(d, paragraph(line))
		}
	}
	return d
}

func orUnknown(s string) string {
	if s == "" {
		return "unknown"
	}
	return s
}
