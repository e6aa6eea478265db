// The engine of golang/groupcache, from Debian's package. Arguments: a file of
// keys, one a line, and a file of servers. For each line on standard input it
// answers with one: "answers" with the owners' numbers, "run" with the
// nanoseconds a key of one pass.
package main

import (
	"bufio"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/golang/groupcache/consistenthash"
)

func lines(path string) []string {
	text, err := os.ReadFile(path)
	if err != nil {
		panic(err)
	}
	return strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
}

func main() {
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
			start := time.Now()
			for _, key := range keys {
				sum += len(ring.Get(key))
			}
			taken := time.Since(start)
			fmt.Fprintln(output, float64(taken.Nanoseconds())/float64(len(keys)), sum)
		}
		output.Flush()
	}
}
