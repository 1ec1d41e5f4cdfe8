package wire

import (
	"sync"

	"shotput/loadgen/wire/poll"
)

// An inbox is how other goroutines speak to a loop: they leave a message, and wake it.
type inbox struct {
	waker *poll.Waker
	mu    struct {
		sync.Mutex
		dials []*dial // finished, and not taken yet
		told
	}
}

// told is what a run was told so far.
type told struct{ stop, cut, halt bool }

// empty forgets what an earlier run was told.
func (b *inbox) empty() {
	b.mu.Lock()
	b.mu.told = told{}
	b.mu.Unlock()
}

// tell leaves a message; safe for concurrent use.
func (b *inbox) tell(write func()) {
	b.mu.Lock()
	write()
	b.mu.Unlock()
	b.waker.Wake()
}

// take gives what was left.
func (b *inbox) take() (dials []*dial, all told) {
	b.mu.Lock()
	defer b.mu.Unlock()
	dials = b.mu.dials
	b.mu.dials = nil
	return dials, b.mu.told
}

// heed passes on to the loop that stop, cut or halt is closed, until the function that it gives is called.
func (b *inbox) heed(stop, cut, halt <-chan struct{}) (ignore func()) {
	end := make(chan struct{})
	var heeding sync.WaitGroup
	heeding.Go(func() {
		for {
			select {
			case <-stop:
				stop = nil
				b.tell(func() { b.mu.stop = true })
			case <-cut:
				cut = nil
				b.tell(func() { b.mu.cut = true })
			case <-halt:
				halt = nil
				b.tell(func() { b.mu.halt = true })
			case <-end:
				return
			}
		}
	})
	return func() {
		close(end)
		heeding.Wait()
	}
}
