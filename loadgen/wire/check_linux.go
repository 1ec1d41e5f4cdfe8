package wire

// keep makes the slot keep its answers, for Config.Check: the header whole, and the body's first most bytes.
func (s *slot) keep(most int) {
	s.response.OnHeader = func(name, value []byte) {
		h := s.kept.Header
		if len(name) == 0 && len(h) > 0 { // a folded line continues the one before
			h = append(h[:len(h)-len("\r\n")], ' ')
		} else {
			h = append(append(h, name...), ':', ' ')
		}
		s.kept.Header = append(append(h, value...), '\r', '\n')
	}
	s.response.OnBody = func(b []byte) {
		n := min(len(b), most-len(s.kept.Body))
		s.kept.Body = append(s.kept.Body, b[:n]...)
		s.kept.Cut = s.kept.Cut || n < len(b)
	}
}

// keptIdle bounds what of a long answer's memory stays with a slot, in bytes.
const keptIdle = 64 << 10

// forget empties what is kept.
func (s *slot) forget() {
	if cap(s.kept.Body) > keptIdle {
		s.kept.Body = nil
	}
	s.kept = Answer{Header: s.kept.Header[:0], Body: s.kept.Body[:0]}
}
