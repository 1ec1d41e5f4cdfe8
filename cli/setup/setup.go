// Package setup runs a command of the user's own before a round: one that puts a server into the state in which it is
// to be measured. The command is given to the system's shell. It refuses to go on when the command fails, and to
// outwait one that hangs: that is ended with all that it started. What a command that succeeded leaves running, such as
// a server, is left alone.
package setup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"time"
)

// A Command is what is to be run.
type Command struct {
	Text  string        // for the shell
	Limit time.Duration // how long it may take; more than 0
	Out   io.Writer     // what it prints, on either stream
}

// TimeoutError says that a command was ended, since it took longer than it may.
type TimeoutError struct{ Limit time.Duration }

// Error says how long that was.
func (e *TimeoutError) Error() string { return fmt.Sprintf("it had not ended after %s", e.Limit) }

// lastWords is how long what a command started may still hold its streams, once it has ended itself; and how long one
// that is told to end may take.
const lastWords = time.Second

// Run runs the command and waits for it. The error is a *TimeoutError, the cause for which ctx ended, an
// *exec.ExitError where the command failed, or why it could not be started.
func (c *Command) Run(ctx context.Context) error {
	limited, cancel := context.WithTimeoutCause(ctx, c.Limit, &TimeoutError{c.Limit})
	defer cancel()
	command := shell(limited, c.Text)
	command.Stdout, command.Stderr = c.Out, c.Out
	command.Cancel = func() error { return end(command.Process) }
	command.WaitDelay = lastWords
	err := command.Run()
	if cause := context.Cause(limited); cause != nil && err != nil {
		if command.Process != nil {
			kill(command.Process)
		}
		return cause
	}
	if errors.Is(err, exec.ErrWaitDelay) { // what it left running holds its streams
		return nil
	}
	return err
}
