package poll

import (
	"runtime"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// An Alarm is a thread that can sleep to the microsecond, where Go's own timers wake a sleeping process in whole
// milliseconds. It wakes for a portable engine's goroutines.
type Alarm struct {
	set   *Epoll
	waker *Waker
}

// NewAlarm makes an alarm; Close it.
func NewAlarm() (*Alarm, error) {
	w, err := NewWaker()
	if err != nil {
		return nil, err
	}
	set, err := NewEpoll(w, false)
	if err != nil {
		w.Close()
		return nil, err
	}
	return &Alarm{set, w}, nil
}

// Own ties the calling goroutine to its thread, which from then on is the one to Sleep.
func (a *Alarm) Own() { OwnThread() }

// Sleep returns after d, or when Wake is called.
func (a *Alarm) Sleep(d time.Duration) {
	if len(a.set.Wait(d, 1)) > 0 {
		a.waker.Drain()
	}
}

// Wake ends the present Sleep, or else the next; safe for concurrent use.
func (a *Alarm) Wake() { a.waker.Wake() }

// Close gives its descriptors back.
func (a *Alarm) Close() {
	a.set.Close()
	a.waker.Close()
}

// OwnThread ties the goroutine to a thread whose timers are not put off: by default Linux lets them be 50 µs late.
func OwnThread() {
	runtime.LockOSThread()
	unix.Prctl(unix.PR_SET_TIMERSLACK, 1, 0, 0, 0)
}

const (
	oneTry = 200 * time.Microsecond
	tries  = 25 // at oneTry and a wake-up each: about 7 ms
)

// MeasureWaking says what waking costs: by how much a wait ends too late, in nine of ten. It takes some 7 ms, and ties
// the calling goroutine to its thread.
func MeasureWaking() (time.Duration, error) {
	alarm, err := NewAlarm()
	if err != nil {
		return 0, err
	}
	defer alarm.Close()
	alarm.Own()
	var late []time.Duration
	for range tries {
		before := time.Now()
		alarm.Sleep(oneTry)
		late = append(late, time.Since(before)-oneTry)
	}
	slices.Sort(late)
	return late[len(late)*9/10], nil
}
