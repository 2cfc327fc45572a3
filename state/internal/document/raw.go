package document

import (
	"bytes"
	"compress/flate"
	"fmt"
	"io"
)

// Encoding says how bytes were packed. Its values are stored: they never change.
type Encoding int64

// The encodings.
const (
	Plain   Encoding = 0
	Deflate Encoding = 1
)

// Packer packs many incidents, one after the other. It is not safe for
// concurrent use.
type Packer struct {
	deflate *flate.Writer
	packed  bytes.Buffer
}

// NewPacker makes a packer.
func NewPacker() (*Packer, error) {
	p := &Packer{}
	deflate, err := flate.NewWriter(&p.packed, flate.DefaultCompression)
	if err != nil {
		return nil, fmt.Errorf("making a packer: %w", err)
	}
	p.deflate = deflate
	return p, nil
}

// Pack is raw in whichever encoding is shorter.
func (p *Packer) Pack(raw []byte) (Encoding, []byte, error) {
	p.packed.Reset()
	p.deflate.Reset(&p.packed)
	if _, err := p.deflate.Write(raw); err != nil {
		return Plain, nil, fmt.Errorf("packing: %w", err)
	}
	if err := p.deflate.Close(); err != nil {
		return Plain, nil, fmt.Errorf("packing: %w", err)
	}
	if p.packed.Len() >= len(raw) {
		return Plain, raw, nil
	}
	return Deflate, bytes.Clone(p.packed.Bytes()), nil
}

// Unpack is the exact opposite of [Packer.Pack].
func Unpack(encoding Encoding, packed []byte) ([]byte, error) {
	switch encoding {
	case Plain:
		return packed, nil
	case Deflate:
		raw, err := io.ReadAll(flate.NewReader(bytes.NewReader(packed)))
		if err != nil {
			return nil, fmt.Errorf("unpacking: %w", err)
		}
		return raw, nil
	default:
		return nil, fmt.Errorf("unpacking: encoding %d is unknown to this huntsync", encoding)
	}
}
