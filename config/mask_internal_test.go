package config

import (
	"strings"
	"testing"
)

func TestMaskLine(t *testing.T) {
	for line, want := range map[string]string{
		`  board = "Security"`:                               `  board = "Security"`,
		`  key = "acme"`:                                     `  key = "acme"`,
		`  api_key = "s3cret"`:                               `  api_key = (sensitive)`,
		`  api_key = s3cret`:                                 `  api_key = (sensitive)`,
		`  api_key = "s3cret`:                                `  api_key = (sensitive)`,
		`  api_key = env("KEY")`:                             `  api_key = env("KEY")`,
		`  api_key = envv("KEY") # why`:                      `  api_key = envv("KEY") # why`,
		`  api_key = file("/run/secrets/key")`:               `  api_key = file("/run/secrets/key")`,
		`  api_key = env("KEY") + "s3cret"`:                  `  api_key = (sensitive)`,
		`  api_secret=var.secret`:                            `  api_secret=var.secret`,
		`desk "algapsa" { api_key = "s3cret" }`:              `desk "algapsa" { api_key = (sensitive)`,
		`{"api_key": "s3cret", "board": "A"}`:                `{"api_key": (sensitive)`,
		`{"api_key": "${env(\"KEY\")}"}`:                     `{"api_key": "${env(\"KEY\")}"}`,
		`  webhook_token = "s3cret"`:                         `  webhook_token = (sensitive)`,
		`  url = "postgres://me:s3cret@db/huntsync"`:         `  url = "postgres://me:(sensitive)@db/huntsync"`,
		`  url = "https://psa.example.com:8080/a"`:           `  url = "https://psa.example.com:8080/a"`,
		`  url = "postgres://me:s3c/ret@db"`:                 `  url = "postgres://me:(sensitive)@db"`,
		`  url = "postgres://me:pa@s3cret@db"`:               `  url = "postgres://me:(sensitive)@db"`,
		`  url = "postgres://me@corp:pa s3cret@db" # why`:    `  url = "postgres://me@corp:(sensitive)@db" # why`,
		`  url = "postgres://me:pa\"s3cret@db"`:              `  url = "postgres://me:(sensitive)@db"`,
		`  url = "postgres://me@db/a?k=s3cret" # why`:        `  url = "postgres://me@db/a?(sensitive)" # why`,
		`  url = "postgres://me:hs_abcdefg-s3cret@db"`:       `  url = "postgres://me:(sensitive)@db"`,
		`  dsn = "host=db pwd=s3cret"`:                       `  dsn = "host=db pwd=(sensitive)`,
		`  oops = "hk_0123456789abcdef"`:                     `  oops = "(sensitive)"`,
		`  a = "hk_s3crets3cret" # hs_s3crets3cret is wrong`: `  a = "(sensitive)" # (sensitive) is wrong`,
	} {
		hidden, _ := secretsIn(line)
		got, move := maskLine(line, hidden)
		if got != want {
			t.Errorf("maskLine(%s)\n got %s\nwant %s", line, got, want)
		}
		if strings.Contains(got, "s3cret") {
			t.Errorf("%s shows the secret", got)
		}
		for at := range len(line) + 1 {
			before, after := move(at)
			if before > after || after > len(got) {
				t.Errorf("offset %d of %s moves to %d and %d", at, line, before, after)
			}
		}
		if _, end := move(len(line)); end != len(got) {
			t.Errorf("the end of %s moves to %d of %d", line, end, len(got))
		}
	}
}
