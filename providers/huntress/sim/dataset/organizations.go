package dataset

// Organization is a client of the demo's MSP, with what the demo's configuration
// makes of it.
type Organization struct {
	ID   int64
	Name string // in Huntress
	Key  string
	// Client is the client's name at the desk. The unmapped organization has one
	// there too, with a name that is only similar.
	Client string
	// Unmapped is true for the one that the configuration leaves out.
	Unmapped bool
	// OptedOut is true for the one that gets no tickets.
	OptedOut bool
	// VIP is true for the one with a board of its own.
	VIP bool
}

// The organizations by number.
const (
	acme      = 1201
	birchwood = 1202
	cedar     = 1203
	delmar    = 1204
	eastgate  = 1205
	fjord     = 1206
	granite   = 1207
	harbor    = 1208
	iberica   = 1209
	tokyo     = 1210
	juniper   = 1211
	lab       = 1212
)

// Organizations lists all twelve.
func Organizations() []Organization {
	return []Organization{
		{ID: acme, Name: "Acme Inc.", Key: "acme", Client: "Acme Corporation", VIP: true},
		{ID: birchwood, Name: "Birchwood Family Dental", Key: "birchwood", Client: "Birchwood Family Dental"},
		{ID: cedar, Name: "Cedar Ridge School District", Key: "cedarridge", Client: "Cedar Ridge Schools"},
		{ID: delmar, Name: "Delmar & Sons Construction", Key: "delmar", Client: "Delmar and Sons Construction"},
		{ID: eastgate, Name: "Eastgate Credit Union", Key: "eastgate", Client: "Eastgate Credit Union"},
		{ID: fjord, Name: "Fjord & Fjell Møbler AS", Key: "fjordfjell", Client: "Fjord & Fjell Møbler"},
		{ID: granite, Name: "Granite Peak Legal, LLP", Key: "granitepeak", Client: "Granite Peak Legal LLP"},
		{ID: harbor, Name: "Harborview Pediatrics", Key: "harborview", Client: "Harborview Pediatrics"},
		{ID: iberica, Name: "Ibérica Logística, S.L.", Key: "iberica", Client: "Ibérica Logística"},
		{ID: tokyo, Name: "東京 Precision Parts K.K.", Key: "tokyoparts", Client: "Tokyo Precision Parts"},
		{ID: juniper, Name: "Juniper Street Coffee Roasters", Key: "juniper", Client: "Juniper Street Coffee", Unmapped: true},
		{ID: lab, Name: "Northstar IT Services (lab)", Key: "northstarlab", Client: "Northstar IT Services", OptedOut: true},
	}
}

func organizationName(id int64) string {
	for _, o := range Organizations() {
		if o.ID == id {
			return o.Name
		}
	}
	return ""
}

// host is a machine with an agent.
type host struct {
	id           int64
	organization int64
	name         string
	os           string
	platform     string
	ip           string
	externalIP   string
	serial       string
	// uninstalled hosts are named by incident reports but not found any more.
	uninstalled bool
}

// hosts lists all machines.
func hosts() []host {
	const win11, server = "Windows 11 Pro", "Windows Server 2022 Standard"
	return []host{
		{7001, acme, "ACME-DC01", server, "windows", "10.1.0.10", "198.51.100.10", "VMW-4D10A1", false},
		{7002, acme, "ACME-FIN-07", win11, "windows", "10.1.2.47", "198.51.100.10", "5CG1390XKQ", false},
		{7003, acme, "acme-mbp-kira", "macOS 15.5", "darwin", "10.1.3.18", "198.51.100.10", "C02ZK1ABMD6T", false},
		{7004, birchwood, "FRONTDESK-2", win11, "windows", "192.168.10.22", "198.51.100.24", "8CC9330JLM", false},
		{7005, cedar, "CRSD-LAB-114", win11, "windows", "10.20.14.114", "203.0.113.5", "PF3XW0TT", false},
		{7006, cedar, "crsd-web01", "Ubuntu 24.04 LTS", "linux", "10.20.0.80", "203.0.113.6", "", false},
		{7007, delmar, "DELMAR-TRAILER3", win11, "windows", "192.168.44.3", "203.0.113.19", "MJ0HX2QZ", false},
		{7008, eastgate, "EGCU-TELLER-05", win11, "windows", "10.50.5.5", "203.0.113.50", "5CD2071PPL", false},
		{7009, eastgate, "EGCU-SQL02", server, "windows", "10.50.1.12", "203.0.113.50", "VMW-9910C2", false},
		{7010, fjord, "FJORD-LAGER-1", win11, "windows", "10.60.1.31", "203.0.113.77", "R90XPLQ1", false},
		{7011, granite, "GPL-PARALEGAL-3", win11, "windows", "10.70.0.33", "192.0.2.70", "5CG8140TTV", false},
		{7012, granite, "gpl-nas", "Debian GNU/Linux 12", "linux", "10.70.0.5", "192.0.2.70", "", false},
		{7013, harbor, "HVP-EXAM-4", win11, "windows", "172.16.4.4", "192.0.2.81", "8CC0410RSD", false},
		{7014, iberica, "IBE-ALMACÉN-2", win11, "windows", "10.90.2.2", "192.0.2.90", "PF2QYH8M", false},
		{7015, tokyo, "TPP-CAD-01", win11, "windows", "10.100.1.1", "192.0.2.100", "SN東001", false},
		{7016, juniper, "JUNIPER-POS-1", win11, "windows", "192.168.1.51", "192.0.2.111", "MJ09AKQ2", false},
		{7017, lab, "LAB-DETONATE", win11, "windows", "10.250.0.66", "192.0.2.250", "VMW-LAB0066", false},
		{7018, delmar, "DELMAR-OLDPC", "Windows 10 Pro", "windows", "192.168.44.9", "203.0.113.19", "MJ0FF1", true},
	}
}

func findHost(id int64) host {
	for _, h := range hosts() {
		if h.id == id {
			return h
		}
	}
	return host{}
}
