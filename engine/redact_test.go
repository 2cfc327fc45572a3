package engine_test

import (
	"encoding/json"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/huntsync/huntsync/engine"
)

func TestRedact(t *testing.T) {
	const key, secret, encoded = "hk_0123456789", `hs_"quoted\9876543210`, "aGtfMDEyMzQ1Njc4OTpocw=="
	for text, want := range map[string]string{
		"":                                "",
		"nothing of ours":                 "nothing of ours",
		"the key hk_0123456789 is wrong":  "the key (sensitive) is wrong",
		key + ":" + secret:                "(sensitive):(sensitive)",
		"Basic " + encoded:                "Basic (sensitive)",
		"Basic aGtfMDEyMzQ1Njc4OTpocw":    "Basic (sensitive)", // without its padding
		"Basic aGtfMDEyM...":              "Basic (sensitive)...",
		"it ends with 23456789":           "it ends with (sensitive)",
		`hs_\"quoted\\9876543210`:         `hs_\(sensitive)`,
		"hk_ and 0123456 are not so much": "hk_ and 0123456 are not so much",
	} {
		if got := engine.Redact(text, encoded, secret, key, ""); got != want {
			t.Errorf("Redact(%q) is %q, want %q", text, got, want)
		}
	}
	if got := engine.Redact("banana", "an"); got != "b(sensitive)a" {
		t.Errorf("a short one: %q", got)
	}
}

// However a credential is repeated, no piece of eight characters is left.
func TestRedactAnything(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		secret := rapid.StringMatching(`[!-~]{8,40}`).Draw(rt, "secret")
		asJSON, err := json.Marshal(secret)
		if err != nil {
			rt.Fatal(err)
		}
		said := rapid.SampledFrom([]string{
			secret, string(asJSON), strconv.Quote(secret), url.QueryEscape(secret), url.PathEscape(secret), secret[:8], secret[len(secret)-8:],
		}).Draw(rt, "said")
		shown := engine.Redact(rapid.String().Draw(rt, "before")+said+rapid.String().Draw(rt, "after"), secret)
		for i := range len(secret) - 7 {
			if strings.Contains(shown, secret[i:i+8]) {
				rt.Fatalf("%q shows %q of %q", shown, secret[i:i+8], secret)
			}
		}
	})
}
