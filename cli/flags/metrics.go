package flags

import (
	"errors"
	"net"
	"net/url"
	"strconv"
	"strings"

	"shotput/cli/address"
)

// Metrics says where the figures of a run go while it goes on.
type Metrics struct {
	Listen string // host:port
	File   string
	Push   string // a Pushgateway's URL, the group in its path
	OTLP   string // the whole URL
}

// parseListen reads host:port, :port or port. Figures are not for everybody: without a host it is this machine alone.
func parseListen(s string) (string, error) {
	if !strings.Contains(s, ":") {
		s = ":" + s
	}
	host, port, err := net.SplitHostPort(s)
	if err != nil {
		return "", errors.New("an address is host:port, such as 127.0.0.1:9464")
	}
	if n, err := strconv.Atoi(port); err != nil || n < 0 || n > 65535 {
		return "", errors.New("a port is a number from 0 to 65535")
	}
	if host == "" {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port), nil
}

// parsePush adds the group of the metrics to a Pushgateway's own URL.
func parsePush(s string) (string, error) {
	u, err := parseAddress(s)
	if err != nil {
		return "", err
	}
	if !strings.Contains(u.Path, "/metrics/") {
		u.Path = strings.TrimSuffix(u.Path, "/") + "/metrics/job/shotput"
	}
	return u.String(), nil
}

// parseOTLP adds the path that metrics have in OTLP, where there is none.
func parseOTLP(s string) (string, error) {
	u, err := parseAddress(s)
	if err != nil {
		return "", err
	}
	if u.Path == "" || u.Path == "/" {
		u.Path = "/v1/metrics"
	}
	return u.String(), nil
}

// parseAddress reads a URL to which figures are sent.
func parseAddress(s string) (*url.URL, error) {
	if s == "" {
		return nil, errors.New("it is empty")
	}
	u, err := url.Parse(address.AddScheme(s))
	switch {
	case err != nil:
		return nil, errors.New("it is no URL, such as http://127.0.0.1:9091")
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, errors.New("its scheme is not http or https")
	case u.Hostname() == "":
		return nil, errors.New("it names no host")
	}
	if n, err := strconv.Atoi(u.Port()); u.Port() != "" && (err != nil || n < 1 || n > 65535) {
		return nil, errors.New("a port is a number from 1 to 65535")
	}
	return u, nil
}
