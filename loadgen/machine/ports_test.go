package machine

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
)

// Ports are counted, each once: not what listens, nor what is outside of the range, nor what may be used again.
func TestPortsAreCounted(t *testing.T) {
	socket := func(address string, port int, state string) string {
		return fmt.Sprintf("   0: %s:%04X 0100007F:1F90 %s 00000000:00000000\n", address, port, state)
	}
	sockets := "  sl  local_address rem_address   st\n" + socket("0100007F", 40000, "0A") + socket("0A000001", 40001, "01") +
		socket("0A000001", 40001, "06") + socket("0A000001", 40002, "06") + socket("0100007F", 40003, "06") + socket("0A000001", 80, "01") + "broken\n"
	for reuse, want := range map[string]ports{"0": {100, 3, 2}, "1": {100, 1, 0}, "2": {100, 2, 1}} {
		s := system{fstest.MapFS{"proc/sys/net/ipv4/ip_local_port_range": file("39950 40049"), "proc/sys/net/ipv4/tcp_tw_reuse": file(reuse),
			"proc/net/sockstat": file("sockets: used 9\nTCP: inuse 30 orphan 0 tw 40 alloc 31 mem 1\nUDP: inuse 1 mem 0\n"), "proc/net/tcp": file(sockets)}}
		l := s.limits()
		if got := s.ports(&l); got != want {
			t.Errorf("reuse %s: %+v, want %+v", reuse, got, want)
		}
	}
	few := system{fstest.MapFS{"proc/sys/net/ipv4/ip_local_port_range": file("32768 60999"), "proc/net/sockstat": file("TCP: inuse 30 orphan 0 tw 400 alloc 31 mem 1\n")}}
	l := few.limits()
	if got := few.ports(&l); got != (ports{28232, 430, 400}) || got.full() || !strings.HasPrefix(got.String(), "430 of 28232 local ports") {
		t.Errorf("%+v", got)
	}
	if got := (system{fstest.MapFS{}}).ports(&Limits{}); got != (ports{}) {
		t.Errorf("out of nothing: %+v", got)
	}
}
