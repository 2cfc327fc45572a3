package main

import (
	"fmt"
	"strings"

	algapsadata "github.com/huntsync/huntsync/providers/algapsa/sim/dataset"
	huntressdata "github.com/huntsync/huntsync/providers/huntress/sim/dataset"
)

// demoKeyFile and its like hold the credentials of the simulators.
const (
	demoKeyFile    = "huntress.key"
	demoSecretFile = "huntress.secret"
	demoDeskFile   = "algapsa.key"
)

// demoFiles is the folder that the demo works on, by file name.
func demoFiles(huntressURL, deskURL string) map[string]string {
	return map[string]string{
		"huntsync.hcl": fmt.Sprintf(`huntress "northstar" {
  api_key    = file(%q)
  api_secret = file(%q)
  base_url   = %q
}

desk "algapsa" {
  url     = %q
  api_key = file(%q)
  settle  = "1s"
}

state "sqlite" {
  path = "huntsync.db"
}
`, demoKeyFile, demoSecretFile, huntressURL, deskURL, demoDeskFile),
		"routing.hcl":       demoRouting,
		"organizations.hcl": demoOrganizations(),
		"routing.test.hcl":  demoTests,
		demoKeyFile:         huntressdata.Key + "\n",
		demoSecretFile:      huntressdata.Secret + "\n",
		demoDeskFile:        algapsadata.Key + "\n",
	}
}

const demoRouting = `routing {
  board    = "Security"
  category = "Security / Incident"
  severity = {
    critical = "P1"
    high     = "P2"
    low      = "P3"
  }

  fallback {
    client = "Security Triage"
    board  = "Triage"
  }

  close {
    status = "Closed"
  }
}

route "ransomware" {
  match {
    severity  = ["critical"]
    indicator = ["ransomware_canaries"]
  }
  board    = "Incident Response"
  priority = "P0"
}
`

const demoTests = `test "critical ransomware goes to the incident response board" {
  incident {
    organization = "Acme Inc."
    severity     = "critical"
    indicators   = ["ransomware_canaries"]
  }
  expect {
    client   = "Acme Corporation"
    board    = "Incident Response"
    priority = "P0"
    route    = "ransomware"
  }
}

test "an organization that nobody mapped goes to triage" {
  incident {
    organization = "Juniper Street Coffee Roasters"
    severity     = "high"
  }
  expect {
    board    = "Triage"
    unmapped = true
  }
}
`

// demoOrganizations maps every organization of the data set but one.
func demoOrganizations() string {
	var b strings.Builder
	b.WriteString("# One organization of Huntress is missing here: plan shows it, triage takes it.\n")
	for _, o := range huntressdata.Organizations() {
		if o.Unmapped {
			continue
		}
		fmt.Fprintf(&b, "\norganization %q {\n", o.Name)
		fmt.Fprintf(&b, "  id     = %d\n  client = %q\n", o.ID, o.Client)
		if o.VIP {
			b.WriteString("  board  = \"VIP Security\"\n")
		}
		if o.OptedOut {
			b.WriteString("  tickets = false\n")
		}
		b.WriteString("}\n")
	}
	return b.String()
}
