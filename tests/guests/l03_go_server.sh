# id: L3.go.server
# title: a Go server works on loopback
# limits: wall=120s cpu=100s disk=512MiB memory=1GiB processes=256
# alone: yes
command -v go >/dev/null || { echo "not installed: golang-go"; exit 77; }
cat >main.go <<'GO'
package main

import (
	"bufio"
	"fmt"
	"net"
	"sync"
)

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:8083")
	if err != nil {
		panic(err)
	}
	go func() {
		connection, _ := listener.Accept()
		fmt.Fprintln(connection, "OK")
		connection.Close()
	}()
	var group sync.WaitGroup
	for i := 0; i < 100; i++ {
		group.Add(1)
		go group.Done()
	}
	group.Wait()
	connection, err := net.Dial("tcp", "127.0.0.1:8083")
	if err != nil {
		panic(err)
	}
	line, _ := bufio.NewReader(connection).ReadString('\n')
	fmt.Print(line)
}
GO
export GOCACHE=$PWD/cache GOFLAGS=-mod=mod GO111MODULE=off HOME=$PWD CGO_ENABLED=0
go build -o main main.go && ./main
