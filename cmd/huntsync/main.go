// Command huntsync makes each incident report of the Huntress SOC exactly one
// ticket at the desk of a managed service provider.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // time_zone has to work in a container that has no time zones
)

// version is set by the build; empty where the build information tells it.
var version string

func main() { os.Exit(run()) }

// run is main with a return value. The first signal asks for a clean stop, the
// second one ends the process at once.
func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	go func() {
		<-ctx.Done()
		stop()
	}()
	a := &app{in: os.Stdin, out: os.Stdout, err: os.Stderr, lookupEnv: os.LookupEnv}
	return a.execute(ctx, os.Args[1:])
}
