package main

import (
	"encoding/json"
	"os"
	"testing"
)

func reason(status int, body []byte) string { // put yours here
	var answer struct{ Error, Code string }
	_ = json.Unmarshal(body, &answer)
	for _, code := range []string{"invalid_grant", "organization_not_authorized"} {
		if (status == 400 || status == 403) && (answer.Error == code || answer.Code == code) {
			return code
		}
	}
	return ""
}

func TestReasons(t *testing.T) {
	var file struct {
		Exchanges []struct {
			ID, Reason string
			Response   *struct {
				Status int
				JSON   json.RawMessage
			}
		}
	}
	data, _ := os.ReadFile("fixtures/vectors/exchanges.json")
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	for _, e := range file.Exchanges {
		if e.Response != nil && e.Response.Status >= 400 {
			t.Run(e.ID, func(t *testing.T) {
				if got := reason(e.Response.Status, e.Response.JSON); got != e.Reason {
					t.Errorf("got %q, expected %q", got, e.Reason)
				}
			})
		}
	}
}
