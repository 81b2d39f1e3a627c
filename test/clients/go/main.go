// A client of another language under load: INCR on keys of its own at a constant rate, everything read back at the end.
// Standard output: one JSON line when the load begins, one with the report.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	opts, err := parseOptions()
	if err != nil {
		fail(err)
	}
	made, err := connect(opts)
	if err != nil {
		fail(err)
	}
	if err := warmUp(made, opts.run); err != nil {
		fail(err)
	}
	say(map[string]any{"type": "started", "library": opts.library})
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, syscall.SIGINT)
	go func() {
		time.Sleep(opts.limit)
		stop <- syscall.SIGTERM
	}()
	load := run(made, opts, stop)
	load.readBack(made)
	say(load.report(opts.library))
}

func say(message any) {
	line, err := json.Marshal(message)
	if err != nil {
		fail(err)
	}
	fmt.Println(string(line))
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
