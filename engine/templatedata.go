package engine

import "time"

// TemplateData is what the templates of the ticket block can use. All text is
// already cleaned; the desk's renderer escapes it.
type TemplateData struct {
	ID           int64
	Account      string
	Organization string
	Subject      string
	Summary      string
	Severity     string
	Status       string
	Platform     string
	Indicators   []string
	Client       string
	Board        string
	Priority     string
	SentAt       time.Time // in the MSP's time zone
	PortalURL    string
	Unmapped     bool
}

// SampleTemplateData is an incident that was never sent, for checking templates
// when they are loaded.
func SampleTemplateData() TemplateData {
	return TemplateData{
		ID:           1234567,
		Account:      "Example MSP",
		Organization: "Acme Inc.",
		Subject:      "CRITICAL - Incident on DESKTOP-1 (Acme Inc.)",
		Summary:      "A scheduled task starts malware.",
		Severity:     "critical",
		Status:       "sent",
		Platform:     "windows",
		Indicators:   []string{"footholds"},
		Client:       "Acme Corporation",
		Board:        "Security",
		Priority:     "P1",
		SentAt:       time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
		PortalURL:    "https://example.huntress.io/org/1/infection_reports/1234567",
	}
}
