// SPDX-License-Identifier: Apache-2.0

// Channels and select.
package main

import "sync"

// One op: a round trip between two goroutines over two unbuffered channels.
func pingPong(n int) {
	ping, pong := make(chan int), make(chan int)
	go func() {
		for v := range ping {
			pong <- v + 1
		}
	}()
	v := 0
	for i := 0; i < n; i++ {
		ping <- v
		v = <-pong
	}
	close(ping)
	expect(v == n, "ping_pong")
}

// One op: a send to a buffered channel (capacity 128) and a receive from it, by the same goroutine.
func chanUncontended(n int) {
	c := make(chan int, 128)
	sum := 0
	for i := 0; i < n; i++ {
		c <- 1
		sum += <-c
	}
	expect(sum == n, "chan_uncontended")
}

// One op: a message from one sender to one receiver, capacity 128.
func chanSPSC(n int) {
	c := make(chan int, 128)
	go func() {
		for i := 0; i < n; i++ {
			c <- 1
		}
		close(c)
	}()
	sum := 0
	for v := range c {
		sum += v
	}
	expect(sum == n, "chan_spsc")
}

// One op: a message from one of four senders to one of four receivers, capacity 128.
func chanMPMC(n int) {
	c := make(chan int, 128)
	var senders, receivers sync.WaitGroup
	senders.Add(4)
	receivers.Add(4)
	var sums [4]int
	for k := 0; k < 4; k++ {
		go func() {
			for i := 0; i < n/4; i++ {
				c <- 1
			}
			senders.Done()
		}()
		go func(sum *int) {
			total := 0
			for v := range c {
				total += v
			}
			*sum = total
			receivers.Done()
		}(&sums[k])
	}
	senders.Wait()
	close(c)
	receivers.Wait()
	expect(sums[0]+sums[1]+sums[2]+sums[3] == n/4*4, "chan_mpmc")
}

// One op: a send that fills one of two channels (capacity 1, in turns), then a select of a receive
// from either and a default, which takes that value.
func selectReady(n int) {
	a, b := make(chan int, 1), make(chan int, 1)
	sum := 0
	for i := 0; i < n; i++ {
		if i%2 == 0 {
			a <- 1
		} else {
			b <- 1
		}
		select {
		case v := <-a:
			sum += v
		case v := <-b:
			sum += v
		default:
		}
	}
	expect(sum == n, "select_ready")
}

// One op: a round trip as in ping_pong, every send and receive in a select beside a receive from a
// channel on which nothing comes.
func selectPingPong(n int) {
	ping, pong, never := make(chan int), make(chan int), make(chan int)
	go func() {
		for i := 0; i < n; i++ {
			v := 0
			select {
			case v = <-ping:
			case <-never:
			}
			select {
			case pong <- v + 1:
			case <-never:
			}
		}
	}()
	v := 0
	for i := 0; i < n; i++ {
		select {
		case ping <- v:
		case <-never:
		}
		select {
		case v = <-pong:
		case <-never:
		}
	}
	expect(v == n, "select_ping_pong")
}

// One op: an item through 100 goroutines, one after the other, over unbuffered channels; the
// pipeline is full.
func pipeline100(n int) {
	source := make(chan int)
	sink := source
	for stage := 0; stage < 100; stage++ {
		in, out := sink, make(chan int)
		go func() {
			for v := range in {
				out <- v + 1
			}
			close(out)
		}()
		sink = out
	}
	go func() {
		for i := 0; i < n; i++ {
			source <- 0
		}
		close(source)
	}()
	sum := 0
	for v := range sink {
		sum += v
	}
	expect(sum == 100*n, "pipeline_100")
}
