package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/huntsync/huntsync/cmd/huntsync/views"
	"github.com/huntsync/huntsync/config"
	"github.com/huntsync/huntsync/engine"
	"github.com/huntsync/huntsync/providers/algapsa"
	"github.com/huntsync/huntsync/providers/huntress"
)

// maxSkew is how far clocks may be apart before it is worth a word.
const maxSkew = 30 * time.Second

// foreignDays is how far back tickets of other integrations are looked for.
const foreignDays = 7

func (a *app) checkCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "check",
		Short: "Check the connections: Huntress, the desk, the state",
		Long: `Check the connections: each Huntress account (name, requests left), the desk (who the
key is, each permission needed, tried without writing), the clocks, the state, and
whether another integration seems to file the same incidents.

Exit codes: 0 all good (warnings included), 1 something does not work.`,
		Example: "  huntsync check",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.check(cmd.Context()) },
	}
}

func (a *app) check(ctx context.Context) error {
	c, err := a.load(ctx)
	if err != nil {
		return err
	}
	log, err := a.logger()
	if err != nil {
		return err
	}
	w := newWiring("check", log)
	out := a.output()
	results := a.checkState(ctx, w, c)
	views.WriteChecks(out, "State", results)
	all := results
	for _, h := range c.Huntress {
		results := checkHuntress(ctx, w, h)
		views.WriteChecks(out, fmt.Sprintf("Huntress %q", h.Label), results)
		all = append(all, results...)
	}
	results = checkDesk(ctx, w, c)
	views.WriteChecks(out, "Desk", results)
	all = append(all, results...)
	if views.WriteCheckSummary(out, all) {
		return exit{exitFailure}
	}
	return nil
}

func failed(what string, err error) views.Check {
	return views.Check{Verdict: views.Failed, What: what, Detail: err.Error()}
}

func warned(what, detail string) views.Check {
	return views.Check{Verdict: views.Doubtful, What: what, Detail: detail}
}

func good(what, detail string) views.Check {
	return views.Check{Verdict: views.Good, What: what, Detail: detail}
}

func (a *app) checkState(ctx context.Context, w *wiring, c *config.Config) []views.Check {
	store, err := w.open(ctx, c, true)
	if err != nil {
		return []views.Check{failed("state", err)}
	}
	defer func() { _ = store.Close() }()
	accounts, err := store.Accounts(ctx)
	if err != nil {
		return []views.Check{failed("state", err)}
	}
	desk, err := store.Desk(ctx)
	if err != nil {
		return []views.Check{failed("state", err)}
	}
	if c.Desk != nil && desk.URL != "" && !engine.SameDesk(desk.URL, c.Desk.URL) {
		return []views.Check{failed("state", &engine.OtherDeskError{Bound: desk.URL, Wanted: c.Desk.URL})}
	}
	where := c.State.Path
	if c.State.Type == config.StatePostgres {
		where = "PostgreSQL"
	}
	known := "1 account"
	if n := len(accounts); n != 1 {
		known = fmt.Sprintf("%d accounts", n)
	}
	return []views.Check{good("readable", where+", "+known)}
}

func checkHuntress(ctx context.Context, w *wiring, h config.Huntress) []views.Check {
	if h.APIKey.Empty() || h.APISecret.Empty() {
		return []views.Check{failed("credentials", errors.New("api_key or api_secret is absent: see huntsync validate"))}
	}
	accounts, err := w.huntress(ctx, h)
	if err != nil {
		return []views.Check{failed("connection", err)}
	}
	var results []views.Check
	for _, a := range accounts {
		results = append(results, checkAccount(ctx, a)...)
	}
	return results
}

func checkAccount(ctx context.Context, a engine.AccountSetup) []views.Check {
	info, err := a.Source.Account(ctx)
	if err != nil {
		return []views.Check{failed("connection", err)}
	}
	results := []views.Check{good("connection", fmt.Sprintf("account %q (%d)", info.Name, info.ID))}
	page, err := a.Source.Page(ctx, engine.PageQuery{Limit: 1})
	if err != nil {
		return append(results, failed("incident reports", err))
	}
	results = append(results, good("incident reports", "can be read; huntsync never writes to Huntress, so a read-only key is enough"))
	results = append(results, skew(page.ServerTime, time.Now()))
	if client, ok := a.Source.(*huntress.Client); ok {
		results = append(results, good("budget", fmt.Sprintf("%d of 60 requests a minute left for this process", client.BudgetLeft())))
	}
	return results
}

// skew compares a server's clock with ours.
func skew(theirs, ours time.Time) views.Check {
	if theirs.IsZero() {
		return views.Check{Verdict: views.Doubtful, What: "clock", Detail: "the server does not tell its time"}
	}
	apart := ours.Sub(theirs).Round(time.Second)
	if apart.Abs() > maxSkew {
		return views.Check{Verdict: views.Doubtful, What: "clock", Detail: fmt.Sprintf(
			"this machine's clock and the server's are %s apart: set this machine's clock by NTP", apart.Abs())}
	}
	return good("clock", "agrees with the server's")
}

func checkDesk(ctx context.Context, w *wiring, c *config.Config) []views.Check {
	if c.Desk == nil || c.Desk.APIKey.Empty() {
		return []views.Check{failed("desk", errors.New("no desk, or no key for it, is configured: see huntsync validate"))}
	}
	desk, err := w.desk(c.Desk)
	if err != nil {
		return []views.Check{failed("desk", err)}
	}
	catalogue, err := desk.Catalogue(ctx)
	if err != nil {
		return []views.Check{failed("connection", blame(c, err))}
	}
	results := []views.Check{good("connection", fmt.Sprintf("%s: %d boards, %d clients", c.Desk.URL, len(catalogue.Boards), len(catalogue.Clients)))}
	if client, ok := desk.(*algapsa.Client); ok {
		results = append(results, checkPermissions(ctx, client)...)
	}
	results = append(results, checkOthers(ctx, desk)...)
	return results
}

func checkPermissions(ctx context.Context, client *algapsa.Client) []views.Check {
	permissions, err := client.Permissions(ctx)
	if err != nil {
		return []views.Check{failed("permissions", err)}
	}
	var results []views.Check
	for _, p := range permissions {
		if p.Granted {
			results = append(results, good("permission", p.Name))
			continue
		}
		if p.Optional {
			results = append(results, warned("permission", fmt.Sprintf("%s is missing, needed to %s: tickets go without", p.Name, p.For)))
			continue
		}
		results = append(results, failed("permission", fmt.Errorf("%s is missing, needed to %s: give it to the role of the key's user", p.Name, p.For)))
	}
	return results
}

// checkOthers looks for tickets that another integration files for the same
// incidents, and tells whose key ours is by the tickets that we entered.
func checkOthers(ctx context.Context, desk engine.Desk) []views.Check {
	since := time.Now().AddDate(0, 0, -foreignDays)
	var results []views.Check
	foreign := map[string]string{}
	for _, text := range []string{"Huntress", "Incident on "} {
		list, err := desk.Tickets(ctx, engine.TicketQuery{Title: text, Since: since})
		if err != nil {
			return []views.Check{failed("tickets", err)}
		}
		if text == "Huntress" {
			results = append(results, skew(list.DeskTime, time.Now()))
			results = append(results, author(list.Tickets))
		}
		for _, t := range list.Tickets {
			if _, ours := engine.ParseMarker(t.Title); !ours {
				foreign[t.ID] = t.Number + " " + t.Title
			}
		}
	}
	if len(foreign) == 0 {
		return append(results, good("other integrations", fmt.Sprintf("no tickets of others about Huntress incidents in %d days", foreignDays)))
	}
	var examples []string
	for _, id := range sortedKeys(foreign)[:min(len(foreign), 3)] {
		examples = append(examples, foreign[id])
	}
	return append(results, views.Check{Verdict: views.Doubtful, What: "other integrations", Detail: fmt.Sprintf(
		"%d tickets of the last %d days look like Huntress incidents filed by somebody else (%s). "+
			"If Huntress's own integration is on, every incident gets two tickets: turn one of them off",
		len(foreign), foreignDays, strings.Join(examples, "; "))})
}

func author(tickets []engine.Ticket) views.Check {
	for _, t := range tickets {
		if id, ok := engine.ParseMarker(t.Title); ok && t.Author != "" {
			return good("author", fmt.Sprintf("tickets are entered by user %s (seen on #%d)", t.Author, id))
		}
	}
	return views.Check{Verdict: views.Unknown, What: "author", Detail: "not known before the first ticket: the desk has no way to ask whose key this is"}
}
