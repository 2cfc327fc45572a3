// Package web is the daemon's web surface: the status page, the pages about
// organizations and incidents, the API, metrics, probes and the two commands
// that can be given over HTTP (poll now, reload).
//
// Everything shown may have been written by an attacker. Text is cleaned by
// package status and escaped by html/template; the content security policy lets
// nothing run but the one script of this package.
package web
