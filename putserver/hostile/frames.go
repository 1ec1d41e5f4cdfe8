package hostile

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// A session is one HTTP/2 connection, seen from the peer.
type session struct {
	net.Conn
	*http2.Framer
	header  bytes.Buffer
	encoder *hpack.Encoder
}

// A frame sends what it likes for one request.
type frame func(s *session, stream uint32)

// framed is a peer that greets with these settings, and answers each request as told.
func framed(name string, answer frame, settings ...http2.Setting) Peer {
	return Peer{name, plain(func(c net.Conn) {
		s, ok := greet(c)
		if ok && s.WriteSettings(settings...) == nil {
			s.serve(answer)
		}
	})}
}

// greeting is a peer that does something of its own when the other side has greeted, and then listens.
func greeting(name string, do func(*session)) Peer {
	return Peer{name, plain(func(c net.Conn) {
		if s, ok := greet(c); ok {
			do(s)
			hang(c)
		}
	})}
}

func greet(c net.Conn) (*session, bool) {
	preface := make([]byte, len(http2.ClientPreface))
	if _, err := io.ReadFull(c, preface); err != nil {
		return nil, false
	}
	s := &session{Conn: c, Framer: http2.NewFramer(c, c)}
	s.AllowIllegalWrites = true
	s.encoder = hpack.NewEncoder(&s.header)
	return s, true
}

func (s *session) serve(answer frame) {
	for {
		f, err := s.ReadFrame()
		if err != nil {
			return
		}
		switch f := f.(type) {
		case *http2.SettingsFrame:
			if !f.IsAck() {
				s.WriteSettingsAck()
			}
		case *http2.PingFrame:
			if !f.IsAck() {
				s.WritePing(true, f.Data)
			}
		case *http2.HeadersFrame:
			answer(s, f.StreamID)
		}
	}
}

// head sends headers: names and values in turn.
func (s *session) head(stream uint32, end bool, fields ...string) {
	s.header.Reset()
	for i := 0; i+1 < len(fields); i += 2 {
		s.encoder.WriteField(hpack.HeaderField{Name: fields[i], Value: fields[i+1]})
	}
	block := s.header.Bytes()
	first := block[:min(len(block), 16_000)]
	block = block[len(first):]
	s.WriteHeaders(http2.HeadersFrameParam{StreamID: stream, BlockFragment: first, EndStream: end,
		EndHeaders: len(block) == 0})
	for len(block) > 0 {
		next := block[:min(len(block), 16_000)]
		block = block[len(next):]
		s.WriteContinuation(stream, len(block) == 0, next)
	}
}

func (s *session) ok(stream uint32) { s.head(stream, true, ":status", "204") }

// frames are servers that speak HTTP/2, or nearly so.
func frames() []Peer {
	return slices.Concat(heads(), resets(), streams(), windows(), sessions(), floods())
}

// heads are answers whose heads are wrong, or odd.
func heads() []Peer {
	head := func(name string, fields ...string) Peer {
		return framed("h2: "+name, func(s *session, n uint32) { s.head(n, true, fields...) })
	}
	return []Peer{
		head("an answer", ":status", "204"),
		head("no status", "x-a", "b"),
		head("a status of letters", ":status", "abc"),
		head("status 99", ":status", "99"),
		head("two statuses", ":status", "200", ":status", "201"),
		head("a name in capitals", ":status", "204", "X-Capital", "a"),
		head("a connection header", ":status", "204", "connection", "close"),
		head("a header of 100 KB", ":status", "204", "x-a", strings.Repeat("b", 100_000)),
		framed("h2: interim answers without end", func(s *session, n uint32) {
			for range 20_000 {
				s.head(n, false, ":status", "103", "link", "</x>")
			}
			s.ok(n)
		}),
		framed("h2: bad compression", func(s *session, n uint32) {
			s.WriteHeaders(http2.HeadersFrameParam{StreamID: n, BlockFragment: []byte{0xff, 0xff, 0xff, 0xff},
				EndStream: true, EndHeaders: true})
		}),
		framed("h2: continuations without end", func(s *session, n uint32) {
			s.WriteHeaders(http2.HeadersFrameParam{StreamID: n, BlockFragment: []byte{0x88}})
			for s.WriteContinuation(n, false, bytes.Repeat([]byte{0x88}, 1000)) == nil {
			}
		}),
		framed("h2: trailers", func(s *session, n uint32) {
			s.head(n, false, ":status", "200")
			s.WriteData(n, false, []byte("ok"))
			s.head(n, true, "x-sum", "1")
		}),
	}
}

// resets are streams that the peer gives up.
func resets() []Peer {
	code := func(name string, code http2.ErrCode) Peer {
		return framed("h2: "+name, func(s *session, n uint32) { s.WriteRSTStream(n, code) })
	}
	return []Peer{
		code("streams refused", http2.ErrCodeRefusedStream),
		code("streams reset", http2.ErrCodeInternal),
		code("streams cancelled", http2.ErrCodeCancel),
		code("a code beyond all", 0xffff),
	}
}

// streams are answers whose streams go wrong.
func streams() []Peer {
	return []Peer{
		framed("h2: data before a head", func(s *session, n uint32) { s.WriteData(n, true, []byte("x")) }),
		framed("h2: data after the end", func(s *session, n uint32) {
			s.ok(n)
			s.WriteData(n, true, []byte("x"))
		}),
		framed("h2: more than the length", func(s *session, n uint32) {
			s.head(n, false, ":status", "200", "content-length", "1")
			s.WriteData(n, true, []byte("three"))
		}),
		framed("h2: less than the length", func(s *session, n uint32) {
			s.head(n, false, ":status", "200", "content-length", "10")
			s.WriteData(n, true, []byte("three"))
		}),
		framed("h2: a body without end", func(s *session, n uint32) {
			s.head(n, false, ":status", "200")
			for s.WriteData(n, false, make([]byte, 16_000)) == nil { // beyond the window: an error there
			}
		}),
		framed("h2: a slow body without end", func(s *session, n uint32) {
			s.head(n, false, ":status", "200")
			for s.WriteData(n, false, []byte("x")) == nil {
				time.Sleep(10 * time.Millisecond)
			}
		}),
		framed("h2: half of a head, then the end", func(s *session, n uint32) {
			s.WriteHeaders(http2.HeadersFrameParam{StreamID: n, BlockFragment: []byte{0x88}})
			s.Close()
		}),
		framed("h2: no answer", func(*session, uint32) {}),
		framed("h2: a promise", func(s *session, n uint32) {
			s.WritePushPromise(http2.PushPromiseParam{StreamID: n, PromiseID: 2, BlockFragment: []byte{0x88},
				EndHeaders: true})
			s.ok(n)
		}),
	}
}

// windows are settings that leave little room.
func windows() []Peer {
	return []Peer{
		framed("h2: no window", func(*session, uint32) {}, http2.Setting{ID: http2.SettingInitialWindowSize}),
		framed("h2: no streams allowed", func(s *session, n uint32) { s.ok(n) },
			http2.Setting{ID: http2.SettingMaxConcurrentStreams}),
		framed("h2: one stream at a time", func(s *session, n uint32) { s.ok(n) },
			http2.Setting{ID: http2.SettingMaxConcurrentStreams, Val: 1}),
	}
}

// sessions are connections that go wrong as a whole.
func sessions() []Peer {
	raw := func(name, text string) Peer {
		return greeting("h2: "+name, func(s *session) { io.WriteString(s, text) })
	}
	return []Peer{
		raw("silence", ""),
		raw("HTTP/1.1 instead", "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"),
		raw("a frame too large", "\xff\xff\xff\x00\x00\x00\x00\x00\x01"),
		raw("half of a frame", "\x00\x00"),
		raw("noise", strings.Repeat("\xfe", 5000)),
		greeting("h2: goes away at once", func(s *session) {
			s.WriteSettings()
			s.WriteGoAway(0, http2.ErrCodeNo, nil)
		}),
		greeting("h2: goes away in anger", func(s *session) {
			s.WriteSettings()
			s.WriteGoAway(0, http2.ErrCodeEnhanceYourCalm, []byte(strings.Repeat("too many ", 1000)))
			s.Close()
		}),
		greeting("h2: a window beyond all", func(s *session) {
			s.WriteSettings()
			s.WriteWindowUpdate(0, 1<<31-1)
		}),
		greeting("h2: a window of nothing", func(s *session) {
			s.WriteSettings()
			s.WriteWindowUpdate(0, 0)
		}),
	}
}

// floods are frames that mean nothing, or that end too much.
func floods() []Peer {
	return []Peer{
		framed("h2: pings without end", func(s *session, n uint32) {
			for range 5000 {
				s.WritePing(false, [8]byte{1})
			}
			s.ok(n)
		}),
		framed("h2: settings without end", func(s *session, n uint32) {
			for range 5000 {
				s.WriteSettings()
			}
			s.ok(n)
		}),
		framed("h2: frames that nobody knows", func(s *session, n uint32) {
			s.WriteRawFrame(0xee, 0xff, n, []byte("what"))
			s.ok(n)
		}),
		framed("h2: settings that may not be", func(s *session, n uint32) { s.ok(n) },
			http2.Setting{ID: http2.SettingInitialWindowSize, Val: 1<<32 - 1}),
		framed("h2: goes away after each answer", func(s *session, n uint32) {
			s.ok(n)
			s.WriteGoAway(n, http2.ErrCodeNo, []byte(fmt.Sprint("after ", n)))
		}),
	}
}
