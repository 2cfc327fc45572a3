package config

import (
	"fmt"
	"slices"

	"github.com/huntsync/huntsync/engine"
)

// Incomplete lists what the configuration still lacks before anything can be
// polled, each by its name. It asks neither Huntress nor the desk.
func (c *Config) Incomplete() []engine.Reminder {
	var lacking []engine.Reminder
	lack := func(path, problem, help string, pos engine.Pos) {
		lacking = append(lacking, engine.Reminder{Path: path, Problem: problem, Help: help, Pos: pos})
	}
	if len(c.Huntress) == 0 {
		lack("huntress", "No Huntress account is configured.",
			`Add huntress "main" { api_key = env("HUNTRESS_API_KEY"), api_secret = env("HUNTRESS_API_SECRET") }, each on its own line.`, engine.Pos{})
	}
	if c.Desk == nil {
		lack("desk", "No desk is configured.",
			`Add desk "algapsa" { url = "https://...", api_key = env("ALGAPSA_API_KEY") }, each on its own line.`, engine.Pos{})
	}
	usable := c.accountsUsable()
	for _, a := range c.absent {
		if !a.huntress || !usable {
			lacking = append(lacking, a.Reminder)
		}
	}

	r := &c.routing
	if !r.board.given() {
		lack("routing.board", "The board for incidents is not set.", `Add board = "NAME" to the routing block.`, r.pos)
	}
	for _, s := range engine.Severities() {
		if !r.severity[s].given() {
			lack("routing.severity."+string(s), fmt.Sprintf("Incidents of severity %s have no priority.", s),
				fmt.Sprintf(`Add %s = "PRIORITY" to severity in the routing block.`, s), r.pos)
		}
	}
	if !r.fallback.client.given() {
		lack("routing.fallback.client", "The client for incidents of unmapped organizations is not set.",
			`Add client = "NAME" to the fallback block in routing.`, r.fallback.pos)
	}
	if !r.fallback.board.given() {
		lack("routing.fallback.board", "The triage board for incidents of unmapped organizations is not set.",
			`Add board = "NAME" to the fallback block in routing.`, r.fallback.pos)
	}
	return lacking
}

// accountsUsable reports whether one Huntress account at least has its credentials.
func (c *Config) accountsUsable() bool {
	return slices.ContainsFunc(c.Huntress, func(h Huntress) bool { return !h.APIKey.Empty() && !h.APISecret.Empty() })
}

// idle warns of Huntress accounts that lack their credentials while others are
// polled.
func (c *Config) idle() []engine.Reminder {
	if !c.accountsUsable() {
		return nil
	}
	var idle []engine.Reminder
	for _, a := range c.absent {
		if a.huntress {
			idle = append(idle, a.Reminder)
		}
	}
	return idle
}
