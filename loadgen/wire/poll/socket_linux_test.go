package poll

import (
	"errors"
	"syscall"
	"testing"
)

// A socket that is connected to its own address is at both ends of the connection: that is no server.
func TestMeetingItselfIsRefused(t *testing.T) {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Close(fd) })
	if err := syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	self, err := syscall.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Connect(fd, self); err != nil {
		t.Fatal(err)
	}
	if err := CheckOpen(fd); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("%v, want it refused", err)
	}
}
