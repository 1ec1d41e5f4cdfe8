package machine

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
)

// Ports are the local ports of this machine that connections leave from. A port may be used to several servers at a
// time; that is not looked at, so that fewer may be in use than counted here.
type ports struct {
	of      int // in the range
	used    int // of those, no more than these
	waiting int // of those, left by connections that are closed, for a minute (TIME_WAIT)
}

// portLimits are read once: they do not change in a run.
var portLimits = sync.OnceValue(func() *Limits {
	l := thisSystem.limits()
	return &l
})

// ports counts them. The kernel keeps two sums at hand: as long as these are below half of the range, they will do.
// Else each socket is looked at, which takes some 20 ms with all ports in use: sums count sockets that listen, both
// ends of connections within this machine, and what waits but may be used again (tcp_tw_reuse).
func (s system) ports(l *Limits) (p ports) {
	if l.PortFirst == 0 {
		return ports{}
	}
	p.of = l.PortLast - l.PortFirst + 1
	_, sums, _ := strings.Cut(s.text("proc/net/sockstat"), "TCP: ")
	for word := ""; sums != "" && word != "tw"; {
		var number string
		word, sums, _ = strings.Cut(sums, " ")
		number, sums, _ = strings.Cut(sums, " ")
		switch n, _ := strconv.Atoi(number); word {
		case "inuse":
			p.used = n
		case "tw":
			p.waiting = n
		}
	}
	if p.used += p.waiting; p.used > p.of/2 {
		p.used, p.waiting = s.countPorts(l)
	}
	return p
}

// countPorts counts the ports of the range that a connection has, or had and may not be used again.
func (s system) countPorts(l *Limits) (used, waiting int) {
	const listening, timeWait = "0A", "06"
	seen := make([]bool, 1<<16)
	for _, name := range []string{"proc/net/tcp", "proc/net/tcp6"} {
		for line := range strings.Lines(s.text(name)) {
			_, line, _ = strings.Cut(line, ": ") // no strings.Fields: a list for each of many thousand sockets
			local, line, _ := strings.Cut(line, " ")
			_, line, _ = strings.Cut(line, " ")
			state, _, _ := strings.Cut(line, " ")
			address, text, _ := strings.Cut(local, ":")
			port, err := strconv.ParseUint(text, 16, 16)
			waits := state == timeWait
			free := state == listening || waits && mayReuse(l.PortReuse, address)
			if err != nil || free || int(port) < l.PortFirst || int(port) > l.PortLast || seen[port] {
				continue
			}
			seen[port] = true
			if used++; waits {
				waiting++
			}
		}
	}
	return used, waiting
}

// mayReuse says whether a port that waits may be used again: with tcp_tw_reuse 1 everywhere, with 2 from an address
// within this machine, which stands here in hexadecimal, its lowest byte first: "0100007F".
func mayReuse(how int, address string) bool {
	const localV6 = "00000000000000000000000001000000"
	return how == 1 || how == 2 && (strings.HasSuffix(address, "7F") || address == localV6)
}

// full says whether new connections will soon find no port.
func (p ports) full() bool { return p.of > 0 && p.used > p.of*9/10 }

func (p ports) String() string {
	return fmt.Sprintf("%d of %d local ports are in use, %d of them by closed connections (TIME_WAIT)",
		p.used, p.of, p.waiting)
}
