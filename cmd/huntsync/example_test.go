package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/huntsync/huntsync/config"
	algapsa "github.com/huntsync/huntsync/providers/algapsa/sim"
	huntress "github.com/huntsync/huntsync/providers/huntress/sim"
	"github.com/huntsync/huntsync/providers/huntress/sim/dataset"
)

// TestMSPExample runs every step of the example repository, those of its
// continuous integration included, with the real program.
func TestMSPExample(t *testing.T) {
	commands := storyCommands()
	commands["furnish"] = furnishCommand
	commands["workflow"] = workflowCommand
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/example",
		RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			if err := setUpStory(env); err != nil {
				return err
			}
			env.Setenv("PATH", filepath.Join(env.WorkDir, "bin")+string(os.PathListSeparator)+env.Getenv("PATH"))
			return os.CopyFS(filepath.Join(env.WorkDir, "repository"), os.DirFS("../../examples/msp"))
		},
		Cmds: commands,
	})
}

// furnishCommand makes a desk that has what a configuration names, and no more,
// and adds its organizations to Huntress: furnish DIR.
func furnishCommand(ts *testscript.TestScript, _ bool, args []string) {
	snapshot, diags := config.Read(context.Background(), ts.MkAbs(args[0]))
	var c *config.Config
	if snapshot != nil {
		c, diags = config.Load(snapshot, config.Options{LookupEnv: func(name string) (string, bool) {
			value := ts.Getenv(name)
			return value, value != ""
		}})
	}
	if c == nil {
		ts.Fatalf("%s: %v", args[0], diags)
	}
	policy := c.Offline().Policy
	w := storyOf(ts)
	w.replaceDesk(ts, 3)
	for _, b := range policy.Catalogue.Boards {
		board := w.desk.AddBoard(algapsa.Board{Name: b.Name})
		for _, s := range policy.Catalogue.Statuses {
			if s.BoardID == b.ID {
				w.desk.AddStatus(algapsa.Status{BoardID: board.ID, Name: s.Name, Default: s.Default, Closed: s.Closed, Order: s.Order})
			}
		}
		parents := map[string]string{}
		for _, category := range policy.Catalogue.Categories {
			if category.BoardID == b.ID {
				made := w.desk.AddCategory(algapsa.Category{BoardID: board.ID, Name: category.Name, Parent: parents[category.ParentID]})
				parents[category.ID] = made.ID
			}
		}
	}
	for _, p := range policy.Catalogue.Priorities {
		w.desk.AddPriority(algapsa.Priority{Name: p.Name})
	}
	for _, x := range policy.Catalogue.Clients {
		w.desk.AddClient(algapsa.Client{Name: x.Name})
	}
	for key, name := range policy.OrganizationNames {
		w.huntress.AddOrganization(huntress.Organization{ID: key.OrganizationID, AccountID: dataset.AccountID, Name: name})
	}
}

// workflowCommand runs the steps of a job as its runner would: workflow FILE JOB.
func workflowCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: workflow FILE JOB")
	}
	steps, err := stepsOf(ts.ReadFile(args[0]), args[1])
	ts.Check(err)
	for _, step := range steps {
		ts.Logf("step: %s", step.name)
		if err := ts.Exec("bash", "-e", "-c", step.run); err != nil {
			ts.Fatalf("step %q: %v", step.name, err)
		}
	}
}

type workflowStep struct{ name, run string }

// stepsOf reads the commands of a job from a workflow file, by its indentation:
// enough for a file that we write ourselves.
func stepsOf(text, job string) ([]workflowStep, error) {
	_, rest, ok := strings.Cut(text, "\n  "+job+":\n")
	if !ok {
		return nil, fmt.Errorf("the workflow has no job %q", job)
	}
	var steps []workflowStep
	block := false
	for line := range strings.Lines(rest) {
		body := strings.TrimSpace(line)
		depth := len(line) - len(strings.TrimLeft(line, " "))
		switch {
		case body == "" || block && depth >= 10:
			if block && len(steps) > 0 {
				steps[len(steps)-1].run += strings.TrimPrefix(line, strings.Repeat(" ", 10))
			}
			continue
		case depth <= 2:
			return steps, nil
		case strings.HasPrefix(body, "- name: "):
			steps = append(steps, workflowStep{name: strings.TrimPrefix(body, "- name: ")})
		case strings.HasPrefix(body, "run: ") && len(steps) > 0:
			steps[len(steps)-1].run = strings.TrimPrefix(body, "run: ")
			if block = body == "run: |"; block {
				steps[len(steps)-1].run = ""
			}
			continue
		}
		block = false
	}
	if len(steps) == 0 {
		return nil, errors.New("the job has no steps")
	}
	return steps, nil
}

// TestStepsOf keeps the reader of workflows honest: a step that it lost would
// pass in silence.
func TestStepsOf(t *testing.T) {
	content, err := os.ReadFile("../../examples/msp/.github/workflows/huntsync.yml")
	if err != nil {
		t.Fatal(err)
	}
	for job, want := range map[string]int{"check": 5, "plan": 3} {
		steps, err := stepsOf(string(content), job)
		if err != nil || len(steps) != want {
			t.Errorf("job %s has %d steps, want %d (%v)", job, len(steps), want, err)
		}
		for _, step := range steps {
			if strings.TrimSpace(step.run) == "" {
				t.Errorf("job %s: step %q has no command", job, step.name)
			}
		}
	}
}
