package loadgen

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"strconv"
)

const (
	smallFile    = 1 << 20  // a file up to this size is held in memory
	largestBlock = 8 << 20  // a generated body of more than this repeats itself
	windows      = 64 << 10 // places at which a generated body may begin: so many requests in a row have different ones
)

// A body is where the bytes of request k's body come from. All its data is read only, and shared by all requests.
type body struct {
	size   int64    // of each; -1: they differ
	text   parts    // rendered for each request; only where the size is -1
	data   []byte   // the body itself; or, of generated ones, the block in which each is a window
	file   *os.File // read for each request, from its start; closed by close
	offset uint64   // of generated bodies: where request 0's window begins
	made   bool     // generated
}

// openBody finds the body that the plan describes. Errors are Faults.
func openBody(b *Body, seed uint64) (body, error) {
	switch {
	case b.File != "":
		return openFile(b.File)
	case b.Size < 0:
		return body{}, &Fault{Field: "body size", Value: strconv.FormatInt(b.Size, 10), Why: "must not be negative"}
	case b.Size > 0:
		return generate(b.Size, seed), nil
	case b.Text != "":
		t, err := compileText(b.Text, "body")
		if err != nil {
			return body{}, err
		}
		if text := fold(t.parts); !text.fixed() {
			return body{size: -1, text: text}, nil
		}
		return inMemory(fold(t.parts).append(nil, request{})), nil
	}
	return inMemory(b.Data), nil
}

func inMemory(data []byte) body { return body{size: int64(len(data)), data: data} }

// openFile holds a small file in memory, and a large one open. Only a regular file has a size to announce and can
// be read once for each request. A pipe cannot: whoever reads one, once, gives it as Data.
func openFile(path string) (body, error) {
	b, err := openRegular(path)
	if err != nil {
		b.close()
		return body{}, &Fault{Field: "body file", Value: path, Why: plainFileError(err).Error()}
	}
	return b, nil
}

func openRegular(path string) (body, error) {
	info, err := os.Stat(path) // before opening: to open a pipe waits for its writer
	if err != nil {
		return body{}, err
	}
	if !info.Mode().IsRegular() {
		return body{}, notRegular(info)
	}
	if info.Size() <= smallFile {
		data, err := os.ReadFile(path)
		return inMemory(data), err
	}
	f, err := os.Open(path)
	return body{file: f, size: info.Size()}, err
}

func notRegular(info os.FileInfo) error {
	if info.IsDir() {
		return errors.New("is a directory")
	}
	return errors.New("is no regular file; write it to one, or pipe it to standard input")
}

// generate makes bodies of incompressible bytes. One block of them is shared by all: the body of request k is a
// window that begins at a place of its own, so that it costs nothing to make. Places are a permutation of k: any
// 65,536 requests in a row have different ones. A body of more than 8 MiB goes round and round its block, so that no
// size takes more memory than that.
func generate(size int64, seed uint64) body {
	var key [32]byte
	binary.LittleEndian.PutUint64(key[:], seed)
	block := make([]byte, min(size, largestBlock)+windows)
	rand.NewChaCha8(key).Read(block) // never fails
	return body{size: size, data: block, offset: mix(seed), made: true}
}

// window is where the generated body of request r begins in the block.
func (b *body) window(r request) int {
	return int((b.offset + uint64(r.number)*40503) % windows) // 40503 ≈ 65536/φ is odd, so that no two of 65536 meet
}

// bytes gives the body of request r where it lies in memory as a whole; nil where it must be read. They are shared
// and must not be modified.
func (b *body) bytes(r request) []byte {
	switch {
	case b.size < 0:
		return b.text.append(nil, r)
	case b.file != nil:
		return nil
	case b.size > largestBlock && b.made:
		return nil
	case b.made:
		return b.data[b.window(r):][:b.size]
	}
	return b.data
}

// reader reads the body of request r, and gives its length.
func (b *body) reader(r request) (io.Reader, int64) {
	if data := b.bytes(r); data != nil {
		return bytes.NewReader(data), int64(len(data))
	}
	if b.file != nil {
		return io.NewSectionReader(b.file, 0, b.size), b.size
	}
	return &repeated{block: b.data, at: b.window(r), left: b.size}, b.size
}

// open is reader as net/http wants it. Note: a body type of our own in place of NopCloser would save an
// allocation, and cost a system call: net/http sends the head alone, first, unless it knows that the body is in memory.
func (b *body) open(r request) (io.ReadCloser, int64) {
	if b.size == 0 {
		return http.NoBody, 0
	}
	src, size := b.reader(r)
	return io.NopCloser(src), size
}

func (b *body) close() error {
	if b.file == nil {
		return nil
	}
	return b.file.Close()
}

// repeated reads left bytes of a block, from at on, round and round.
type repeated struct {
	block []byte
	at    int
	left  int64
}

func (r *repeated) Read(p []byte) (int, error) {
	if r.left == 0 {
		return 0, io.EOF
	}
	n := copy(p[:min(int64(len(p)), r.left)], r.block[r.at:])
	r.at = (r.at + n) % len(r.block)
	r.left -= int64(n)
	return n, nil
}
