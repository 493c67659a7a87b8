// SPDX-License-Identifier: Apache-2.0

// Contexts.
package main

import (
	"context"
	"time"
)

// One op: a context with a timeout is made and canceled.
func contextTimeout(n int) {
	top := context.Background()
	ended := 0
	for i := 0; i < n; i++ {
		ctx, cancel := context.WithTimeout(top, time.Hour)
		cancel()
		if ctx.Err() == context.Canceled {
			ended++
		}
	}
	expect(ended == n, "context_timeout")
}
