package views

import (
	"github.com/huntsync/huntsync/config"
	"github.com/huntsync/huntsync/engine"
)

// Validation is the outcome of validate.
type Validation struct {
	Valid       bool
	Live        bool
	Diagnostics config.Diagnostics
	Blocking    []engine.Reminder
	Warnings    []engine.Reminder
	// Unusable are blocks that name what does not exist.
	Unusable []string
}

type validationJSON struct {
	FormatVersion int                `json:"format_version"`
	Valid         bool               `json:"valid"`
	Complete      bool               `json:"complete"`
	Live          bool               `json:"live"`
	Diagnostics   config.Diagnostics `json:"diagnostics"`
	Blocking      []engine.Reminder  `json:"blocking"`
	Warnings      []engine.Reminder  `json:"warnings"`
}

// WriteValidation tells whether a configuration is valid and complete.
func WriteValidation(t Terminal, v Validation, asJSON bool) error {
	if asJSON {
		return writeJSON(t, validationJSON{
			FormatVersion: 1, Valid: v.Valid, Complete: v.Valid && len(v.Blocking) == 0, Live: v.Live,
			Diagnostics: list(v.Diagnostics), Blocking: list(v.Blocking), Warnings: list(v.Warnings),
		})
	}
	if err := Diagnostics(t, v.Diagnostics); err != nil {
		return err
	}
	if !v.Valid {
		errors, _ := v.Diagnostics.Count()
		t.line("%s %s.", t.paint(red, "Invalid:"), plural(errors, "error"))
		return nil
	}
	if len(v.Warnings) > 0 {
		t.line("%s", t.paint(yellow, "Warnings:"))
		t.reminders(v.Warnings)
		t.line("")
	}
	if len(v.Blocking) > 0 {
		t.line("%s the configuration is valid, but polling stays disabled until it has:", t.paint(yellow, "Incomplete:"))
		t.reminders(v.Blocking)
		return nil
	}
	if v.Live {
		t.line("%s the configuration is valid, and everything it names exists.", t.paint(green, "Complete:"))
		if len(v.Unusable) > 0 {
			t.line("Except the %s above: incidents there go to the fallback.", plural(len(v.Unusable), "name"))
		}
		return nil
	}
	t.line("%s the configuration is valid. Check its names against the desk and Huntress with: huntsync validate --live",
		t.paint(green, "Complete:"))
	return nil
}
