// Etcdload drives an etcd v3 cluster in closed loops, as load-process.ts drives Conclave, and prints the same line of JSON.
//
//	etcdload -endpoints 127.0.0.1:2379 -scenario put -clients 64 -connections 16 -value-bytes 256 -warm-up-ms 2000 -measure-ms 5000
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"sort"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"go.etcd.io/etcd/clientv3"
	"go.etcd.io/etcd/clientv3/concurrency"
)

var (
	endpoints   = flag.String("endpoints", "127.0.0.1:2379", "HOST:PORT,...")
	scenario    = flag.String("scenario", "put", "put | get | lock | hot-lock | watch | gap")
	clients     = flag.Int("clients", 64, "closed loops (watchers in watch)")
	connections = flag.Int("connections", 16, "gRPC connections that they share")
	valueBytes  = flag.Int("value-bytes", 256, "length of a value")
	warmUpMs    = flag.Int("warm-up-ms", 2000, "load that is not measured, before that which is")
	measureMs   = flag.Int("measure-ms", 5000, "for how long new operations are begun")
	operations  = flag.Int64("operations", 1<<62, "at most so many")
)

// base is the zero of the clock that written times are read from.
var base = time.Now()

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "etcdload:", err)
		os.Exit(1)
	}
}

func nowMs() float64 { return float64(time.Since(base).Nanoseconds()) / 1e6 }

func round(value float64) float64 { return float64(int64(value*1000+0.5)) / 1000 }

func report(latencies []float64, elapsedMs, longestGapMs float64) {
	sort.Float64s(latencies)
	at := func(quantile float64) float64 {
		if len(latencies) == 0 {
			return 0
		}
		return round(latencies[int(quantile*float64(len(latencies)-1))])
	}
	line, err := json.Marshal(map[string]interface{}{
		"scenario": *scenario, "clients": *clients, "connections": *connections, "value_size": *valueBytes,
		"ops": len(latencies), "seconds": round(elapsedMs / 1000),
		"ops_per_s": int64(float64(len(latencies))*1000/elapsedMs + 0.5),
		"p50_ms":    at(0.5), "p99_ms": at(0.99), "max_ms": at(1), "longest_gap_ms": round(longestGapMs),
	})
	must(err)
	fmt.Println(string(line))
}

// closedLoops runs operation in one loop for each client; sequence counts the operations of all.
func closedLoops(operation func(client int, sequence int64) error) {
	measureFromMs := nowMs() + float64(*warmUpMs)
	endMs := measureFromMs + float64(*measureMs)
	var sequence, measured int64
	var mutex sync.Mutex
	var group sync.WaitGroup
	var latencies []float64
	for client := 0; client < *clients; client++ {
		group.Add(1)
		go func(client int) {
			defer group.Done()
			var own []float64
			for {
				beginMs := nowMs()
				if beginMs >= endMs {
					break
				}
				if beginMs >= measureFromMs && atomic.AddInt64(&measured, 1) > *operations {
					break
				}
				must(operation(client, atomic.AddInt64(&sequence, 1)))
				if beginMs >= measureFromMs {
					own = append(own, nowMs()-beginMs)
				}
			}
			mutex.Lock()
			latencies = append(latencies, own...)
			mutex.Unlock()
		}(client)
	}
	group.Wait()
	report(latencies, nowMs()-measureFromMs, 0)
}

func mutexes(pool []*clientv3.Client, nameOf func(client int) string) []*concurrency.Mutex {
	made := make([]*concurrency.Mutex, *clients)
	for client := range made {
		session, err := concurrency.NewSession(pool[client%len(pool)], concurrency.WithTTL(10))
		must(err)
		made[client] = concurrency.NewMutex(session, nameOf(client))
	}
	return made
}

func timedValue() string {
	text := fmt.Sprintf("%020.6f", nowMs())
	if *valueBytes > len(text) {
		text += strings.Repeat("v", *valueBytes-len(text))
	}
	return text
}

// watch lets one writer put, one at a time, until the time is over; every watcher must see every put.
func watch(ctx context.Context, pool []*clientv3.Client) {
	const key = "load/watch"
	var written, done int64 = 0, -1
	var mutex sync.Mutex
	var latencies []float64
	var group, ready sync.WaitGroup
	measureFromMs := nowMs() + float64(*warmUpMs)
	endMs := measureFromMs + float64(*measureMs)
	for watcher := 0; watcher < *clients; watcher++ {
		group.Add(1)
		ready.Add(1)
		go func(watcher int) {
			defer group.Done()
			var own []float64
			var seen int64
			for response := range pool[watcher%len(pool)].Watch(ctx, key, clientv3.WithCreatedNotify()) {
				if response.Created {
					ready.Done()
				}
				for _, event := range response.Events {
					seen++
					sentMs, err := strconv.ParseFloat(string(event.Kv.Value[:20]), 64)
					must(err)
					if sentMs >= measureFromMs {
						own = append(own, nowMs()-sentMs)
					}
				}
				if seen == atomic.LoadInt64(&done) {
					break
				}
			}
			mutex.Lock()
			latencies = append(latencies, own...)
			mutex.Unlock()
		}(watcher)
	}
	ready.Wait()
	for nowMs() < endMs {
		_, err := pool[0].Put(ctx, key, timedValue())
		must(err)
		written++
	}
	// One more, after which everybody knows that it was the last.
	atomic.StoreInt64(&done, written+1)
	_, err := pool[0].Put(ctx, key, timedValue())
	must(err)
	group.Wait()
	report(latencies, nowMs()-measureFromMs, 0)
}

// gap lets one writer put while somebody kills the leader. A put that hangs is given up, and goes to another connection.
func gap(ctx context.Context, pool []*clientv3.Client) {
	value := strings.Repeat("v", *valueBytes)
	measureFromMs := nowMs() + float64(*warmUpMs)
	endMs := measureFromMs + float64(*measureMs)
	lastMs, longestMs, measuring := nowMs(), 0.0, false
	var latencies []float64
	for attempt := 0; lastMs < endMs; attempt++ {
		beginMs := nowMs()
		limited, cancel := context.WithTimeout(ctx, 200*time.Millisecond)
		_, err := pool[attempt%len(pool)].Put(limited, "load/gap", value)
		cancel()
		if err != nil {
			continue
		}
		atMs := nowMs()
		if beginMs >= measureFromMs {
			if !measuring {
				fmt.Fprintln(os.Stderr, "measuring")
				measuring = true
			}
			latencies = append(latencies, atMs-beginMs)
			if atMs-lastMs > longestMs {
				longestMs = atMs - lastMs
			}
		}
		lastMs = atMs
	}
	report(latencies, nowMs()-measureFromMs, longestMs)
}

func main() {
	flag.Parse()
	ctx := context.Background()
	pool := make([]*clientv3.Client, *connections)
	for i := range pool {
		config := clientv3.Config{Endpoints: strings.Split(*endpoints, ","), DialTimeout: 5 * time.Second}
		client, err := clientv3.New(config)
		must(err)
		pool[i] = client
	}
	value := strings.Repeat("v", *valueBytes)
	of := func(client int) *clientv3.Client { return pool[client%len(pool)] }

	switch *scenario {
	case "put":
		closedLoops(func(client int, sequence int64) error {
			_, err := of(client).Put(ctx, fmt.Sprintf("%08d", sequence), value)
			return err
		})
	case "get":
		_, err := pool[0].Put(ctx, "load/read", value)
		must(err)
		closedLoops(func(client int, _ int64) error {
			_, err := of(client).Get(ctx, "load/read")
			return err
		})
	case "lock", "hot-lock":
		locks := mutexes(pool, func(client int) string {
			if *scenario == "lock" {
				return fmt.Sprintf("load/lock/%d", client)
			}
			return "load/lock"
		})
		closedLoops(func(client int, _ int64) error {
			if err := locks[client].Lock(ctx); err != nil {
				return err
			}
			return locks[client].Unlock(ctx)
		})
	case "watch":
		watch(ctx, pool)
	case "gap":
		gap(ctx, pool)
	default:
		must(fmt.Errorf("unknown scenario %q", *scenario))
	}
}
