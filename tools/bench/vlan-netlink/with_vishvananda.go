// vishvananda/netlink's part of the benchmark: a command per line of the input, "done" after each.
package main

import (
	"bufio"
	"fmt"
	"os"
	"runtime"

	"github.com/vishvananda/netlink"
)

const group = 7

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func main() {
	runtime.LockOSThread()
	handle, err := netlink.NewHandle()
	check(err)
	input := bufio.NewScanner(os.Stdin)
	for input.Scan() {
		var command string
		var count int
		fmt.Sscanf(input.Text(), "%s %d", &command, &count)
		switch command {
		case "query":
			for n := 0; n < count; n++ {
				_, err := handle.LinkByName("lo")
				check(err)
			}
		case "veths":
			for n := 0; n < count; n++ {
				attrs := netlink.NewLinkAttrs()
				attrs.Name = fmt.Sprintf("a%d", n)
				attrs.Group = group
				check(handle.LinkAdd(&netlink.Veth{LinkAttrs: attrs, PeerName: fmt.Sprintf("b%d", n)}))
			}
		case "vlans":
			below, err := handle.LinkByName("below")
			check(err)
			for n := 0; n < count; n++ {
				attrs := netlink.NewLinkAttrs()
				attrs.Name = fmt.Sprintf("v%d", n)
				attrs.Group = group
				attrs.ParentIndex = below.Attrs().Index
				check(handle.LinkAdd(&netlink.Vlan{LinkAttrs: attrs, VlanId: n + 1}))
			}
		case "dump":
			_, err := handle.LinkList()
			check(err)
		case "delete":
			for n := 0; n < count; n++ {
				link, err := handle.LinkByName(fmt.Sprintf("a%d", n))
				check(err)
				check(handle.LinkDel(link))
			}
		case "group":
			// The library has no such verb.
		}
		fmt.Println("done")
	}
}
