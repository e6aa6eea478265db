// The engine of golang/groupcache, from Debian's package. Arguments: a file of
// keys, one a line, and a file of servers. For each line on standard input it
// answers with one: "answers" with the owners' numbers, "run" with the
// nanoseconds a key of one pass, of processor time.
package main

import (
	"bufio"
	"fmt"
	"os"
	"runtime"
	"strings"
	"syscall"

	"github.com/golang/groupcache/consistenthash"
)

func lines(path string) []string {
	text, err := os.ReadFile(path)
	if err != nil {
		panic(err)
	}
	return strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
}

// The processor time of this thread in nanoseconds: RUSAGE_THREAD is Linux's.
func processor() int64 {
	const thread = 1
	var usage syscall.Rusage
	if err := syscall.Getrusage(thread, &usage); err != nil {
		panic(err)
	}
	return usage.Utime.Nano() + usage.Stime.Nano()
}

func main() {
	runtime.LockOSThread()
	keys, servers := lines(os.Args[1]), lines(os.Args[2])
	numbers := map[string]int{}
	for number, server := range servers {
		numbers[server] = number
	}
	ring := consistenthash.New(50, nil)
	ring.Add(servers...)
	input := bufio.NewScanner(os.Stdin)
	output := bufio.NewWriter(os.Stdout)
	for input.Scan() {
		switch input.Text() {
		case "answers":
			for _, key := range keys {
				fmt.Fprint(output, numbers[ring.Get(key)], " ")
			}
			fmt.Fprintln(output)
		case "run":
			sum := 0
			start := processor()
			for _, key := range keys {
				sum += len(ring.Get(key))
			}
			taken := processor() - start
			fmt.Fprintln(output, float64(taken)/float64(len(keys)), sum)
		}
		output.Flush()
	}
}
