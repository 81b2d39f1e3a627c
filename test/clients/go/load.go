package main

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"strings"
	"sync"
	"time"
)

const (
	readBackLimit = 60 * time.Second
	readers       = 16
	warmUpKeys    = 32
)

type load struct {
	run          string
	started      time.Time
	mutex        sync.Mutex
	acknowledged []bool
	failed       int
	errors       map[string]int
	worst        time.Duration
	worstAt      time.Time
	selfLag      time.Duration
	lost         int
	doubled      int
}

func key(run string, index int) string { return fmt.Sprintf("test:%s:%d", run, index) }

// Every shard is reached before the load begins: connecting is not what is measured.
func warmUp(c client, run string) error {
	var err error
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(200 * time.Millisecond) {
		err = nil
		for index := 0; index < warmUpKeys && err == nil; index++ {
			_, err = c.incr(context.Background(), key(run+":start", index))
		}
		if err == nil {
			return nil
		}
	}
	return err
}

// An open loop: command k is due at a fixed time, whether or not the commands before it were answered.
func run(c client, opts options, stop <-chan os.Signal) *load {
	state := &load{run: opts.run, started: time.Now(), errors: map[string]int{}}
	var pending sync.WaitGroup
	for index := 0; ; index++ {
		due := state.started.Add(time.Duration(float64(index) / opts.rate * float64(time.Second)))
		select {
		case <-stop:
			pending.Wait()
			return state
		case <-time.After(time.Until(due)):
		}
		state.mutex.Lock()
		state.selfLag = max(state.selfLag, time.Since(due))
		state.acknowledged = append(state.acknowledged, false)
		state.mutex.Unlock()
		pending.Add(1)
		go func() {
			defer pending.Done()
			value, err := c.incr(context.Background(), key(opts.run, index))
			state.note(index, value, err, due)
		}()
	}
}

func (l *load) note(index int, value int64, err error, due time.Time) {
	took := time.Since(due)
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if took > l.worst {
		l.worst, l.worstAt = took, due
	}
	if err != nil {
		l.failed++
		class := errorClass(err)
		if l.errors[class] == 0 {
			fmt.Fprintf(os.Stderr, "%s %s\n", time.Now().UTC().Format("15:04:05.000"), err)
		}
		l.errors[class]++
		return
	}
	l.acknowledged[index] = true
	if value > 1 {
		l.doubled++
	}
}

func (l *load) readBack(c client) {
	indexes := make(chan int)
	var done sync.WaitGroup
	for range readers {
		done.Add(1)
		go func() {
			defer done.Done()
			for index := range indexes {
				l.judge(index, l.read(c, index))
			}
		}()
	}
	for index := range l.acknowledged {
		indexes <- index
	}
	close(indexes)
	done.Wait()
}

// A key that cannot be read proves nothing: that is the end of the run, not a loss.
func (l *load) read(c client, index int) string {
	for deadline := time.Now().Add(readBackLimit); ; time.Sleep(100 * time.Millisecond) {
		value, err := c.get(context.Background(), key(l.run, index))
		if err == nil {
			return value
		}
		if time.Now().After(deadline) {
			fail(fmt.Errorf("read-back of %s: %w", key(l.run, index), err))
		}
	}
}

func (l *load) judge(index int, value string) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	switch {
	case value == "" && l.acknowledged[index]:
		l.lost++
	case value != "" && value != "1":
		l.doubled++
	}
}

func (l *load) report(library string) map[string]any {
	return map[string]any{
		"type": "report", "library": library, "commands": len(l.acknowledged), "failed": l.failed, "errors": l.errors,
		"lost": l.lost, "doubled": l.doubled, "worstMs": l.worst.Milliseconds(), "worstAt": l.worstAt.UTC().Format("15:04:05.000"),
		// The latest that the program itself sent a command after it was due: its own share in the latencies.
		"selfLagMs": l.selfLag.Milliseconds(),
		"seconds":   time.Since(l.started).Seconds(),
	}
}

var variable = regexp.MustCompile(`\[[^\]]*\]|\b\d{1,3}(\.\d{1,3}){3}(:\d+)?|\b\d+\b`)

// Without addresses, slots and numbers, so that a thousand failures make a handful of classes.
func errorClass(err error) string {
	words := strings.Fields(variable.ReplaceAllString(err.Error(), ""))
	return strings.Join(words[:min(len(words), 8)], " ")
}
