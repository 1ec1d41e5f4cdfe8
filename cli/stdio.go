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

// # Signals
//
// The first signal ends the run gently: no more is claimed, what is in flight is waited for, what was measured is saved
// and printed. The second ends it at once. A third is the system's: it kills.
//
// Gentle is bounded too. Requests have their time limit, and a disk takes what it is given; but nothing can end a write
// to a pipe, or the opening of one, that nobody reads, but the end of the process. So once a signal has come, all that
// is not work of our own (see during) has a second, and then the process ends.

// readersTime is how long somebody may take to read what is still to be said, once a signal has come. After a second
// signal it is all the time that there is: enough to abort what is in flight and to save what was asked for.
const readersTime = 900 * time.Millisecond

// A watch is over one job's signals. It is ended with done.
type watch struct {
	*Stdio
	ctx   context.Context
	done  func()
	state struct {
		sync.Mutex
		told int         // the exit code of the signal that has come; 0: none has
		busy int         // calls of during
		end  *time.Timer // of the process; nil: none is set
	}
}

// interruptible gives a watch whose context the first signal ends gently, and the second at once. say is told of the
// first.
func (s *Stdio) interruptible(parent context.Context, say func(string)) *watch {
	hard, cut := context.WithCancelCause(parent)
	ctx, drain := loadgen.WithDrain(hard)
	over := make(chan struct{})
	s.catch(true)
	w := &watch{Stdio: s, ctx: ctx}
	var watching sync.WaitGroup
	watching.Go(func() {
		if cause, ok := s.signal(over); ok {
			drain(cause) // first, so that what is said holds
			w.hear(cause.code())
			say(cause.Error() + ": again ends at once; no more requests, those in flight may finish")
		}
		if cause, ok := s.signal(over); ok {
			s.catch(false)
			cut(cause)
			s.endIn(readersTime, cause.code())
		}
	})
	w.done = func() {
		close(over)
		watching.Wait()
		s.catch(false)
		cut(nil)
		drain(nil)
	}
	return w
}

// hear notes the first signal.
func (w *watch) hear(code int) {
	w.state.Lock()
	defer w.state.Unlock()
	w.state.told = code
	w.limit()
}

// during does work of our own: what ends by itself, however nobody reads.
func (w *watch) during(work func()) {
	w.count(1)
	defer w.count(-1)
	work()
}

func (w *watch) count(n int) {
	w.state.Lock()
	defer w.state.Unlock()
	w.state.busy += n
	w.limit()
}

// limit sets the process an end where it waits for readers alone, and takes it back where it does not.
func (w *watch) limit() {
	if w.state.end != nil {
		w.state.end.Stop()
		w.state.end = nil
	}
	if w.state.told != 0 && w.state.busy == 0 {
		w.state.end = w.endIn(readersTime, w.state.told)
	}
}

// endIn has the program end with that code after a time, if it does not end by itself; nil where nobody would end it.
func (s *Stdio) endIn(after time.Duration, code int) *time.Timer {
	if s.overdue == nil {
		return nil
	}
	return time.AfterFunc(after, func() {
		select {
		case s.overdue <- code:
		default: // it ends already
		}
	})
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

// interrupted is the cause of a run that a signal ended.
type interrupted struct{ signal os.Signal }

func (i interrupted) Error() string {
	switch i.signal {
	case syscall.SIGTERM:
		return "terminated"
	case syscall.SIGHUP:
		return "hung up"
	}
	return "interrupted"
}

func (i interrupted) code() int {
	if s, ok := i.signal.(syscall.Signal); ok {
		return 128 + int(s)
	}
	return 130
}
