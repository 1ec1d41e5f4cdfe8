package transport

import (
	"log"
	"strings"
	"sync"

	"shotput/loadgen/secret"
)

// # What net/http writes into a log
//
// Of some things that a server does wrong net/http tells nobody but the process's standard log, past everything that
// was asked for: a line for each, on standard error. They are swallowed here, and counted: a run says once how many
// there were, and what the last one was.

// A Logged is what was written so far.
type Logged struct {
	Lines int64
	Last  string // its first 200 bytes
}

// swallowed is where the process's standard log goes once there is a Transport.
var swallowed struct {
	once sync.Once
	sync.Mutex
	Logged
}

type swallower struct{}

// toldElsewhere begin lines that are no news: an answer too many is counted, and what a server in this process says is
// not about what was sent.
var toldElsewhere = []string{"Unsolicited response", "http: ", "http2: server"}

func (swallower) Write(line []byte) (int, error) {
	text := secret.Clip(strings.TrimSpace(string(line)))
	if fields := strings.SplitN(text, " ", 3); len(fields) == 3 && log.Flags() == log.LstdFlags {
		text = fields[2] // without date and time
	}
	for _, known := range toldElsewhere {
		if strings.HasPrefix(text, known) {
			return len(line), nil
		}
	}
	swallowed.Lock()
	defer swallowed.Unlock()
	swallowed.Lines++
	swallowed.Last = text
	return len(line), nil
}

// swallowLog takes the standard log over.
func swallowLog() { swallowed.once.Do(func() { log.SetOutput(swallower{}) }) }

// LogSoFar is what the libraries below have logged so far.
func LogSoFar() Logged {
	swallowed.Lock()
	defer swallowed.Unlock()
	return swallowed.Logged
}
