package config

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
)

// redacted is what is shown in place of anything sensitive.
const redacted = "(sensitive)"

// Secret is a credential. Whatever prints, logs or encodes it shows
// "(sensitive)"; only Reveal gives it away.
type Secret struct{ value string }

// NewSecret wraps a credential.
func NewSecret(value string) Secret { return Secret{value: value} }

// Reveal returns the credential, for the one place that sends it.
func (s Secret) Reveal() string { return s.value }

// Empty reports whether there is no credential.
func (s Secret) Empty() bool { return s.value == "" }

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
