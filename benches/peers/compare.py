"""How fast are two exports compared, and how fast by what a user has today?

Makes two CSV files of the same rows, has every program find what differs, checks that all of them find the same,
and prints the medians and the ratios of this one run. Programs take turns, so that a busy minute hurts all.

    cargo build --release
    pip install duckdb polars
    cargo build --release --manifest-path benches/peers/csv_diff/Cargo.toml
    python benches/peers/compare.py [--rows 1000000] [--rounds 5] [--shuffled] [--changed 0.01]

What is not installed is left out, and said so.
"""

import argparse
import csv
import json
import multiprocessing
import os
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

OURS = "concordat compare"
HERE = os.path.dirname(os.path.abspath(__file__))
TARGET = os.environ.get("CARGO_TARGET_DIR", os.path.join(HERE, "..", "..", "target"))
CSV_DIFF_TARGET = os.environ.get("CARGO_TARGET_DIR", os.path.join(HERE, "csv_diff", "target"))
COLUMNS = [
    "id", "first_name", "last_name", "email", "phone", "company", "street", "city", "country", "tags", "score",
    "tier", "updated_at", "note",
]


def person(dice, number):
    """A row of 14 columns. One note in a hundred holds quotes, commas and a line end."""
    first = dice.choice(["Ann", "Bob", "Cid", "Dora", "Eve", "Finn", "Gus", "Hal"])
    last = dice.choice(["Lee", "Ray", "Smith", "Jones", "Okafor", "Ivanova", "Müller"])
    note = f'said "yes", then\nno {number}' if dice.random() < 0.01 else f"note {number}"
    return [
        "%020x" % dice.getrandbits(80), first, last,
        f"{first}.{last}.{number}@example{dice.randrange(5000)}.com".lower(),
        "+1555%07d" % dice.randrange(10**7), f"Company {dice.randrange(5000)}",
        f"{dice.randrange(1, 999)} Main Street", f"City {dice.randrange(900)}",
        dice.choice(["US", "DE", "FR", "GB"]),
        ";".join(f"tag{dice.randrange(50)}" for _ in range(dice.randrange(6))),
        str(dice.randrange(950)), str(dice.randrange(4)),
        "2026-%02d-%02dT%02d:%02d:%02dZ" % (
            dice.randrange(1, 13), dice.randrange(1, 28), dice.randrange(24), dice.randrange(60),
            dice.randrange(60),
        ),
        "" if dice.random() < 0.5 else note,
    ]


def write(path, rows):
    with open(path, "w", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(COLUMNS)
        table.writerows(rows)


def exports(old, new, args):
    """Writes both; answers how many rows are added, gone and changed, and how many fields changed."""
    dice = random.Random(7)
    before = [person(dice, number) for number in range(args.rows)]
    after, added, gone, changed = [], 0, 0, 0
    for number, row in enumerate(before):
        die = dice.random() / args.changed if args.changed else 1
        if die < 0.05:
            gone += 1
        elif die < 0.1:
            gone, added = gone + 1, added + 1
            after.append(person(dice, args.rows + number))
        elif die < 1:
            changed += 1
            row = list(row)
            row[dice.randrange(1, len(row))] = f"changed {number}"
            after.append(row)
        else:
            after.append(row)
    if args.shuffled:
        dice.shuffle(after)
    write(old, before)
    write(new, after)
    return added, gone, changed, changed


SELECTED = ", ".join(f"o.{it}, n.{it}" for it in COLUMNS[1:])
DIFFERS = " or ".join(f"o.{it} is distinct from n.{it}" for it in COLUMNS[1:])
DUCKDB = """
import duckdb, sys
of = lambda path: f"read_csv('{path}', header=true, all_varchar=true)"
tables = duckdb.connect()
tables.execute("set enable_progress_bar = false")
rows = tables.execute(
    f"select o.id, n.id, SELECTED from {of(sys.argv[1])} o full outer join {of(sys.argv[2])} n on o.id = n.id "
    "where o.id is null or n.id is null or DIFFERS").fetchall()
added = sum(it[0] is None for it in rows)
gone = sum(it[1] is None for it in rows)
fields = sum(it[i] != it[i + 1] for it in rows if it[0] and it[1] for i in range(2, len(it), 2))
print(added, gone, len(rows) - added - gone, fields)
""".replace("SELECTED", SELECTED).replace("DIFFERS", DIFFERS)
POLARS = """
import polars as pl, sys
old, new = (pl.scan_csv(it, infer_schema=False) for it in sys.argv[1:3])
names = [it for it in old.collect_schema().names() if it != "id"]
both = old.join(new, on="id", how="full", suffix=".new")
differs = pl.any_horizontal([pl.col(it).ne_missing(pl.col(it + ".new")) for it in names])
rows = both.filter(pl.col("id").is_null() | pl.col("id.new").is_null() | differs).collect()
added, gone = rows["id"].null_count(), rows["id.new"].null_count()
pairs = rows.filter(pl.col("id").is_not_null() & pl.col("id.new").is_not_null())
fields = sum((pairs[it].ne_missing(pairs[it + ".new"])).sum() for it in names)
print(added, gone, len(pairs), fields)
"""


def totals(printed):
    """What our text says. It lists the first differences only, and counts all; fields are not counted."""
    line = next(it for it in printed.splitlines() if it.startswith("  rows "))
    found = re.findall(r"(\d[\d ]*) (equal|changed|added|gone)", line)
    counts = {word: int(count.replace(" ", "")) for count, word in found}
    return counts["added"], counts["gone"], counts["changed"]


def every_difference(printed):
    """What our document tells, row by row."""
    rows = json.loads(printed)["differences"]
    by = {name: [it for it in rows if it["change"] == name] for name in ("added", "gone", "changed")}
    return tuple(len(it) for it in by.values()) + (sum(len(it["fields"]) for it in by["changed"]),)


def numbers(printed):
    return tuple(int(it) for it in printed.split())


def peers(old, new):
    """The programs: how each is called, and what it found of what it prints."""
    ours = os.path.join(TARGET, "release", "concordat")
    programs = {
        OURS: ([ours, "compare", old, new], totals),
        f"{OURS} --json": ([ours, "--json", "compare", old, new], every_difference),
    }
    for name, module, code in [("DuckDB", "duckdb", DUCKDB), ("Polars, streaming scan", "polars", POLARS)]:
        if subprocess.run([sys.executable, "-c", f"import {module}"], capture_output=True).returncode == 0:
            programs[name] = ([sys.executable, "-c", code, old, new], numbers)
        else:
            print(f"{name} is not installed: left out")
    csv_diff = os.path.join(CSV_DIFF_TARGET, "release", "peer-csv-diff")
    if os.path.exists(csv_diff):
        programs["csv-diff (qsv diff)"] = ([csv_diff, old, new], numbers)
    else:
        print("csv-diff is not built: left out")
    return programs


def timed(command):
    """Seconds, largest memory in MB, and what was printed."""
    read, written = os.pipe()
    began = time.perf_counter()
    child = os.posix_spawn(
        command[0], command, os.environ,
        file_actions=[(os.POSIX_SPAWN_DUP2, written, 1), (os.POSIX_SPAWN_CLOSE, read)],
    )
    os.close(written)
    with os.fdopen(read) as pipe:
        printed = pipe.read()
    _, status, usage = os.wait4(child, 0)
    seconds = time.perf_counter() - began
    if os.waitstatus_to_exitcode(status) != 0:
        sys.exit(f"{command[:2]} failed")
    return seconds, usage.ru_maxrss / 1024, printed


def main():
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--rows", type=int, default=1_000_000)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--changed", type=float, default=0.01)
    options.add_argument("--shuffled", action="store_true")
    args = options.parse_args()
    scratch = tempfile.mkdtemp(prefix="compare-")
    try:
        old, new = os.path.join(scratch, "old.csv"), os.path.join(scratch, "new.csv")
        # In a process of its own: what a child starts with counts as its memory.
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            expected = pool.apply(exports, (old, new, args))
        size = os.path.getsize(old) / 2**20
        print(f"{args.rows:,} rows of {len(COLUMNS)} columns, {size:.0f} MB each; added, gone, changed, fields: {expected}")
        programs = peers(old, new)
        took = {name: [] for name in programs}
        for round in range(args.rounds + 1):
            for name, (command, counted) in programs.items():
                seconds, memory, printed = timed(command)
                found = counted(printed)
                if found != expected[: len(found)]:
                    sys.exit(f"{name} found {found}, and not {expected}")
                # The first round is to warm up.
                if round:
                    took[name].append((seconds, memory))
        ours = statistics.median(it for it, _ in took[OURS])
        print(f"\n| program | median s | least | most | MB | times ours |\n|---|---:|---:|---:|---:|---:|")
        for name, runs in took.items():
            seconds = [it for it, _ in runs]
            median, memory = statistics.median(seconds), max(it for _, it in runs)
            print(f"| {name} | {median:.3f} | {min(seconds):.3f} | {max(seconds):.3f} | {memory:.0f} | {median / ours:.1f} |")
    finally:
        shutil.rmtree(scratch)


if __name__ == "__main__":
    main()
