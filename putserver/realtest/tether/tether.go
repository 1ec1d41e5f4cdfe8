// Package tether lets no process outlive the test that started it, however that ends: a tester's Ctrl-C reaches all
// that share the terminal, but a kill reaches one process alone, and a shell or a terminal of its own may stand
// between. A test that imports it, if only for that, has its binary end with go test (on Linux), and every process that
// is this binary again end with it (on Unix). Other programs, when they would not end by themselves, are started by
// Launch.
package tether

// Env names the variable by which processes that come of a test find what they end with; who gives one an environment
// of its own making passes it on.
const Env = "SHOTPUT_TEST_TETHER"
