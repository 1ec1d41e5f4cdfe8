package realtest

import (
	"context"
	"io"
	"net/http/httptest"
	"testing"

	"github.com/rclone/gofakes3"
	"github.com/rclone/gofakes3/s3mem"
)

// S3 serves the S3 protocol out of memory, with one bucket, "bucket". Every request must be signed (Signature
// Version 4) with the given keys; without any, it is open to everybody. stored gives an object's content, and whether
// there is one.
func S3(t testing.TB, access, secret string) (url string, stored func(key string) ([]byte, bool)) {
	t.Helper()
	objects := s3mem.New()
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
