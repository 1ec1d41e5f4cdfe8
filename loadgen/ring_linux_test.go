package loadgen

import (
	"context"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"
	"unsafe"

	"shotput/loadgen/arrivals"
	"shotput/loadgen/request"
	"shotput/loadgen/route"
	"shotput/loadgen/transport"

	"golang.org/x/sys/unix"

	"shotput/putserver"
)

// forbiddenRing names the URL that the test binary fires at with io_uring forbidden.
const forbiddenRing = "SHOTPUT_TEST_NO_RING"

// Most containers forbid io_uring. A run there is by epoll, and says so; who asks for a ring is told why there is none.
func TestWithoutIOUring(t *testing.T) {
	if url := os.Getenv(forbiddenRing); url != "" {
		forbid(t, unix.SYS_IO_URING_SETUP)
		run := fireOn(t, "wire", Plan{Request: request.Spec{URL: url + "/{{seq}}"}, Load: Load{Requests: 50, Concurrency: 4}}).run
		if run.Plan.Poll != "epoll" || run.Totals.OK != 50 {
			t.Errorf("by %s: %s", run.Plan.Poll, endings(run))
		}
		_, err := Run(context.Background(), Plan{Request: request.Spec{URL: url}, Engine: Firing{Poll: "io_uring"}}, new(keep))
		if want := `poll "io_uring": cannot be used here: io_uring_setup: operation not permitted`; err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
		return
	}
	s, err := putserver.New(putserver.Config{})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(s)
	defer server.Close()
	child := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$", "-test.timeout=30s")
	child.Env = append(os.Environ(), forbiddenRing+"="+server.URL)
	if out, err := child.CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}

// forbid makes a system call fail in all of this process from now on, as a container's filter does.
func forbid(t *testing.T, call uint32) {
	t.Helper()
	filter := []unix.SockFilter{
		{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS}, // the call's number
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: call, Jf: 1},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ERRNO | uint32(unix.EPERM)},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ALLOW},
	}
	program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		t.Skipf("no filters here: %v", err)
	}
	if _, _, e := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_TSYNC, uintptr(unsafe.Pointer(&program))); e != 0 {
		t.Skipf("no filters here: %v", e)
	}
}

// Who waits how, and on what it depends.
func TestPoll(t *testing.T) {
	usual := "epoll"
	if ringRefused() == "" {
		usual = "io_uring"
	}
	for _, c := range []struct {
		plan Plan
		want string
	}{
		{Plan{}, usual},
		{Plan{Load: Load{Rate: arrivals.Rate{PerSecond: 10}}}, "epoll"},
		{Plan{Engine: Firing{Clock: "user"}}, "epoll"},
		{Plan{Route: route.Spec{UnixSocket: "/tmp/s"}}, "epoll"},
		{Plan{Engine: Firing{Poll: "epoll"}}, "epoll"},
		{Plan{Load: Load{Rate: arrivals.Rate{PerSecond: 10}}, Engine: Firing{Poll: "io_uring"}}, "io_uring"},
		{Plan{Engine: Firing{Name: "http"}}, ""},
		{Plan{Transport: transport.Spec{Follow: true}, Engine: Firing{Poll: "io_uring"}}, ""},
	} {
		c.plan.Request.URL = "http://127.0.0.1/"
		plan := c.plan.WithDefaults()
		if got := pollOf(&plan); got != c.want {
			t.Errorf("%+v: %q, want %q", c.plan, got, c.want)
		}
	}
	if err := (&Plan{Request: request.Spec{URL: "http://127.0.0.1/"}, Engine: Firing{Poll: "select"}}).Validate(); err == nil || !strings.Contains(err.Error(), `poll "select": is none of auto, io_uring, epoll`) {
		t.Error(err)
	}
}
