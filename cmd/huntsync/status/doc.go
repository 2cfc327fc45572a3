// Package status tells how everything stands: accounts, polls, tickets owed, what
// is in doubt, why an incident went where it went, and what was done. The page,
// the API and the commands show the same model in the same words.
//
// All text from Huntress and the desk is cleaned when the model is made
// ([engine.CleanLine]); whoever shows it still has to escape it for its medium.
package status
