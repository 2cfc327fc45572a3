package views

import (
	"encoding/json"
	"testing"
)

func TestVisible(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{`{"a": "Møbler 東京"}`, `{"a": "Møbler 東京"}`},
		{"{\n  \"a\": \"x\u202egpj.exe\"\n}", "{\n  \"a\": \"x\\u202egpj.exe\"\n}"},
		{"\"\u200b\x7f\"", `"\u200b\u007f"`},
		{"\"\U000e0041\"", `"\udb40\udc41"`},
	} {
		got := visible([]byte(test.text))
		if string(got) != test.want {
			t.Errorf("visible(%q) = %q, want %q", test.text, got, test.want)
		}
		var before, after any
		if json.Unmarshal([]byte(test.text), &before) != nil || json.Unmarshal(got, &after) != nil {
			t.Fatalf("%q is no JSON any more", got)
		}
		if test, ok := before.(string); ok && test != after {
			t.Errorf("it means %q now", after)
		}
	}
}
