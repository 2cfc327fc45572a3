package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestVariables(t *testing.T) {
	var v variables
	for _, text := range []string{"a=1", "list=x,y=z", "a=2", "empty="} {
		if err := v.Set(text); err != nil {
			t.Errorf("Set(%q): %v", text, err)
		}
	}
	want := map[string]string{"a": "2", "list": "x,y=z", "empty": ""}
	if diff := cmp.Diff(want, v.values); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
	if got := v.String(); got != "a,empty,list" {
		t.Errorf("String() = %q: it names variables and tells no values", got)
	}
	for _, text := range []string{"", "name", "=value"} {
		if v.Set(text) == nil {
			t.Errorf("Set(%q) is taken", text)
		}
	}
}
