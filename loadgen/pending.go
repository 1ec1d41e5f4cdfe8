package loadgen

// Netrc is yet to come.
func Netrc(text, host string) (user string, ok bool) { return "", false }
