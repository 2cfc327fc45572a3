package document_test

import (
	"bytes"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/huntsync/huntsync/state/internal/document"
)

func TestTimes(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 8, 3, 12, 0, 0, 0, time.UTC)
	tests := []struct{ in, want time.Time }{
		{time.Time{}, time.Time{}},
		{noon, noon},
		{noon.Add(999 * time.Microsecond), noon},
		{noon.In(time.FixedZone("", 3600)), noon},
		{time.UnixMilli(0), time.UnixMilli(0).UTC()},
		{time.Unix(-1, 999_999_999), time.UnixMilli(-1).UTC()}, // down, before 1970 too
	}
	for _, test := range tests {
		if got := document.Time(document.Millis(test.in)); got != test.want {
			t.Errorf("%v came back as %v, want %v", test.in, got, test.want)
		}
	}
}

func TestDecodeRefusesWhatIsNoJSON(t *testing.T) {
	t.Parallel()
	if _, err := document.Decode[map[string]string](`{"a":`); err == nil {
		t.Error("half a document was decoded")
	}
	if _, err := document.Unpack(7, nil); err == nil {
		t.Error("an unknown encoding was unpacked")
	}
	if _, err := document.Unpack(document.Deflate, []byte("no DEFLATE")); err == nil {
		t.Error("damaged bytes were unpacked")
	}
}

// What is stored comes back: text as it was where it was text.
func FuzzEncode(f *testing.F) {
	f.Add("plain", int64(1))
	f.Add("\x00<\u2028>\U0010FFFF", int64(-1))
	f.Add("no \xff text", int64(0))
	type sample struct {
		Text   string
		Number int64
		At     time.Time
	}
	f.Fuzz(func(t *testing.T, text string, number int64) {
		want := sample{Text: text, Number: number, At: time.UnixMilli(number % (1 << 40)).UTC()}
		encoded, err := document.Encode(want)
		if err != nil {
			t.Fatal(err)
		}
		if !utf8.ValidString(encoded) || strings.ContainsAny(encoded, "\x00\n") {
			t.Errorf("not every database keeps %q", encoded)
		}
		got, err := document.Decode[sample](encoded)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" && utf8.ValidString(text) {
			t.Errorf("decoded (+), want (-):\n%s", diff)
		}
	})
}

func FuzzPack(f *testing.F) {
	f.Add([]byte(nil))
	f.Add([]byte("x"))
	f.Add(bytes.Repeat([]byte("packed well "), 100))
	f.Fuzz(func(t *testing.T, raw []byte) {
		packer, err := document.NewPacker()
		if err != nil {
			t.Fatal(err)
		}
		for range 2 { // a packer is used again and again
			encoding, packed, err := packer.Pack(raw)
			if err != nil {
				t.Fatal(err)
			}
			if len(packed) > len(raw) {
				t.Errorf("%d bytes were packed to %d", len(raw), len(packed))
			}
			got, err := document.Unpack(encoding, packed)
			if err != nil || !bytes.Equal(got, raw) {
				t.Errorf("%q came back as %q, %v", raw, got, err)
			}
		}
	})
}

func FuzzUnpack(f *testing.F) {
	f.Add(int64(1), []byte("anything"))
	f.Fuzz(func(t *testing.T, encoding int64, packed []byte) {
		if len(packed) > 1<<12 {
			t.Skip("long inputs only take long")
		}
		raw, err := document.Unpack(document.Encoding(encoding), packed)
		if err != nil && raw != nil {
			t.Error("an error came with bytes")
		}
	})
}
