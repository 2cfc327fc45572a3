package config_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/huntsync/huntsync/config"
	"github.com/huntsync/huntsync/engine"
)

// large is a configuration of so many organizations and routes.
func large(organizations, routes int) *config.Snapshot {
	var b strings.Builder
	b.WriteString(good)
	for i := range organizations {
		fmt.Fprintf(&b, "organization \"Organization %d\" {\n  id     = %d\n  client = \"Client %d\"\n  board  = \"Board %d\"\n}\n", i, i+1, i, i%20)
	}
	for i := range routes {
		fmt.Fprintf(&b, "route \"route %d\" {\n  match {\n    severity     = [\"critical\"]\n    indicator    = [\"indicator_%d\"]\n    organization = [\"Organization %d\"]\n  }\n  priority = \"P0\"\n}\n", i, i, i)
	}
	return &config.Snapshot{Files: []config.File{{Name: "a.hcl", Content: []byte(b.String())}}}
}

// BenchmarkLoad decodes, checks and compiles a configuration. The time for an
// organization has to stay the same however many there are.
func BenchmarkLoad(b *testing.B) {
	for _, size := range []struct{ organizations, routes int }{{1250, 50}, {2500, 100}, {5000, 200}, {10000, 400}} {
		b.Run(fmt.Sprintf("organizations=%d/routes=%d", size.organizations, size.routes), func(b *testing.B) {
			s := large(size.organizations, size.routes)
			for b.Loop() {
				c, diags := config.Load(s, options())
				if diags.HasErrors() {
					b.Fatal(diags)
				}
				if r := c.Offline(); len(r.Policy.Routes) != size.routes {
					b.Fatal("routes are missing")
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*size.organizations), "ns/organization")
		})
	}
}

// BenchmarkDecide routes incidents; none of them matches a route, so all are tried.
func BenchmarkDecide(b *testing.B) {
	for _, routes := range []int{50, 100, 200} {
		b.Run(fmt.Sprintf("routes=%d", routes), func(b *testing.B) {
			c, diags := config.Load(large(5000, routes), options())
			if diags.HasErrors() {
				b.Fatal(diags)
			}
			offline := c.Offline()
			key, ok := offline.Organization("Organization 4999", "")
			if !ok {
				b.Fatal("the organization is missing")
			}
			inc := engine.Incident{OrganizationID: key.OrganizationID, Severity: engine.SeverityCritical, Platform: "windows", Indicators: []string{"footholds"}}
			for b.Loop() {
				if d := offline.Policy.Decide(key.AccountID, inc); d.BoardID == "" {
					b.Fatal("no board")
				}
			}
		})
	}
}

// BenchmarkClosest finds the closest client for an organization.
func BenchmarkClosest(b *testing.B) {
	clients := make([]string, 5000)
	for i := range clients {
		clients[i] = fmt.Sprintf("Client %d of %x GmbH", i, i*7919)
	}
	names := config.NewNames(clients)
	for b.Loop() {
		if len(names.Closest("Client 77 of beef Ltd.", 3)) == 0 {
			b.Fatal("nothing is close")
		}
	}
}
