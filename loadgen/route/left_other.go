//go:build !linux && !darwin

package route

// Left says whether the other side has ended the connection, as far as whoever reads has been told.
func (c *CountedConn) Left() bool { return c.Ended.Load() != nil }
