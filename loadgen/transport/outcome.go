package transport

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"syscall"

	"shotput/loadgen/route"

	"shotput/stats"
)

// ErrTimeLimit ends a request whose time limit passed; ErrHalted one that was open when the run was halted; ErrUnasked
// one whose connection gave an answer before it was asked.
var (
	ErrTimeLimit = errors.New("time limit passed")
	ErrHalted    = errors.New("run halted")
	ErrUnasked   = errors.New("an answer had come before the request was sent")
)

// Classify names the way in which a request failed, from what the transport said and the stage that it had
// reached. Types are asked first; text is read only where net/http keeps its types to itself, and a test
// provokes each of those.
func Classify(err error, stage stats.Stage) stats.Outcome {
	switch {
	case errors.Is(err, ErrHalted):
		return stats.Aborted
	case errors.Is(err, ErrTimeLimit), isTimeout(err):
		return stats.Timeout
	case errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.ENFILE):
		return stats.NoFile
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return stats.NoPort
	case isType[*route.ProxyFailure](err), isOp(err, "proxyconnect"): // net/http's, of a proxy that gets requests whole
		return stats.ProxyFailed
	case errors.Is(err, syscall.ECONNREFUSED):
		return stats.Refused
	case isType[*net.DNSError](err):
		return stats.DNS
	case isTLS(err, stage):
		return stats.TLSFailed
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return stats.Unreachable
	case errors.Is(err, ErrUnasked):
		return stats.Unasked
	case strings.Contains(err.Error(), "with Body length"):
		return stats.BadBody
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return stats.Reset
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed),
		strings.Contains(err.Error(), "server closed idle connection"),
		strings.Contains(err.Error(), "EOF reading trailer"):
		return stats.Closed
	case strings.Contains(err.Error(), "readLoopPeekFailLocked"): // of a reset or an end it says so too
		return stats.Unasked
	case isMalformed(err.Error()):
		return stats.Protocol
	}
	return outcomeOnHTTP2(err)
}

// malformations are what net/http says of an answer that is no HTTP as it should be. Of a trailer that was cut short it
// says the last too: who knows that the connection has ended asks of that instead.
var malformations = []string{"malformed", "Content-Length", "transfer encoding", "chunk length",
	"chunked ", // encoding contains too much non-data; line ends with bare LF
	"exceeded", "too long", "suspiciously long trailer"}

func isMalformed(text string) bool {
	return slices.ContainsFunc(malformations, func(known string) bool { return strings.Contains(text, known) })
}

// outcomeOnHTTP2 reads what net/http says of frames; it keeps all types of HTTP/2 to itself.
func outcomeOnHTTP2(err error) stats.Outcome {
	switch text := err.Error(); {
	case strings.Contains(text, "stream error") && strings.Contains(text, "received from peer"):
		return stats.Reset
	case strings.Contains(text, "server sent GOAWAY"), strings.Contains(text, "client connection lost"):
		return stats.Closed
	case strings.Contains(text, "stream error"), strings.Contains(text, "connection error: "),
		strings.Contains(text, "frame too large"), strings.Contains(text, "larger than advertised limit"),
		strings.Contains(text, "http3: HEADERS frame"), strings.Contains(text, "http3: headers"),
		// what came first was no frame, and was seen before the request
		strings.Contains(text, "client conn could not be established"):
		return stats.Protocol
	}
	return stats.Other
}

// StageOf is where a failure is booked: only timeouts and failed connections have a stage.
func StageOf(o stats.Outcome, stage stats.Stage) stats.Stage {
	switch o {
	case stats.Timeout, stats.Reset, stats.Closed, stats.Aborted:
		return stage
	case stats.Refused, stats.DNS, stats.Unreachable, stats.ProxyFailed, stats.NoPort, stats.NoFile:
		return stats.InConnect
	case stats.TLSFailed:
		return stats.InTLS
	}
	return stats.NoStage
}

func isTimeout(err error) bool {
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded) {
		return true
	}
	var t net.Error
	return errors.As(err, &t) && t.Timeout()
}

func isTLS(err error, stage stats.Stage) bool {
	return isType[*tls.CertificateVerificationError](err) || isType[tls.RecordHeaderError](err) ||
		isType[tls.AlertError](err) || isType[x509.UnknownAuthorityError](err) || isType[x509.HostnameError](err) ||
		isType[x509.CertificateInvalidError](err) || stage == stats.InTLS || isOp(err, "remote error") ||
		isOp(err, "local error") || // what crypto/tls finds wrong in a record, after the handshake too
		strings.Contains(err.Error(), "server gave HTTP response to HTTPS client")
}

func isOp(err error, op string) bool {
	var e *net.OpError
	return errors.As(err, &e) && e.Op == op
}

func isType[T error](err error) bool {
	var e T
	return errors.As(err, &e)
}

// EarlyError is what it means that a connection gave these bytes before it was asked: an answer that nobody asked for,
// or no HTTP at all, as of a server that greets.
func EarlyError(early string) error {
	const version = "HTTP/1."
	if strings.HasPrefix(early, version) || strings.HasPrefix(version, early) {
		return ErrUnasked
	}
	return fmt.Errorf("malformed HTTP response %q", early)
}
