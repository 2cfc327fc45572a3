package config

import (
	"github.com/hashicorp/hcl/v2/hclwrite"
)

// Format puts a file into its canonical form. Files with syntax errors are
// refused, with the diagnostics; files in the JSON syntax stay as they are.
func Format(f File) ([]byte, Diagnostics) {
	r := newReport([]File{f})
	if _, broken := r.parse(); broken {
		return nil, r.done()
	}
	if isJSON(f.Name) {
		return f.Content, nil
	}
	return hclwrite.Format(f.Content), nil
}
