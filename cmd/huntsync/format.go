package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// outputFormat is the flag -o: text, json, and what else a command knows.
type outputFormat struct {
	value string
	known []string
}

func (f *outputFormat) flag(cmd *cobra.Command, more ...string) {
	f.value, f.known = "text", append([]string{"text", "json"}, more...)
	cmd.Flags().VarP(f, "output", "o", enumerate(f.known))
	_ = cmd.RegisterFlagCompletionFunc("output", cobra.FixedCompletions(f.known, cobra.ShellCompDirectiveNoFileComp))
}

func (f *outputFormat) json() bool { return f.value == "json" }

// String is the flag's value.
func (f *outputFormat) String() string { return f.value }

// Set checks the flag's value.
func (f *outputFormat) Set(s string) error {
	if !slices.Contains(f.known, s) {
		return fmt.Errorf("%q is not %s", s, enumerate(f.known))
	}
	f.value = s
	return nil
}

// Type is what --help calls the value.
func (f *outputFormat) Type() string { return "format" }

// enumerate is "a, b or c".
func enumerate(words []string) string {
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " or " + words[last]
}
