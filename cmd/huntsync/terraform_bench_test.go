package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/huntsync/huntsync/config"
)

// BenchmarkBesideTerraform validates 5,000 organizations, and lets terraform
// validate 5,000 entries of a map and 5,000 resources, in one run: what counts is
// the ratio. It needs a terraform binary on the machine.
func BenchmarkBesideTerraform(b *testing.B) {
	terraform, err := exec.LookPath("terraform")
	if err != nil {
		b.Skip("there is no terraform on this machine to compare with")
	}
	const many = 5_000
	var ours, theirs strings.Builder
	ours.WriteString("routing {\n  board    = \"Security\"\n  severity = { critical = \"P1\", high = \"P2\", low = \"P3\" }\n" +
		"  fallback {\n    client = \"Triage\"\n    board  = \"Triage\"\n  }\n}\n")
	theirs.WriteString("locals {\n  organizations = {\n")
	for i := range many {
		fmt.Fprintf(&ours, "organization \"Organization %d\" {\n  id     = %d\n  client = \"Client %d\"\n}\n", i, i+1, i)
		fmt.Fprintf(&theirs, "    \"organization-%d\" = { client = \"Client %d\" }\n", i, i)
	}
	theirs.WriteString("  }\n}\n")
	for i := range many {
		fmt.Fprintf(&theirs, "resource \"terraform_data\" \"organization_%d\" {\n  input = { client = \"Client %d\" }\n}\n", i, i)
	}
	here, there := b.TempDir(), b.TempDir()
	for path, text := range map[string]string{
		filepath.Join(here, "huntsync.hcl"): ours.String(), filepath.Join(there, "main.tf"): theirs.String(),
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	run := func(args ...string) time.Duration {
		began := time.Now()
		cmd := exec.CommandContext(b.Context(), terraform, args...)
		cmd.Dir = there
		if out, err := cmd.CombinedOutput(); err != nil {
			b.Fatalf("terraform %s: %v\n%s", strings.Join(args, " "), err, out)
		}
		return time.Since(began)
	}
	run("init", "-backend=false")
	var mine, peer time.Duration
	for b.Loop() {
		began := time.Now()
		snapshot, diags := config.Read(b.Context(), here)
		if diags.HasErrors() {
			b.Fatalf("%+v", diags)
		}
		c, diags := config.Load(snapshot, config.Options{})
		if diags.HasErrors() {
			b.Fatalf("%+v", diags)
		}
		_ = c.Offline()
		mine += time.Since(began)
		peer += run("validate")
	}
	b.ReportMetric(float64(peer)/float64(mine), "terraform/huntsync")
}
