package cli_test

import (
	"bufio"
	"bytes"
	"os/exec"
	"strings"
	"testing"

	"shotput/putserver/realtest"
)

// startTarget starts a target with these flags in a process of its own, and gives the URL of objects there.
func startTarget(t *testing.T, flags ...string) (url string) {
	t.Helper()
	c := exec.Command("shotput", append([]string{"target", "--listen", "127.0.0.1:0", "--until-stdin-closes"}, flags...)...)
	stdin, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := c.StdoutPipe()
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	said := bufio.NewScanner(stdout)
	said.Scan()
	t.Cleanup(func() {
		stdin.Close()
		for said.Scan() { // its summary
		}
		c.Wait()
	})
	_, address, _ := strings.Cut(said.Text(), "http://")
	return "http://" + address + "/{{seq}}"
}

// lognormal starts a target whose median answer takes so long.
func lognormal(t *testing.T, median string) (url string) {
	t.Helper()
	return startTarget(t, "--law", "lognormal:"+median+",0.5")
}

// judged gives the exit code of ab, and what it printed. Where this machine was the limit nothing is found out.
func judged(t *testing.T, a, b string) (code int, said string) {
	t.Helper()
	c := exec.Command("shotput", "ab", "-s", "-z", "2s", "-r", "300/s", "-d", "x", a, b)
	var out bytes.Buffer
	c.Stdout, c.Stderr = &out, &out
	c.Run()
	if strings.Contains(out.String(), "[machine]") {
		t.Skipf("this machine was the limit:\n%s", &out)
	}
	return c.ProcessState.ExitCode(), out.String()
}

// A server that is 10 % slower is found, and one that is the same is not called slower more than once in three.
func TestPairsOfRealServers(t *testing.T) {
	realtest.Long(t, "each of its comparisons takes 40 s and more")
	a := lognormal(t, "10ms")
	if code, said := judged(t, a, lognormal(t, "11ms")); code != 1 || !strings.Contains(said, "REGRESSION") {
		t.Errorf("10 %% slower: exit code %d\n%s", code, said)
	}
	alarms := 0
	for range 3 {
		if code, said := judged(t, a, lognormal(t, "10ms")); code == 1 {
			alarms++
			t.Log(said)
		}
	}
	if alarms > 1 {
		t.Errorf("the same server was called slower %d times in three", alarms)
	}
}
