package wire

// # What is kept of answers
//
// An answer is kept for Config.Check, or for a flow: its header, a part of its body, and, where its arrival is Raw, its
// head as it came. A connection's reader tells of these as they pass. It is asked to only where they are wanted, and
// where that changes from one request to the next, so that all others pay a comparison.

// keepFor makes the connection's reader tell what is to be kept of the answer to its slot's request.
func (c *conn) keepFor(wanted, raw bool) {
	if wanted != c.keeps {
		c.keeps = wanted
		c.reader.OnHeader, c.reader.OnBody = nil, nil
		if wanted {
			c.reader.OnHeader = func(name, value []byte) { c.slot.kept.addHeader(name, value) }
			c.reader.OnBody = func(b []byte) { c.slot.kept.addBody(b, c.lines.keep) }
		}
	}
	if raw = raw && wanted; raw != c.raws {
		c.raws = raw
		c.reader.OnLine = nil
		if raw {
			c.reader.OnLine = func(line []byte) { c.slot.kept.Raw = append(append(c.slot.kept.Raw, line...), '\n') }
		}
	}
}

// addHeader keeps a header; one without a name continues the last.
func (a *Answer) addHeader(name, value []byte) {
	h := a.Header
	if len(name) == 0 && len(h) > 0 {
		h = append(h[:len(h)-len("\r\n")], ' ')
	} else {
		h = append(append(h, name...), ':', ' ')
	}
	a.Header = append(append(h, value...), '\r', '\n')
}

// addBody keeps a part of the body, up to most in all.
func (a *Answer) addBody(b []byte, most int) {
	n := min(len(b), most-len(a.Body))
	a.Body = append(a.Body, b[:n]...)
	a.Cut = a.Cut || n < len(b)
}

// keptIdle bounds what of a long answer's memory stays with a slot, in bytes.
const keptIdle = 64 << 10

// clear empties what is kept.
func (a *Answer) clear() {
	if cap(a.Body) > keptIdle {
		a.Body = nil
	}
	*a = Answer{Header: a.Header[:0], Body: a.Body[:0], Raw: a.Raw[:0]}
}
