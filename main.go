// Shotput fires concurrent HTTP PUTs at an endpoint and says truly how long each took. See package cli for what
// a person types, package stats for what the numbers mean.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"shotput/cli"
)

func main() {
	signal.Ignore(syscall.SIGPIPE) // whoever read has gone: a write that fails like any other, and is told of
	signals := make(chan os.Signal, 4)
	catch := func(on bool) {
		signal.Stop(signals)
		if on {
			signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
		}
	}
	os.Exit(cli.Main(context.Background(), os.Args[1:], cli.Stdio{In: os.Stdin, Out: os.Stdout, Err: os.Stderr,
		Signals: signals, Catch: catch, Env: os.LookupEnv}))
}
