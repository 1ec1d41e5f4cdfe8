package putserver

// A Wrong is a manner of being wrong.
type Wrong struct{ set func(*conduct) }

func (w Wrong) apply(c *conduct) {
	if w.set != nil {
		w.set(c)
	}
}
