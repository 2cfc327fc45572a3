package status

import (
	"bytes"
	_ "embed" // for the schema
)

//go:embed schema.json
var schema []byte

// Schema is the JSON Schema of [Status], as /api/v1/status answers it. It is
// made from the types of this package and their comments; a test keeps it true.
func Schema() []byte { return bytes.Clone(schema) }
