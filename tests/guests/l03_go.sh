# id: L3.go
# title: Go compiles, and its program runs goroutines under the default kind of memory limit
# limits: wall=120s cpu=100s disk=512MiB memory=1GiB processes=256
# alone: yes
command -v go >/dev/null || { echo "not installed: golang-go"; exit 77; }
cat >main.go <<'GO'
package main

import "sync"

func main() {
	var group sync.WaitGroup
	results := make(chan int, 100)
	for i := 0; i < 100; i++ {
		group.Add(1)
		go func() { results <- 1; group.Done() }()
	}
	group.Wait()
	if len(results) == 100 {
		println("OK")
	}
}
GO
export GOCACHE=$PWD/cache GOFLAGS=-mod=mod GO111MODULE=off HOME=$PWD CGO_ENABLED=0
go build -o main main.go && ./main 2>&1
