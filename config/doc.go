// Package config turns the HCL files that a managed service provider keeps in
// git into the policy that the engine runs on.
//
// It goes in steps, each of which can be run and tested alone:
//
//   - [Read] takes a [Snapshot] of a directory: bytes that belong together.
//   - [Load] decodes and checks a snapshot: a [Config], and every [Diagnostic]
//     there is to tell, not just the first. It asks nothing but the environment
//     and the files that the configuration names.
//   - [Config.Incomplete] tells what a valid configuration still lacks.
//   - [Config.Resolve] holds it against what the desk and Huntress really have.
//   - [Config.Offline] does the same against what the configuration itself names,
//     so that routing can be tested without either; [Offline.Run] does that.
//
// A [Watcher] says when it is worth looking again. [Format] writes the canonical
// form. What is sensitive is a [Secret] and never part of a message.
package config
