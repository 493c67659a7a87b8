// SPDX-License-Identifier: Apache-2.0

// sync.RWMutex, by the share of readers.
package main

import "sync"

// n operations, shared by workers goroutines; each tenth of them up to writes is a write.
func rwMix(n, workers, writes int) {
	var m sync.RWMutex
	var wg sync.WaitGroup
	value := 0
	wg.Add(workers)
	for k := 0; k < workers; k++ {
		go func(k int) {
			seen, turn := 0, 0
			for i := k; i < n; i += workers {
				if turn++; turn == 10 {
					turn = 0
				}
				if turn < writes {
					m.Lock()
					value++
					m.Unlock()
				} else {
					m.RLock()
					seen += value
					m.RUnlock()
				}
			}
			expect(seen >= 0, "shared_mutex")
			wg.Done()
		}(k)
	}
	wg.Wait()
}

func rwRead1(n int) { rwMix(n, 1, 0) }
func rwRead2(n int) { rwMix(n, 2, 0) }
func rw9010(n int)  { rwMix(n, 4, 1) }
func rw5050(n int)  { rwMix(n, 4, 5) }
