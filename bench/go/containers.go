// SPDX-License-Identifier: Apache-2.0

// sync.Pool; a stack and a queue under a mutex, and a singleflight, which the standard library has
// none of.
package main

import "sync"

const containerWorkers = 4

// n operations, shared by the workers.
func share(n int, body func(own, worker int)) {
	var wg sync.WaitGroup
	wg.Add(containerWorkers)
	for k := 0; k < containerWorkers; k++ {
		go func(k int) {
			defer wg.Done()
			body(n/containerWorkers, k)
		}(k)
	}
	wg.Wait()
}

// One op: a push and a pop by any of four goroutines.
func lockfreeStack(n int) {
	var mu sync.Mutex
	var items []int
	share(n, func(own, _ int) {
		popped := 0
		for i := 0; i < own; i++ {
			mu.Lock()
			items = append(items, i)
			mu.Unlock()
			mu.Lock()
			if last := len(items) - 1; last >= 0 {
				items = items[:last]
				popped++
			}
			mu.Unlock()
		}
		expect(popped == own, "push and pop")
	})
}

func lockfreeQueue(n int) {
	type node struct {
		value int
		next  *node
	}
	var mu sync.Mutex
	var head, tail *node
	share(n, func(own, _ int) {
		popped := 0
		for i := 0; i < own; i++ {
			made := &node{value: i}
			mu.Lock()
			if tail == nil {
				head = made
			} else {
				tail.next = made
			}
			tail = made
			mu.Unlock()
			mu.Lock()
			if head != nil {
				head = head.next
				if head == nil {
					tail = nil
				}
				popped++
			}
			mu.Unlock()
		}
		expect(popped == own, "push and pop")
	})
}

// One op: any of four goroutines takes a buffer of 1 KiB, writes a byte, and gives it back.
func pool(n int) {
	buffers := sync.Pool{New: func() interface{} {
		b := make([]byte, 1024)
		return &b
	}}
	share(n, func(own, worker int) {
		for i := 0; i < own; i++ {
			b := buffers.Get().(*[]byte)
			(*b)[0] = byte(worker)
			expect((*b)[0] == byte(worker), "pool")
			buffers.Put(b)
		}
	})
}

type flight struct {
	done  sync.WaitGroup
	value int
}

type flights struct {
	mu      sync.Mutex
	running map[string]*flight
}

func (f *flights) call(key string, fn func() int) int {
	f.mu.Lock()
	if other, ok := f.running[key]; ok {
		f.mu.Unlock()
		other.done.Wait()
		return other.value
	}
	own := new(flight)
	own.done.Add(1)
	f.running[key] = own
	f.mu.Unlock()
	defer func() {
		f.mu.Lock()
		own.done.Done()
		if f.running[key] == own {
			delete(f.running, key)
		}
		f.mu.Unlock()
	}()
	own.value = fn()
	return own.value
}

// One op: a call by any of four goroutines, of a function that adds, all for the same key.
func singleflight(n int) {
	f := flights{running: map[string]*flight{}}
	ran := 0
	share(n, func(own, _ int) {
		for i := 0; i < own; i++ {
			expect(f.call("key", func() int { ran++; return ran }) > 0, "call")
		}
	})
	expect(ran <= n, "singleflight")
}
