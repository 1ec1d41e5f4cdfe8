package wire

import "time"

// An Alarm is a thread that can sleep to the microsecond, where Go's own timers wake a sleeping process in whole
// milliseconds. It wakes for a portable engine's goroutines.
type Alarm struct {
	set   *epollSet
	waker *waker
}

// NewAlarm makes an alarm; Close it.
func NewAlarm() (*Alarm, error) {
	w, err := newWaker()
	if err != nil {
		return nil, err
	}
	set, err := newEpollSet(w, nil)
	if err != nil {
		w.close()
		return nil, err
	}
	return &Alarm{set, w}, nil
}

// Own ties the calling goroutine to its thread, which from then on is the one to Sleep.
func (a *Alarm) Own() { ownThread() }

// Sleep returns after d, or when Wake is called.
func (a *Alarm) Sleep(d time.Duration) {
	if len(a.set.wait(d, 1)) > 0 {
		a.waker.drained()
	}
}

// Wake ends the present Sleep, or else the next; safe for concurrent use.
func (a *Alarm) Wake() { a.waker.wake() }

// Close gives its descriptors back.
func (a *Alarm) Close() {
	a.set.close()
	a.waker.close()
}
