// SPDX-License-Identifier: Apache-2.0

// sync.Map, by the share of readers; bench/mix.h is the same in C++.
package main

import "sync"

const (
	mapKeys    = 1 << 16
	mapWorkers = 4
)

var (
	mapOnce sync.Once
	mapMade sync.Map
)

func mapMix(n, writes int) {
	mapOnce.Do(func() {
		for key := uint64(0); key < mapKeys; key++ {
			mapMade.Store(key, int64(0))
		}
	})
	var wg sync.WaitGroup
	wg.Add(mapWorkers)
	for k := 0; k < mapWorkers; k++ {
		go func(k int) {
			defer wg.Done()
			state := uint64(k) + 1
			found, reads := 0, 0
			for i := k; i < n; i += mapWorkers {
				state = state*6364136223846793005 + 1442695040888963407
				key := (state >> 33) % mapKeys
				if (i/mapWorkers)%100 < writes {
					mapMade.Store(key, int64(i))
				} else {
					if v, ok := mapMade.Load(key); ok && v.(int64) >= 0 {
						found++
					}
					reads++
				}
			}
			expect(found == reads, "map")
		}(k)
	}
	wg.Wait()
}

func shardedMapRead(n int)  { mapMix(n, 10) }
func shardedMapWrite(n int) { mapMix(n, 50) }
func syncMap(n int)         { mapMix(n, 1) }
