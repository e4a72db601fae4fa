// An implementation that is not ours (golang.org/x/mod's note and tlog) reads a ledger's
// checkpoint and tiles, proves every entry, and the growth since an older checkpoint.
//
// usage: ledger_check VKEY-FILE TILES-DIR ENTRIES-FILE OLD-CHECKPOINT
package main

import (
	"bufio"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type tiles string

func (tiles) Height() int { return 8 }

// ReadTiles: x/mod's paths name the height first, those of tlog-tiles do not.
func (dir tiles) ReadTiles(list []tlog.Tile) ([][]byte, error) {
	var out [][]byte
	for _, t := range list {
		data, err := os.ReadFile(filepath.Join(string(dir), strings.Replace(t.Path(), "tile/8/", "tile/", 1)))
		if err != nil {
			return nil, err
		}
		out = append(out, data)
	}
	return out, nil
}

func (tiles) SaveTiles([]tlog.Tile, [][]byte) {}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func checkpoint(file string, known note.Verifiers) tlog.Tree {
	text, err := os.ReadFile(file)
	check(err)
	n, err := note.Open(text, known)
	check(err)
	lines := strings.Split(n.Text, "\n")
	size, err := strconv.ParseInt(lines[1], 10, 64)
	check(err)
	root, err := tlog.ParseHash(lines[2])
	check(err)
	return tlog.Tree{N: size, Hash: root}
}

func main() {
	vkey, err := os.ReadFile(os.Args[1])
	check(err)
	verifier, err := note.NewVerifier(strings.TrimSpace(string(vkey)))
	check(err)
	known := note.VerifierList(verifier)
	tree := checkpoint(filepath.Join(os.Args[2], "checkpoint"), known)
	old := checkpoint(os.Args[4], known)
	reader := tlog.TileHashReader(tree, tiles(os.Args[2]))
	entries, err := os.Open(os.Args[3])
	check(err)
	scan := bufio.NewScanner(entries)
	i := int64(0)
	for ; scan.Scan(); i++ {
		proof, err := tlog.ProveRecord(tree.N, i, reader)
		check(err)
		check(tlog.CheckRecord(proof, tree.N, tree.Hash, i, tlog.RecordHash(scan.Bytes())))
	}
	growth, err := tlog.ProveTree(tree.N, old.N, reader)
	check(err)
	check(tlog.CheckTree(growth, tree.N, tree.Hash, old.N, old.Hash))
	fmt.Printf("%d of %d entries, grown from %d\n", i, tree.N, old.N)
}
