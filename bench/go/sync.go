// SPDX-License-Identifier: Apache-2.0

// sync.Once, sync/atomic, sync.WaitGroup and sync.Cond.
package main

import (
	"sync"
	"sync/atomic"
)

func two(body func(k int)) {
	var wg sync.WaitGroup
	wg.Add(2)
	for k := 0; k < 2; k++ {
		go func(k int) {
			defer wg.Done()
			body(k)
		}(k)
	}
	wg.Wait()
}

// One op: a call of a Once that is done, by either of two goroutines.
func onceFast(n int) {
	var o sync.Once
	ran := 0
	two(func(int) {
		for i := 0; i < n/2; i++ {
			o.Do(func() { ran++ })
		}
	})
	expect(n < 2 && ran == 0 || ran == 1, "once_fast")
}

// One op: an addition to the same number by either of two goroutines.
func atomicAdd(n int) {
	var sum int64
	two(func(int) {
		for i := 0; i < n/2; i++ {
			atomic.AddInt64(&sum, 1)
		}
	})
	expect(sum == int64(n/2*2), "atomic_add")
}

// One op: an Add(1), a Done and a Wait by one goroutine.
func waitGroup(n int) {
	var wg sync.WaitGroup
	for i := 0; i < n; i++ {
		wg.Add(1)
		wg.Done()
		wg.Wait()
	}
}

// One op: a turn and back between two goroutines, over a mutex and a condition variable.
func condPingPong(n int) {
	var mu sync.Mutex
	turned := sync.NewCond(&mu)
	pong := false
	turns := 0
	two(func(k int) {
		mine := k == 1
		for i := 0; i < n; i++ {
			mu.Lock()
			for pong != mine {
				turned.Wait()
			}
			pong = !mine
			turns++
			mu.Unlock()
			turned.Signal()
		}
	})
	expect(turns == 2*n, "cond_ping_pong")
}
