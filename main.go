// Shotput fires concurrent HTTP PUTs at an endpoint and says truly how long each took. See package cli for what
// a person types, package stats for what the numbers mean.
package main

import (
	"context"
	"os"

	"shotput/cli"
)

func main() { os.Exit(cli.Main(context.Background(), os.Args[1:], cli.Process())) }
