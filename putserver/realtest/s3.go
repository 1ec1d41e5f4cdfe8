package realtest

import (
	"bytes"
	"context"
	"crypto/md5"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"io"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/rclone/gofakes3"
	"github.com/rclone/gofakes3/s3mem"
)

// S3 serves the S3 protocol out of memory, with one bucket, "bucket". Every request must be signed (Signature
// Version 4) with the given keys, in a header or in the query (Presign); without any, it is open to everybody. stored
// gives an object's content, and whether there is one.
func S3(t testing.TB, access, secret string) (url string, stored func(key string) ([]byte, bool)) {
	t.Helper()
	objects := &inParts{Backend: s3mem.New(), uploads: map[gofakes3.UploadID]*upload{}}
	if err := objects.CreateBucket(context.Background(), "bucket"); err != nil {
		t.Fatal(err)
	}
	var options []gofakes3.Option
	if access != "" {
		options = append(options, gofakes3.WithV4Auth(map[string]string{access: secret}))
	}
	service := gofakes3.New(objects, options...)
	server := httptest.NewServer(service.Server())
	t.Cleanup(server.Close)
	return server.URL, func(key string) ([]byte, bool) {
		object, err := objects.GetObject(context.Background(), "bucket", key, nil)
		if err != nil {
			return nil, false
		}
		defer object.Contents.Close()
		content, err := io.ReadAll(object.Contents)
		return content, err == nil
	}
}

// inParts keeps uploads in parts, so that what completes one is told the ETag that S3 itself would tell: the MD5 of the
// parts' MD5s, with their number behind. Left to itself, gofakes3 tells the MD5 of the whole.
type inParts struct {
	*s3mem.Backend

	mu      sync.Mutex
	uploads map[gofakes3.UploadID]*upload
}

// An upload is guarded by inParts.mu.
type upload struct {
	meta  map[string]string
	parts map[int][]byte
}

func (b *inParts) at(id gofakes3.UploadID) (*upload, error) {
	if u := b.uploads[id]; u != nil {
		return u, nil
	}
	return nil, gofakes3.ErrNoSuchUpload
}

func (b *inParts) CreateMultipartUpload(_ context.Context, _, _ string, meta map[string]string) (gofakes3.UploadID,
	error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	id := gofakes3.UploadID(rand.Text())
	b.uploads[id] = &upload{meta, map[int][]byte{}}
	return id, nil
}

func (b *inParts) UploadPart(_ context.Context, _, _ string, id gofakes3.UploadID, n int, length int64,
	body io.Reader) (etag string, err error) {
	part, err := io.ReadAll(body)
	if err != nil {
		return "", err
	}
	if int64(len(part)) != length {
		return "", gofakes3.ErrIncompleteBody
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	u, err := b.at(id)
	if err != nil {
		return "", err
	}
	u.parts[n] = part
	return tagOf(part), nil
}

// tagOf is the ETag of a part.
func tagOf(part []byte) string {
	sum := md5.Sum(part)
	return `"` + hex.EncodeToString(sum[:]) + `"`
}

func (b *inParts) CompleteMultipartUpload(ctx context.Context, bucket, object string, id gofakes3.UploadID,
	asked *gofakes3.CompleteMultipartUploadRequest) (version gofakes3.VersionID, etag string, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	u, err := b.at(id)
	if err != nil {
		return "", "", err
	}
	sums, last := md5.New(), 0
	var whole []byte
	for _, p := range asked.Parts {
		part, ok := u.parts[p.PartNumber]
		if p.PartNumber <= last {
			return "", "", gofakes3.ErrInvalidPartOrder
		}
		if !ok || strings.Trim(p.ETag, `"`) != strings.Trim(tagOf(part), `"`) {
			return "", "", gofakes3.ErrInvalidPart
		}
		sum := md5.Sum(part)
		sums.Write(sum[:])
		whole, last = append(whole, part...), p.PartNumber
	}
	_, err = b.PutObject(ctx, bucket, object, u.meta, bytes.NewReader(whole), int64(len(whole)))
	if err != nil {
		return "", "", err
	}
	delete(b.uploads, id)
	return "", fmt.Sprintf(`"%x-%d"`, sums.Sum(nil), len(asked.Parts)), nil
}

func (b *inParts) AbortMultipartUpload(_ context.Context, _, _ string, id gofakes3.UploadID) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.uploads, id)
	return nil
}
