//go:build !linux

package cli_test

import "github.com/rogpeppe/go-internal/testscript"

// alone needs /proc.
func alone(*testscript.TestScript, bool, []string) {}
