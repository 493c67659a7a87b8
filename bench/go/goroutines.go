// SPDX-License-Identifier: Apache-2.0

// Goroutines themselves: starting, yielding, fanning out, sleeping, parking in great numbers.
package main

import (
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"time"
)

// One op: start a goroutine that reports to a wait group, and wait for it.
func spawnJoin(n int) {
	var wg sync.WaitGroup
	for i := 0; i < n; i++ {
		wg.Add(1)
		go func() { wg.Done() }()
		wg.Wait()
	}
}

// One op: a yield with nobody else to run.
func yield(n int) {
	for i := 0; i < n; i++ {
		runtime.Gosched()
	}
}

// One op: a yield by either of two goroutines.
func yieldPair(n int) {
	var wg sync.WaitGroup
	wg.Add(2)
	for i := 0; i < 2; i++ {
		go func() {
			yield(n / 2)
			wg.Done()
		}()
	}
	wg.Wait()
}

// One op: the sum of 0..99 999 by a tree of goroutines, ten children each, sums sent over
// unbuffered channels.
func skynet100k(n int) {
	for i := 0; i < n; i++ {
		sum := make(chan int)
		go skynet(sum, 0, 100000)
		expect(<-sum == 4999950000, "skynet")
	}
}

func skynet(out chan<- int, first, size int) {
	if size == 1 {
		out <- first
		return
	}
	sums := make(chan int)
	for i := 0; i < 10; i++ {
		go skynet(sums, first+i*(size/10), size/10)
	}
	sum := 0
	for i := 0; i < 10; i++ {
		sum += <-sums
	}
	out <- sum
}

// One op: fib(20), each of the two calls in a goroutine of its own, results sent over an
// unbuffered channel.
func fib20(n int) {
	for i := 0; i < n; i++ {
		result := make(chan int)
		go fib(result, 20)
		expect(<-result == 6765, "fib")
	}
}

func fib(out chan<- int, n int) {
	if n < 2 {
		out <- n
		return
	}
	parts := make(chan int)
	go fib(parts, n-1)
	go fib(parts, n-2)
	out <- <-parts + <-parts
}

// One op: 10 000 goroutines that sleep 10 ms each, from the first start until all are done.
func sleepers10k(n int) {
	for i := 0; i < n; i++ {
		var wg sync.WaitGroup
		wg.Add(10000)
		for k := 0; k < 10000; k++ {
			go func() {
				time.Sleep(10 * time.Millisecond)
				wg.Done()
			}()
		}
		wg.Wait()
	}
}

type parkedResult struct {
	start, wake time.Duration
	bytes       float64 // resident, per goroutine
}

// Starts count goroutines that park on a receive from one channel; closes it to wake them all,
// and joins them.
func parkedGoroutines(count int) parkedResult {
	gate := make(chan struct{})
	var arrived, left sync.WaitGroup
	arrived.Add(count)
	left.Add(count)
	before := residentBytes()

	begin := time.Now()
	for i := 0; i < count; i++ {
		go func() {
			arrived.Done()
			<-gate
			left.Done()
		}()
	}
	arrived.Wait()
	result := parkedResult{start: time.Since(begin)}
	result.bytes = (residentBytes() - before) / float64(count)

	begin = time.Now()
	close(gate)
	left.Wait()
	result.wake = time.Since(begin)
	return result
}

// parkedCount is a million, or BENCH_PARKED for a short run.
func parkedCount() int {
	if count, err := strconv.Atoi(os.Getenv("BENCH_PARKED")); err == nil {
		return count
	}
	return 1000000
}

func residentBytes() float64 {
	statm, err := os.ReadFile("/proc/self/statm")
	expect(err == nil, "statm")
	pages, err := strconv.Atoi(strings.Fields(string(statm))[1])
	expect(err == nil, "statm")
	return float64(pages * os.Getpagesize())
}
