package cli

import (
	"context"
	"io"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"golang.org/x/term"

	"shotput/cli/flags"
	"shotput/loadgen"
	"shotput/report"
)

// Stdio is what the program touches of the world around it.
type Stdio struct {
	In       io.Reader
	Out, Err io.Writer
	Signals  <-chan os.Signal // interrupts, as they come, while they are caught; nil: none
	Catch    func(on bool)    // has signals come, or gives them back to the system, which kills; nil: nothing
	Env      func(name string) (value string, set bool)

	overdue   chan int       // takes the exit code when the program is to end, whoever still waits for a reader
	annotated map[string]int // how many annotations there were, by level; see annotate
}

// Process is the world of this process. Ignoring SIGPIPE makes a write to a reader who has gone one that fails like any
// other, and is told of. SIGHUP, that the terminal was closed, is left alone where it was ignored from the start: who
// begins a run under nohup wants it to go on.
func Process() Stdio {
	signal.Ignore(syscall.SIGPIPE)
	caught := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) {
		caught = append(caught, syscall.SIGHUP)
	}
	signals := make(chan os.Signal, 4)
	catch := func(on bool) {
		signal.Stop(signals)
		if on {
			signal.Notify(signals, caught...)
		}
	}
	return Stdio{In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Signals: signals, Catch: catch, Env: os.LookupEnv}
}

// world is what flags may read. Whoever calls Main without an environment has that of the process.
func (s *Stdio) world() flags.World {
	env := s.Env
	if env == nil {
		env = os.LookupEnv
	}
	return flags.NewWorld(s.In, env)
}

// options say how a report is printed on w.
func (s *Stdio) options(w io.Writer, o *flags.Outputs) report.Options {
	opt := documentOptions(o)
	opt.Color = s.wantsColor(w)
	return opt
}

// wantsColor asks that w be a terminal that is not told otherwise; see no-color.org.
func (s *Stdio) wantsColor(w io.Writer) bool {
	return isTerminal(w) && s.env("NO_COLOR") == "" && s.env("TERM") != "dumb"
}

func (s *Stdio) env(name string) string {
	if s.Env == nil {
		return ""
	}
	value, _ := s.Env(name)
	return value
}

func isTerminal(w any) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// terminalSize gives the columns and rows of the terminal behind w, or nothing if there is none.
func terminalSize(w any) func() (cols, rows int) {
	f, ok := w.(*os.File)
	if !ok {
		return nil
	}
	return func() (cols, rows int) {
		cols, rows, _ = term.GetSize(int(f.Fd())) // 0 and 0 where there is none
		return cols, rows
	}
}

// interruptible gives a context that the first signal ends gently (no more is claimed, what is in flight is
// waited for) and the second at once. A third is the system's: it kills. done ends the watching and waits for it.
func (s *Stdio) interruptible(parent context.Context, say func(string)) (ctx context.Context, done func()) {
	hard, cut := context.WithCancelCause(parent)
	ctx, drain := loadgen.WithDrain(hard)
	over := make(chan struct{})
	s.catch(true)
	var watching sync.WaitGroup
	watching.Go(func() {
		if cause, ok := s.signal(over); ok {
			drain(cause) // first, so that what is said holds
			say(cause.Error() + ": again ends at once; no more requests, those in flight may finish")
		}
		if cause, ok := s.signal(over); ok {
			s.catch(false)
			cut(cause)
			s.endSoon(cause.code())
		}
	})
	return ctx, func() {
		close(over)
		watching.Wait()
		s.catch(false)
		cut(nil)
		drain(nil)
	}
}

// mostAfterSecond is how long the program goes on after the second signal: enough to abort what is in
// flight and to save what was asked for, but not to wait for somebody to read.
const mostAfterSecond = 900 * time.Millisecond

// endSoon has the program end with that code, if it does not end by itself.
func (s *Stdio) endSoon(code int) {
	if s.overdue != nil {
		time.AfterFunc(mostAfterSecond, func() { s.overdue <- code })
	}
}

// signal waits for the next one; ok is false when it was over first.
func (s *Stdio) signal(over <-chan struct{}) (cause interrupted, ok bool) {
	select {
	case sig := <-s.Signals:
		return interrupted{sig}, true
	case <-over:
		return interrupted{}, false
	}
}

func (s *Stdio) catch(on bool) {
	if s.Catch != nil {
		s.Catch(on)
	}
}
