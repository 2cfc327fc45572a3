package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/huntsync/huntsync/cmd/huntsync/status"
	"github.com/huntsync/huntsync/cmd/huntsync/views"
	"github.com/huntsync/huntsync/config"
	"github.com/huntsync/huntsync/engine"
)

// madeUp are the flags that make an incident up.
type madeUp struct {
	organization, severity, platform, status string
	indicators                               []string
}

func (m madeUp) given() bool {
	return m.organization != "" || m.severity != "" || m.platform != "" || m.status != "" || len(m.indicators) > 0
}

// check refuses what Huntress cannot send: it would be routed as something else.
func (m madeUp) check() error {
	return errors.Join(
		documented("severity", m.severity, texts(engine.Severities())),
		documented("status", m.status, texts(engine.Statuses())),
	)
}

// doubts are the names that Huntress does not document: they may be newer than we
// are, or mistyped.
func (m madeUp) doubts() []error {
	doubts := []error{documented("platform", m.platform, engine.Platforms())}
	for _, indicator := range m.indicators {
		doubts = append(doubts, documented("indicator", indicator, engine.Indicators()))
	}
	return slices.DeleteFunc(doubts, func(err error) bool { return err == nil })
}

func documented(flag, value string, known []string) error {
	if value == "" || slices.Contains(known, value) {
		return nil
	}
	hint := ""
	if near := config.Closest(value, known, 1); len(near) > 0 {
		hint = fmt.Sprintf(" Did you mean %q?", near[0].Name)
	}
	return fmt.Errorf("--%s %q is none that Huntress documents: it is one of %s.%s", flag, value, strings.Join(known, ", "), hint)
}

func (a *app) explainCommand() *cobra.Command {
	var m madeUp
	var account string
	var format outputFormat
	cmd := &cobra.Command{
		Use:   "explain ID | explain --organization NAME ...",
		Short: "Tell why an incident went where it went, or where one would go",
		Long: `Tell why an incident went where it went, what is owed to its ticket and what that waits
for, straight from the state. Nobody is asked, and a running daemon is not disturbed.

With flags instead of a number, tell where an incident of that kind would go, and why:
by the code that routes in production, and by nothing but the configuration.

Exit codes: 0 explained, 1 something went wrong.`,
		Example: `  huntsync explain 2090017
  huntsync explain --organization "Acme Inc." --severity critical --indicator ransomware_canaries
  huntsync explain --organization "Nobody mapped this" -o json`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case len(args) == 1 && m.given():
				return errors.New("explain takes the number of an incident or flags that make one up, not both")
			case len(args) == 1:
				return a.explain(cmd.Context(), args[0], account, format)
			case m.given():
				return a.explainMadeUp(cmd.Context(), m, account, format)
			}
			return errors.New("explain needs the number of an incident, or flags that make one up: see huntsync explain --help")
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&m.organization, "organization", "", "name of the organization, or label of its block")
	flags.StringVar(&m.severity, "severity", "", "low, high or critical")
	flags.StringVar(&m.platform, "platform", "", "such as microsoft_365; windows by default")
	flags.StringSliceVar(&m.indicators, "indicator", nil, "such as footholds; may be given several times")
	flags.StringVar(&m.status, "status", "", "such as sent or closed; sent by default")
	flags.StringVar(&account, "account", "", "account that has the incident, where several do: name, subdomain or number")
	complete := func(flag string, values []string) {
		_ = cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp))
	}
	complete("severity", texts(engine.Severities()))
	complete("platform", engine.Platforms())
	complete("indicator", engine.Indicators())
	complete("status", texts(engine.Statuses()))
	format.flag(cmd)
	return cmd
}

func texts[T ~string](values []T) []string {
	list := make([]string, 0, len(values))
	for _, v := range values {
		list = append(list, string(v))
	}
	return list
}

func (a *app) explain(ctx context.Context, incident, account string, format outputFormat) (err error) {
	b, err := a.openBooks(ctx, "explain")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	key, err := find(ctx, b, incident, account)
	if err != nil {
		return err
	}
	e, err := status.Explain(ctx, b, b.policy, key, time.Now())
	if err != nil {
		return err
	}
	if format.json() {
		return views.JSON(a.output(), e)
	}
	out := a.output()
	return status.WriteExplanation(out, e, out.Columns(), out.Color)
}

// explainMadeUp routes an incident that nobody sent.
func (a *app) explainMadeUp(ctx context.Context, m madeUp, account string, format outputFormat) error {
	if err := m.check(); err != nil {
		return err
	}
	for _, doubt := range m.doubts() {
		views.Warning(a.errors(), doubt.Error())
	}
	c, err := a.load(ctx)
	if err != nil {
		return err
	}
	offline := c.Offline()
	key, known := offline.Organization(m.organization, account)
	incident := config.Typical(engine.Incident{
		OrganizationID: key.OrganizationID, Severity: engine.Severity(m.severity), Platform: m.platform,
		Indicators: m.indicators, Status: engine.Status(m.status),
	})
	r := views.Routing{
		Organization: m.organization, Incident: incident,
		Policy: offline.Policy, Decision: offline.Policy.Decide(key.AccountID, incident),
		Routes: config.Trace(offline.Policy, key.AccountID, incident), Blocking: offline.Blocking,
	}
	if !known && m.organization != "" {
		r.Unknown = true
		r.Closest = config.Closest(m.organization, sortedNames(offline.Policy.OrganizationNames), 3)
	}
	return views.WriteRouting(a.output(), r, format.json())
}

func sortedNames(m map[engine.OrganizationKey]string) []string {
	names := map[string]bool{}
	for _, name := range m {
		names[name] = true
	}
	return sortedKeys(names)
}
