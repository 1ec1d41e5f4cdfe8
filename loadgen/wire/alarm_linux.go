package wire

import "time"

// An Alarm is a thread that can sleep to the microsecond, where Go's own timers wake a sleeping process in whole
// milliseconds. It wakes for a portable engine's goroutines.
type Alarm struct{ poller *poller }

// NewAlarm makes an alarm; Close it.
func NewAlarm() (*Alarm, error) {
	p, err := newPoller()
	if err != nil {
		return nil, err
	}
	return &Alarm{p}, nil
}

// Own ties the calling goroutine to its thread, which from then on is the one to Sleep.
func (a *Alarm) Own() { ownThread() }

// Sleep returns after d, or when Wake is called.
func (a *Alarm) Sleep(d time.Duration) {
	if len(a.poller.wait(d)) > 0 {
		a.poller.drained()
	}
}

// Wake ends the present Sleep, or else the next; safe for concurrent use.
func (a *Alarm) Wake() { a.poller.wake() }

// Close gives its descriptors back.
func (a *Alarm) Close() { a.poller.close() }
