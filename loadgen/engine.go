package loadgen

import (
	"context"
)

// An engine fires requests. There are two, and what a run means does not depend on which.
type engine interface {
	// exchange sends one request alone, and keeps what can be seen of it and of its answer.
	exchange(ctx context.Context, a alone) *Exchange
	// open opens the connections that a closed loop will use, ahead of it. It ends when ctx does.
	open(ctx context.Context)
	// refresh opens as many connections as the other side has closed since the last exchange or run.
	refresh(ctx context.Context) (reopened int64)
	// fire returns when every request has ended; connections stay open. halt ends those in flight at once. It may be
	// called again, with another load.
	fire(halt context.Context, f *firing)
	// clock is whose time an answer is given: "kernel" or "user".
	clock() string
	// close gives everything back.
	close()
}
