package route

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"shotput/loadgen/fault"
)

// # Where a name leads
//
// Three things may come between the host in a URL and the address that is connected to, as in curl: Plan.ConnectTo
// puts another host and port in its place, Plan.Resolve knows addresses that no resolver is asked for, and
// Plan.IPVersion and Plan.Interface choose among those there are. What the server is told, in the Host header and in
// the handshake, stays what the URL says.

// A resolution is one entry of Plan.Resolve.
type resolution struct {
	host, port string // host "*" is any
	addresses  []netip.Addr
	forget     bool // what earlier entries said of it
}

// parseResolve reads [+]HOST:PORT:ADDRESS[,ADDRESS...] or -HOST:PORT. The "+" is curl's for entries that expire; a run
// ends before.
func parseResolve(s string) (resolution, error) {
	text, forget := strings.CutPrefix(s, "-")
	if !forget {
		text = strings.TrimPrefix(text, "+")
	}
	host, rest, err := cutHost(text)
	port, list, listed := strings.Cut(rest, ":")
	switch {
	case err != nil || host == "" || listed == forget:
		return resolution{}, errors.New("is not HOST:PORT:ADDRESS")
	case !isPort(port):
		return resolution{}, fmt.Errorf("has the port %q; it must be from 1 to 65535", port)
	}
	r := resolution{host: strings.ToLower(host), port: port, forget: forget}
	for one := range strings.SplitSeq(list, ",") {
		if forget {
			break
		}
		a, err := netip.ParseAddr(unbracket(strings.TrimSpace(one)))
		if err != nil {
			return resolution{}, fmt.Errorf("has the address %q, which is no IP address", one)
		}
		r.addresses = append(r.addresses, a)
	}
	return r, nil
}

// cutHost cuts "host:rest", where the host may be an IPv6 address in brackets.
func cutHost(s string) (host, rest string, err error) {
	if !strings.HasPrefix(s, "[") {
		host, rest, found := strings.Cut(s, ":")
		if !found {
			return "", "", errors.New("has no colon")
		}
		return host, rest, nil
	}
	host, rest, found := strings.Cut(s[1:], "]:")
	if _, err := netip.ParseAddr(host); !found || err != nil {
		return "", "", errors.New("has a bracket that holds no IPv6 address")
	}
	return host, rest, nil
}

func unbracket(s string) string {
	if inner, found := strings.CutPrefix(s, "["); found {
		return strings.TrimSuffix(inner, "]")
	}
	return s
}

func isPort(s string) bool {
	n, err := strconv.ParseUint(s, 10, 16)
	return err == nil && n > 0
}

// Resolutions are the addresses known beforehand, by host:port in lower case; "*:port" is of any other host.
type Resolutions map[string][]netip.Addr

// readResolutions reads the entries of Resolve. The error joins a Fault for each that cannot be read.
func readResolutions(entries []string) (Resolutions, error) {
	known := Resolutions{}
	all, err := readEntries("resolve", entries, parseResolve)
	for _, r := range all {
		known[net.JoinHostPort(r.host, r.port)] = r.addresses
	}
	return known, err
}

// Of gives the addresses of a host; nil where none are known beforehand.
func (r Resolutions) Of(host, port string) []netip.Addr {
	if known := r[net.JoinHostPort(strings.ToLower(host), port)]; known != nil {
		return known
	}
	return r[net.JoinHostPort("*", port)]
}

// A detour is one entry of Plan.ConnectTo. Empty parts mean any, on the left, and the same, on the right.
type detour struct{ fromHost, fromPort, toHost, toPort string }

func parseConnectTo(s string) (detour, error) {
	var d detour
	var err error
	rest := s
	if d.fromHost, rest, err = cutHost(rest); err == nil {
		var found bool
		if d.fromPort, rest, found = strings.Cut(rest, ":"); !found {
			err = errors.New("has no second colon")
		} else {
			d.toHost, d.toPort, err = cutHost(rest)
		}
	}
	if err != nil {
		return detour{}, errors.New("is not HOST1:PORT1:HOST2:PORT2; each part may be empty")
	}
	for _, port := range []string{d.fromPort, d.toPort} {
		if port != "" && !isPort(port) {
			return detour{}, fmt.Errorf("has the port %q; it must be from 1 to 65535", port)
		}
	}
	return d, nil
}

// readDetours reads the entries of ConnectTo. The error joins a Fault for each that cannot be read.
func readDetours(entries []string) ([]detour, error) {
	return readEntries("connect-to", entries, parseConnectTo)
}

// readEntries reads the entries of a field, and leaves out those that cannot be read: a Fault for each is the error.
func readEntries[T any](field string, entries []string, read func(string) (T, error)) (all []T, err error) {
	var faults fault.List
	for _, entry := range entries {
		e, err := read(entry)
		if err != nil {
			faults.Add(fault.Malformed.In(field, entry, "%v", err))
			continue
		}
		all = append(all, e)
	}
	return all, errors.Join(faults...)
}

// Detour is where connections for address, host:port, lead: as ConnectTo says.
func (d *Dialler) Detour(address string) string { return lead(d.detours, address) }

// lead is where connections for address lead. The first entry that leads anywhere decides.
func lead(all []detour, address string) string {
	host, port, err := net.SplitHostPort(address)
	i := slices.IndexFunc(all, func(d detour) bool {
		return (d.fromHost == "" || strings.EqualFold(d.fromHost, host)) && (d.fromPort == "" || d.fromPort == port) &&
			(d.toHost != "" || d.toPort != "")
	})
	if err != nil || i < 0 {
		return address
	}
	return net.JoinHostPort(cmp.Or(all[i].toHost, host), cmp.Or(all[i].toPort, port))
}

// A Locality is where connections leave from: an address for each IP version; zero where it has none.
type Locality struct{ v4, v6 netip.Addr }

// Given says whether connections leave from a place that the route names.
func (l Locality) Given() bool { return l != Locality{} }

// From is the local address to a remote one of the same version; it is not valid where there is none.
func (l Locality) From(to netip.Addr) netip.Addr {
	if to.Unmap().Is4() {
		return l.v4
	}
	return l.v6
}

// local is where connections of the route leave from. The error is a Fault.
func (r *Spec) local() (Locality, error) {
	l, err := parseInterface(r.Interface)
	if err != nil {
		return l, fault.Unreadable.In("interface", r.Interface, "%v", err)
	}
	return l, nil
}

// parseInterface reads Plan.Interface: the name of an interface, or a local address; "if!" and "host!" before it
// say which of the two it is.
func parseInterface(s string) (Locality, error) {
	name, isName := strings.CutPrefix(s, "if!")
	address, isAddress := strings.CutPrefix(s, "host!")
	if s == "" {
		return Locality{}, nil
	}
	if !isName {
		if ip, err := netip.ParseAddr(unbracket(address)); err == nil {
			return localAddress(ip)
		}
	}
	if isAddress {
		return Locality{}, errors.New("is no IP address; names of hosts are not looked up here")
	}
	return localInterface(name)
}

// localAddress makes sure that connections can leave from ip. To bind sends nothing; to look through the
// addresses of all interfaces would miss most of 127.0.0.0/8.
func localAddress(ip netip.Addr) (Locality, error) {
	c, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(ip, 0)))
	if err != nil {
		return Locality{}, errors.New("is no address of this machine")
	}
	c.Close()
	if ip.Unmap().Is4() {
		return Locality{v4: ip.Unmap()}, nil
	}
	return Locality{v6: ip}, nil
}

// localInterface gives an interface's first address of each version; a link-local one only where there is no other,
// since it reaches nothing beyond.
func localInterface(name string) (Locality, error) {
	var l Locality
	i, err := net.InterfaceByName(name)
	if err != nil {
		return l, errors.New("is no interface of this machine, and no address")
	}
	all, err := i.Addrs()
	for _, a := range all {
		prefix, _ := netip.ParsePrefix(a.String())
		ip := prefix.Addr()
		switch {
		case ip.Is4() && !l.v4.IsValid():
			l.v4 = ip
		case ip.Is6() && ip.IsLinkLocalUnicast() && !l.v6.IsValid():
			l.v6 = ip.WithZone(name)
		case ip.Is6() && !ip.IsLinkLocalUnicast() && (!l.v6.IsValid() || l.v6.IsLinkLocalUnicast()):
			l.v6 = ip
		}
	}
	if err != nil || !l.Given() {
		return l, errors.New("is an interface without an address")
	}
	return l, nil
}

// Addresses finds where host:port leads, those to try first in front: what is known, else what the resolver
// says, without those that IPVersion or Interface rule out.
func (d *Dialler) Addresses(ctx context.Context, hostPort string) ([]netip.AddrPort, error) {
	host, port, err := net.SplitHostPort(hostPort)
	if err != nil {
		return nil, err
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return nil, &net.AddrError{Err: "invalid port", Addr: hostPort}
	}
	all := d.usable(d.Known.Of(host, port))
	if len(all) == 0 {
		found, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
		if err != nil {
			return nil, err
		}
		if all = d.usable(found); len(all) == 0 {
			return nil, &net.DNSError{Err: "no address of the IP version asked for", Name: host, IsNotFound: true}
		}
	}
	ports := make([]netip.AddrPort, len(all))
	for i, a := range all {
		ports[i] = netip.AddrPortFrom(a.Unmap(), uint16(n))
	}
	return ports, nil
}

// usable leaves out the addresses that connections cannot or shall not go to.
func (d *Dialler) usable(all []netip.Addr) []netip.Addr {
	return slices.DeleteFunc(slices.Clone(all), func(a netip.Addr) bool {
		v4 := a.Unmap().Is4()
		return d.Version == 4 && !v4 || d.Version == 6 && v4 || d.Local.Given() && !d.Local.From(a).IsValid()
	})
}
