package config

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"unique"
)

// redacted is what is shown in place of anything sensitive.
const redacted = "(sensitive)"

// Secret is a credential. Whatever prints, logs or encodes it shows
// "(sensitive)"; only Reveal gives it away.
//
// Secrets that are equal compare as equal. The credential is behind a pointer,
// because fmt asks no methods of a field that is not exported.
type Secret struct{ value unique.Handle[string] }

// NewSecret wraps a credential.
func NewSecret(value string) Secret {
	if value == "" {
		return Secret{}
	}
	return Secret{value: unique.Make(value)}
}

// Reveal returns the credential, for the one place that sends it.
func (s Secret) Reveal() string {
	if s.Empty() {
		return ""
	}
	return s.value.Value()
}

// Empty reports whether there is no credential.
func (s Secret) Empty() bool { return s == Secret{} }

// String returns "(sensitive)".
func (s Secret) String() string { return redacted }

// GoString returns "(sensitive)", for %#v.
func (s Secret) GoString() string { return redacted }

// Format prints "(sensitive)" whatever the verb.
func (s Secret) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, redacted)
}

// MarshalJSON encodes "(sensitive)".
func (s Secret) MarshalJSON() ([]byte, error) { return json.Marshal(redacted) }

// MarshalText encodes "(sensitive)", for map keys and other text formats.
func (s Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// LogValue logs "(sensitive)".
func (s Secret) LogValue() slog.Value { return slog.StringValue(redacted) }
