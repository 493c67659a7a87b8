// SPDX-License-Identifier: Apache-2.0

// Mutexes.
package main

import "sync"

// One op: a lock and an unlock by the only goroutine that wants the mutex.
func mutexUncontended(n int) {
	var mu sync.Mutex
	count := 0
	for i := 0; i < n; i++ {
		mu.Lock()
		count++
		mu.Unlock()
	}
	expect(count == n, "mutex_uncontended")
}

// One op: a lock and an unlock by any of eight goroutines that all want the mutex.
func mutexContended(n int) {
	var mu sync.Mutex
	var wg sync.WaitGroup
	count := 0
	wg.Add(8)
	for k := 0; k < 8; k++ {
		go func() {
			for i := 0; i < n/8; i++ {
				mu.Lock()
				count++
				mu.Unlock()
			}
			wg.Done()
		}()
	}
	wg.Wait()
	expect(count == n/8*8, "mutex_contended")
}
