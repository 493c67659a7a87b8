// SPDX-License-Identifier: Apache-2.0

// The Go side of the benchmark stand. It builds with the standard library alone, Go 1.19 or newer:
//
//	go build -o go_rival bench/go/*.go
//	go_rival --row ping_pong --procs 2 --min-time 0.2
//
// A run prints one line of JSON. There is no go.mod on purpose: a go line would pin old GODEBUG
// settings, and the newest toolchain is to be measured as it comes.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"runtime"
	"time"
)

// A row is one scenario; run does n operations.
type row struct {
	name  string
	unit  string
	scale float64 // units in a nanosecond
	run   func(n int)
}

var rows = []row{
	{"spawn_join", "ns/op", 1, spawnJoin},
	{"yield", "ns/op", 1, yield},
	{"yield_pair", "ns/op", 1, yieldPair},
	{"ping_pong", "ns/op", 1, pingPong},
	{"chan_uncontended", "ns/op", 1, chanUncontended},
	{"chan_spsc", "ns/op", 1, chanSPSC},
	{"chan_mpmc", "ns/op", 1, chanMPMC},
	{"select_ready", "ns/op", 1, selectReady},
	{"select_ping_pong", "ns/op", 1, selectPingPong},
	{"mutex_uncontended", "ns/op", 1, mutexUncontended},
	{"mutex_contended", "ns/op", 1, mutexContended},
	{"shared_mutex_read_1", "ns/op", 1, rwRead1},
	{"shared_mutex_read_2", "ns/op", 1, rwRead2},
	{"shared_mutex_90_10", "ns/op", 1, rw9010},
	{"shared_mutex_50_50", "ns/op", 1, rw5050},
	{"sharded_map_read", "ns/op", 1, shardedMapRead},
	{"sharded_map_write", "ns/op", 1, shardedMapWrite},
	{"sync_map", "ns/op", 1, syncMap},
	{"lockfree_stack", "ns/op", 1, lockfreeStack},
	{"lockfree_queue", "ns/op", 1, lockfreeQueue},
	{"pool", "ns/op", 1, pool},
	{"singleflight", "ns/op", 1, singleflight},
	{"once_fast", "ns/op", 1, onceFast},
	{"atomic_add", "ns/op", 1, atomicAdd},
	{"wait_group", "ns/op", 1, waitGroup},
	{"cond_ping_pong", "ns/op", 1, condPingPong},
	{"context_timeout", "ns/op", 1, contextTimeout},
	{"pipeline_100", "ns/op", 1, pipeline100},
	{"skynet_100k", "ms", 1e-6, skynet100k},
	{"fib_20", "ms", 1e-6, fib20},
	{"sleepers_10k", "ms", 1e-6, sleepers10k},
}

// calibrate warms up, then repeats r.run with a growing n until one run lasts minTime, and returns
// nanoseconds per operation.
func calibrate(r row, minTime time.Duration) float64 {
	r.run(1)
	for n := 1; ; {
		runtime.GC()
		begin := time.Now()
		r.run(n)
		elapsed := time.Since(begin)
		if elapsed >= minTime {
			return float64(elapsed.Nanoseconds()) / float64(n)
		}
		growth := 1.4 * float64(minTime) / float64(elapsed+1)
		if growth > 10 {
			growth = 10
		}
		n = int(float64(n)*growth) + 1
	}
}

func report(fields map[string]interface{}) {
	line, err := json.Marshal(fields)
	expect(err == nil, "report")
	fmt.Println(string(line))
}

// expect keeps a scenario honest: its result is used and checked.
func expect(ok bool, what string) {
	if !ok {
		panic("wrong result: " + what)
	}
}

func main() {
	name := flag.String("row", "", "the scenario to run")
	procs := flag.Int("procs", 2, "GOMAXPROCS")
	minTime := flag.Float64("min-time", 0.2, "seconds that the measured run lasts at least")
	flag.Parse()
	runtime.GOMAXPROCS(*procs)

	if *name == "parked_1m" {
		parked := parkedGoroutines(parkedCount())
		report(map[string]interface{}{"scenario": *name, "unit": "s", "value": parked.start.Seconds(),
			"wake": parked.wake.Seconds(), "bytes": parked.bytes})
		return
	}
	for _, r := range rows {
		if r.name == *name {
			ns := calibrate(r, time.Duration(*minTime*float64(time.Second)))
			report(map[string]interface{}{"scenario": r.name, "unit": r.unit, "value": ns * r.scale})
			return
		}
	}
	fmt.Fprintf(os.Stderr, "go_rival: no row %q\n", *name)
	os.Exit(3)
}
